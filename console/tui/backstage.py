"""What the screens may ask for: the operations, behind one protocol.

The real one is in `live.py`. Every method but `names`, `refresh` and `notes` may block and is
called from a background thread only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from console.models.pipeline import Mode, Refresh

if TYPE_CHECKING:
    from console.journal.log import EntryRecord, OperationRecord
    from console.models.clock import Clock
    from console.models.event import S3Event
    from console.models.finding import Diagnosis, DoctorOptions, Finding
    from console.models.inspection import Inspection
    from console.models.message import Message
    from console.models.move_task import MoveTask
    from console.models.moving import MoveProgress
    from console.models.objectview import ObjectView
    from console.models.peek import Lease, PeekOptions, PeekPlan, PeekProgress, PeekSummary, Release
    from console.models.pipeline import Pipeline, QueueRef
    from console.models.repair import RepairPlan, RepairReport
    from console.models.status import StatusSnapshot
    from console.models.trace import Trace, TraceStep
    from console.models.trail import Change, TrailProgress, TrailReport
    from console.models.upload import UploadOptions, UploadReport, UploadStep
    from console.tui.actions import Action, Report


@dataclass(frozen=True, slots=True)
class Names:
    """What is known of the pipeline before anything was looked up."""

    title: str
    bucket: str | None = None
    queue: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    mode: Mode = field(default_factory=Mode)


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as the screens show it: whose it is and how many seconds are left."""

    lease: Lease
    remaining: float


@dataclass(frozen=True, slots=True)
class Farewell:
    """What could not be given back when leaving, and when it reappears by itself."""

    left: int = 0
    reappear_at: datetime | None = None


class Backstage(Protocol):
    """The operations that the screens call."""

    clock: Clock

    @property
    def names(self) -> Names:
        """The pipeline as it was named."""
        ...

    @property
    def refresh(self) -> Refresh:
        """How often the live sources are read."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the pipeline for whoever has just connected to it."""
        ...

    def connect(self, chosen: Mapping[str, str]) -> Pipeline:
        """Start what has to be started and find the pipeline. `chosen` settles what was
        ambiguous, by field. Raises `ConsoleError`, `Ambiguous` among them."""
        ...

    def forget_credentials(self) -> None:
        """Read credentials anew at the next call."""
        ...

    def poll_queues(self) -> StatusSnapshot:
        """Read the queues' counts."""
        ...

    def poll_metrics(self) -> StatusSnapshot:
        """Read metrics and alarms."""
        ...

    def inspect(self) -> Inspection:
        """Read the configuration."""
        ...

    def plan_peek(self, queue: QueueRef, options: PeekOptions) -> PeekPlan:
        """What a peek would cost; receives nothing."""
        ...

    def receive_counts(self, queue: QueueRef, message_ids: Iterable[str]) -> dict[str, int]:
        """How often each of these messages was received, as the journal knows it."""
        ...

    def peek(
        self,
        queue: QueueRef,
        options: PeekOptions,
        cancel: threading.Event,
        on_message: Callable[[Message], None],
        on_progress: Callable[[PeekProgress], None],
    ) -> PeekSummary:
        """Read messages."""
        ...

    def leases(self) -> tuple[Held, ...]:
        """What is held now. Quick: it asks nobody."""
        ...

    def release(self, queue: QueueRef, message_ids: Iterable[str]) -> Release:
        """Give messages back."""
        ...

    def tick_leases(self) -> tuple[str, ...]:
        """Extend the leases that are due; returns the ids of the messages that were lost."""
        ...

    def look_at_object(self, event: S3Event) -> ObjectView:
        """The event's object as it is in S3 now."""
        ...

    def upload_test(
        self,
        options: UploadOptions,
        cancel: threading.Event,
        on_step: Callable[[UploadStep], None],
    ) -> UploadReport:
        """Run the end-to-end test."""
        ...

    def diagnose(
        self,
        options: DoctorOptions,
        cancel: threading.Event,
        on_finding: Callable[[Finding], None],
        on_early: Callable[[Diagnosis], None],
    ) -> Diagnosis:
        """Ask the doctor; `on_early` hears what it comes to before CloudTrail is asked."""
        ...

    def plan_repair(self, diagnosis: Diagnosis, finding_id: str) -> RepairPlan:
        """What would mend a finding; changes nothing."""
        ...

    def plan_undo(self, operation_id: str) -> RepairPlan:
        """What would take a repair back; changes nothing."""
        ...

    def apply_repair(self, plan: RepairPlan) -> RepairReport:
        """Make the planned changes on what is there now."""
        ...

    @property
    def keeps_bodies(self) -> bool:
        """Whether the journal keeps copies of messages. Quick."""
        ...

    def perform(
        self,
        action: Action,
        cancel: threading.Event,
        on_progress: Callable[[MoveProgress], None],
    ) -> Report:
        """Do something to messages."""
        ...

    def alive(self, operation_id: str) -> bool:
        """Whether a process works on an operation."""
        ...

    def move_tasks(self, dlq: QueueRef) -> tuple[MoveTask, ...]:
        """SQS's newest move tasks of a DLQ, whoever started them."""
        ...

    def upload_history(self) -> tuple[UploadReport, ...]:
        """Past runs, newest first."""
        ...

    def operations(self) -> tuple[OperationRecord, ...]:
        """The journal's operations, newest first."""
        ...

    def entries(self, operation_id: str) -> tuple[EntryRecord, ...]:
        """The journal's entries of one operation."""
        ...

    def trace(
        self,
        key: str,
        scan: bool,
        cancel: threading.Event,
        on_step: Callable[[TraceStep], None],
    ) -> Trace:
        """Follow one object; `scan` receives from the queue, under the peek budget."""
        ...

    def trail(
        self,
        seconds: float,
        cancel: threading.Event,
        on_change: Callable[[Change], None],
        on_progress: Callable[[TrailProgress], None],
    ) -> TrailReport:
        """Who changed the pipeline in the last so many seconds, from CloudTrail."""
        ...

    def close(self, deadline_seconds: float) -> Farewell:
        """Release what is held and stop what was started, within the deadline."""
        ...
