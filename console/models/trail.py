"""What CloudTrail tells: who changed what, from where, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from console.errors import ConsoleError

ResourceKind = Literal["bucket", "queue", "dlq", "key"]


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One event of CloudTrail's event history, as far as it could be read.

    `parameters` and `response` are the request's and the answer's own fields, empty where the
    event has none. `error` is set where AWS refused the call: nothing was changed then. `who` is
    an ARN, or the name of the AWS service that called. Every text comes from outside.
    """

    event_id: str
    name: str
    at: datetime
    who: str | None = None
    user_agent: str | None = None
    source_ip: str | None = None
    error: str | None = None
    account: str | None = None
    resources: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    response: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class TrailPage:
    """One answer of `LookupEvents`, newest event first; `token` asks for the next."""

    events: tuple[TrailEvent, ...]
    token: str | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that a call set.

    `before_known` says whether an earlier call within the window tells what the field was: only
    then does `before` of `None` mean that there was none. `after` is `None` where it was removed.
    """

    field: str
    before: str | None
    after: str | None
    before_known: bool = False

    def words(self, shown: Callable[[str], str] = str) -> str:
        """`MessageRetentionPeriod 600 → 60`; without what it was where that is not known. `shown`
        makes a value fit for its reader."""
        after = "removed" if self.after is None else shown(self.after)
        if not self.before_known:
            return f"{self.field} {after}"
        before = "nothing" if self.before is None else shown(self.before)
        return f"{self.field} {before} → {after}"

    def stored(self) -> dict[str, object]:
        """As evidence and documents have it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Change:
    """A call that changed one part of the pipeline, or was refused."""

    event: TrailEvent
    resource: ResourceKind
    name: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class TrailProgress:
    """Which event name is asked for now, the how manyth of how many, and what was found so far."""

    name: str
    number: int
    total: int
    found: int


@dataclass(frozen=True, slots=True)
class TrailReport:
    """Every change that was found, newest first, and what the answer leaves open.

    `errors` are the failures of event histories that could not be read; what another one told is
    there all the same.
    """

    changes: tuple[Change, ...]
    since: datetime
    until: datetime
    notes: tuple[str, ...]
    errors: tuple[ConsoleError, ...] = ()
