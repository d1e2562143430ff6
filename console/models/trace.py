"""One object's way through the pipeline: its steps, and where it is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

StepStatus = Literal["yes", "no", "unknown"]
StepName = Literal[
    "created",
    "versions",
    "configured",
    "matched",
    "allowed",
    "waiting",
    "in_flight",
    "dead_lettered",
    "processed",
    "gone",
]
_BAD = (
    ("created", "no"),
    ("matched", "no"),
    ("allowed", "no"),
    ("dead_lettered", "yes"),
    ("gone", "yes"),
)
Where = Literal["waiting", "in_flight", "dead_lettered", "processed", "gone", "lost", "unknown"]


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One question about the object's way, and its answer.

    `at` is when it happened as `source` tells, `None` where that is not known or nothing happened.
    `source` is the API call, or what else the answer was taken from. `detail` is a sentence, and
    hostile text.
    """

    name: StepName
    status: StepStatus
    source: str
    detail: str
    at: datetime | None = None

    @property
    def bad(self) -> bool:
        """Whether this answer is what keeps an object from being processed."""
        return (self.name, self.status) in _BAD


@dataclass(frozen=True, slots=True)
class Trace:
    """The timeline of `key`, in the order of the path.

    `where` is where the object's event is now, `unknown` where that cannot be told; `sentence`
    says it, or the most likely place where it was lost. `root_causes` are the doctor's.
    """

    bucket: str
    key: str
    steps: tuple[TraceStep, ...]
    where: Where
    sentence: str
    root_causes: tuple[str, ...]
