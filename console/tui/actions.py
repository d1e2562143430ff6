"""What the screens may do to messages, as values: asked about, run, and told of. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from console.errors import ConsoleError
from console.models.backfill import BackfillOptions, BackfillReport
from console.models.message import Message
from console.models.moving import (
    DeleteReport,
    MoveOptions,
    MoveProgress,
    MoveReport,
    ProcessOptions,
    ProcessReport,
    PurgeReport,
    RestoreReport,
)
from console.models.pipeline import QueueRef

Report = MoveReport | DeleteReport | RestoreReport | ProcessReport | PurgeReport | BackfillReport


@dataclass(frozen=True, slots=True)
class Redrive:
    """Move messages of a DLQ back; `whole` lets SQS move all of it where it can."""

    source: QueueRef
    options: MoveOptions = field(default_factory=MoveOptions)
    held: tuple[Message, ...] = ()
    whole: bool = False
    name = "Redrive"


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete messages, with copies in the journal."""

    queue: QueueRef
    options: MoveOptions
    held: tuple[Message, ...] = ()
    name = "Delete"


@dataclass(frozen=True, slots=True)
class Process:
    """Run a handler over messages."""

    queue: QueueRef
    handler: str
    options: ProcessOptions
    held: tuple[Message, ...] = ()
    name = "Process"


@dataclass(frozen=True, slots=True)
class Purge:
    """Empty a queue, with copies of what is visible in the journal."""

    queue: QueueRef
    name = "Purge"


@dataclass(frozen=True, slots=True)
class Restore:
    """Bring back what an operation deleted."""

    operation_id: str
    name = "Restore"


@dataclass(frozen=True, slots=True)
class Backfill:
    """Send events for objects that exist: for `keys`, or for all that `chosen` means."""

    chosen: BackfillOptions = field(default_factory=BackfillOptions)
    keys: tuple[str, ...] | None = None
    name = "Backfill"


@dataclass(frozen=True, slots=True)
class Resume:
    """Finish what a stopped operation has begun."""

    operation_id: str
    name = "Resume"


Action = Redrive | Delete | Process | Purge | Restore | Backfill | Resume


@dataclass(frozen=True, slots=True)
class Work:
    """One action under way or over: how far it is, what came of it, or what kept it from it.

    `seconds` is how long it had been at work at its last progress. `stopping` says that it was
    told to stop.
    """

    action: Action
    seconds: float = 0.0
    stopping: bool = False
    progress: MoveProgress | None = None
    report: Report | None = None
    error: ConsoleError | None = None

    @property
    def wanted(self) -> int | None:
        """How many messages, or keys, it is about, where these were named."""
        if isinstance(self.action, Backfill):
            return None if self.action.keys is None else len(self.action.keys)
        options = getattr(self.action, "options", None)
        ids = options.where.ids if options is not None else None
        return None if ids is None else len(ids)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.report is not None or self.error is not None
