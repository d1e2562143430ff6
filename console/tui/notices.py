"""The messages by which background jobs tell the user interface what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from console.errors import ConsoleError

if TYPE_CHECKING:
    from console.journal.log import EntryRecord, OperationRecord
    from console.models.finding import Diagnosis, Finding
    from console.models.inspection import Inspection
    from console.models.move_task import MoveTask
    from console.models.objectview import ObjectView
    from console.models.peek import PeekPlan, PeekSummary, Release
    from console.models.pipeline import Pipeline
    from console.models.repair import RepairPlan, RepairReport
    from console.models.status import StatusSnapshot
    from console.models.trace import Trace, TraceStep
    from console.models.trail import Change, TrailProgress, TrailReport
    from console.models.upload import UploadReport, UploadStep
    from console.tui.peeking import PeekStream
    from console.tui.polling import SourceName


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which job an answer belongs to: only the newest generation of a group counts."""

    group: str
    generation: int


class Notice(Message):
    """An answer from a background job."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__()
        self.ticket = ticket


class Failed(Notice):
    """The job ended with an error."""

    def __init__(self, ticket: Ticket, error: ConsoleError) -> None:
        super().__init__(ticket)
        self.error = error


class Connected(Notice):
    """The pipeline was found."""

    def __init__(self, ticket: Ticket, pipeline: Pipeline) -> None:
        super().__init__(ticket)
        self.pipeline = pipeline


class ConnectFailed(Notice):
    """There is no pipeline, and why."""

    def __init__(self, ticket: Ticket, error: ConsoleError) -> None:
        super().__init__(ticket)
        self.error = error


class Polled(Message):
    """A live source was read."""

    def __init__(
        self,
        source: SourceName,
        snapshot: StatusSnapshot | None,
        error: ConsoleError | None = None,
    ) -> None:
        super().__init__()
        self.source: SourceName = source
        self.snapshot = snapshot
        self.error = error


class Inspected(Message):
    """The configuration was read, or could not be read at all."""

    def __init__(self, inspection: Inspection | None, error: ConsoleError | None = None) -> None:
        super().__init__()
        self.inspection = inspection
        self.error = error

    @property
    def unanswered(self) -> bool:
        """Whether something did not answer that may do so soon."""
        read = self.inspection
        errors = [s.error for s in (read.notification, read.queue, read.dlq)] if read else []
        kinds = {getattr(error, "kind", None) for error in (self.error, *errors)}
        return not kinds.isdisjoint(("unreachable", "failed"))


class LeasesTicked(Message):
    """Leases were looked after: those that ran out or could not be extended, and what failed."""

    def __init__(self, lost: tuple[str, ...], error: ConsoleError | None = None) -> None:
        super().__init__()
        self.lost = lost
        self.error = error


class Planned(Notice):
    """What a peek would cost is known."""

    def __init__(self, ticket: Ticket, plan: PeekPlan) -> None:
        super().__init__(ticket)
        self.plan = plan


class PeekMoved(Notice):
    """A running peek has read more: take it from the stream."""

    def __init__(self, ticket: Ticket, stream: PeekStream) -> None:
        super().__init__(ticket)
        self.stream = stream


class PeekEnded(Notice):
    """A peek is over; the stream may hold the last of what it read."""

    def __init__(self, ticket: Ticket, summary: PeekSummary, stream: PeekStream) -> None:
        super().__init__(ticket)
        self.summary = summary
        self.stream = stream


class FilterMoved(Notice):
    """A filter has looked at more rows."""


class Released(Notice):
    """Held messages were given back, entry by entry."""

    def __init__(self, ticket: Ticket, release: Release) -> None:
        super().__init__(ticket)
        self.release = release


class ObjectSeen(Notice):
    """S3 was asked about a message's object."""

    def __init__(self, ticket: Ticket, message_id: str, view: ObjectView) -> None:
        super().__init__(ticket)
        self.message_id = message_id
        self.view = view


class StepMoved(Notice):
    """A step of the upload test started or ended."""

    def __init__(self, ticket: Ticket, step: UploadStep) -> None:
        super().__init__(ticket)
        self.step = step


class UploadEnded(Notice):
    """The upload test is over."""

    def __init__(self, ticket: Ticket, report: UploadReport) -> None:
        super().__init__(ticket)
        self.report = report


class HistoryRead(Notice):
    """Past upload tests were read from the journal."""

    def __init__(self, ticket: Ticket, reports: tuple[UploadReport, ...]) -> None:
        super().__init__(ticket)
        self.reports = reports


class FindingCame(Notice):
    """A check of the doctor has answered."""

    def __init__(self, ticket: Ticket, finding: Finding) -> None:
        super().__init__(ticket)
        self.finding = finding


class Concluded(Notice):
    """What the doctor's checks come to; `late` says that CloudTrail is being asked still."""

    def __init__(self, ticket: Ticket, diagnosis: Diagnosis, *, late: bool) -> None:
        super().__init__(ticket)
        self.diagnosis = diagnosis
        self.late = late


class RepairPlanned(Notice):
    """What a repair would change is known."""

    def __init__(self, ticket: Ticket, plan: RepairPlan) -> None:
        super().__init__(ticket)
        self.plan = plan


class Repaired(Notice):
    """A repair was applied."""

    def __init__(self, ticket: Ticket, report: RepairReport) -> None:
        super().__init__(ticket)
        self.report = report


class OperationsRead(Notice):
    """The journal's operations were read."""

    def __init__(
        self,
        ticket: Ticket,
        operations: tuple[OperationRecord, ...],
        alive: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(ticket)
        self.operations = operations
        self.alive = alive


class MoveTasksRead(Notice):
    """SQS was asked for the move tasks of the DLQ."""

    def __init__(self, ticket: Ticket, tasks: tuple[MoveTask, ...]) -> None:
        super().__init__(ticket)
        self.tasks = tasks


class EntriesRead(Notice):
    """The journal's entries of one operation were read."""

    def __init__(self, ticket: Ticket, entries: tuple[EntryRecord, ...]) -> None:
        super().__init__(ticket)
        self.entries = entries


class ChangeFound(Notice):
    """CloudTrail knows of a change."""

    def __init__(self, ticket: Ticket, change: Change) -> None:
        super().__init__(ticket)
        self.change = change


class TraceStepCame(Notice):
    """One step of a trace is known."""

    def __init__(self, ticket: Ticket, step: TraceStep) -> None:
        super().__init__(ticket)
        self.step = step


class Traced(Notice):
    """An object was followed to the end."""

    def __init__(self, ticket: Ticket, trace: Trace) -> None:
        super().__init__(ticket)
        self.trace = trace


class TrailMoved(Notice):
    """CloudTrail is asked for the next kind of change."""

    def __init__(self, ticket: Ticket, progress: TrailProgress) -> None:
        super().__init__(ticket)
        self.progress = progress


class TrailEnded(Notice):
    """CloudTrail was asked for everything."""

    def __init__(self, ticket: Ticket, report: TrailReport) -> None:
        super().__init__(ticket)
        self.report = report


class FileWritten(Message):
    """A file was written for the user, or could not be: what to tell, and whether it is good."""

    def __init__(self, told: str, ok: bool) -> None:
        super().__init__()
        self.told = told
        self.ok = ok
