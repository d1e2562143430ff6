"""What the parent tells its child: one line of JSON on the child's standard input."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """How one child process shall run.

    `secret` is the secret access key of the account's root; `installation` false leaves the
    emulator empty; `traffic` runs uploads, the consumer and the history of the metrics;
    `take_tests` lets the consumer process the console's upload tests instead of giving them
    back; `scenario` names the scenario that the installation is broken by.
    """

    account: str
    secret: str = field(repr=False)
    installation: bool = True
    traffic: bool = True
    take_tests: bool = False
    scenario: str | None = None

    def to_line(self) -> bytes:
        """The settings as one line, with its line end."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> ChildSettings:
        """Read what `to_line` wrote; raises `ValueError` or `TypeError` on anything else."""
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class Ready:
    """The child's one answer: where the emulator listens, and the keys that it accepts."""

    endpoint_url: str
    access_key: str
    secret_key: str = field(repr=False)

    def to_line(self) -> bytes:
        """The answer as one line, with its line end."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Ready:
        """Read what `to_line` wrote; raises `ValueError` or `TypeError` on anything else."""
        return cls(**json.loads(line))
