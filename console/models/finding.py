"""What the doctor finds: one check's answer, and what all of them come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Status = Literal["pass", "fail", "warn", "unknown"]
Certainty = Literal["proven", "likely"]
Verdict = Literal["healthy", "broken", "unknown"]

GROUPS = (
    "object",
    "bucket",
    "filter",
    "policy",
    "kms",
    "queue",
    "consumer",
    "dlq",
    "delivery",
    "metrics",
    "trail",
    "operator",
    "network",
    "security",
)
"""Where on the path a finding belongs, in the order of the path: the part of its id before the
point."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer.

    `evidence` holds the very values that were read, raw. `remedy` is one sentence, `commands` are
    shell lines that mend it. `permission` is the IAM action that is missing where `status` is
    `unknown` for that reason. `because_of` names the findings that, where they fail, explain this
    one: it is then a consequence and no root cause.
    """

    id: str
    status: Status
    certainty: Certainty
    title: str
    evidence: Mapping[str, object] = field(default_factory=dict[str, object])
    remedy: str = ""
    commands: tuple[str, ...] = ()
    permission: str | None = None
    because_of: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """Where on the path it belongs."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class DoctorOptions:
    """`key` is the object that is asked about; `late` lets CloudTrail be asked as well."""

    key: str | None = None
    late: bool = True


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What all checks come to at `checked_at`.

    `findings` are in the order of the path; `root_causes` are the ids of those that explain a
    missing event, in the same order, without the consequences of others. `key` is the object that
    was asked about, `None` where the pipeline as a whole was.
    """

    checked_at: datetime
    key: str | None
    findings: tuple[Finding, ...]
    root_causes: tuple[str, ...]
    verdict: Verdict

    def finding(self, finding_id: str) -> Finding | None:
        """The finding of that id, `None` where nothing was said about it."""
        return next((f for f in self.findings if f.id == finding_id), None)
