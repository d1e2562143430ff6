"""The real backstage: the console's operations on one workbench. Imports them when first used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from console.errors import AwsError
from console.models.pipeline import QueueRef
from console.tui.backstage import Held
from console.tui.live_connection import LiveConnection

if TYPE_CHECKING:
    from console.journal.log import EntryRecord, OperationRecord
    from console.models.event import S3Event
    from console.models.finding import Diagnosis, DoctorOptions, Finding
    from console.models.inspection import Inspection
    from console.models.message import Message
    from console.models.move_task import MoveTask
    from console.models.moving import MoveProgress
    from console.models.objectview import ObjectView
    from console.models.peek import PeekOptions, PeekPlan, PeekProgress, PeekSummary, Release
    from console.models.repair import RepairPlan, RepairReport
    from console.models.status import StatusSnapshot
    from console.models.trace import Trace, TraceStep
    from console.models.trail import Change, TrailProgress, TrailReport
    from console.models.upload import UploadOptions, UploadReport, UploadStep
    from console.tui.actions import Action, Report


class LiveBackstage(LiveConnection):
    """Calls the operations."""

    def poll_queues(self) -> StatusSnapshot:
        """Read the queues' counts."""
        assert self._poller is not None
        return self._poller.poll_queues()

    def poll_metrics(self) -> StatusSnapshot:
        """Read metrics and alarms."""
        assert self._poller is not None
        return self._poller.poll_metrics()

    def inspect(self) -> Inspection:
        """Read the configuration."""
        from console.operations.inspect import inspect

        return inspect(self._workbench)

    def plan_peek(self, queue: QueueRef, options: PeekOptions) -> PeekPlan:
        """What a peek would cost."""
        from console.operations.budget import plan_peek

        return plan_peek(self._workbench, queue, options)

    def receive_counts(self, queue: QueueRef, message_ids: Iterable[str]) -> dict[str, int]:
        """How often each of these messages was received."""
        return self._workbench.journal.memory.receive_counts(queue.arn, message_ids)

    def peek(
        self,
        queue: QueueRef,
        options: PeekOptions,
        cancel: threading.Event,
        on_message: Callable[[Message], None],
        on_progress: Callable[[PeekProgress], None],
    ) -> PeekSummary:
        """Read messages."""
        from console.operations.peek import peek

        with self._under_way(cancel):
            return peek(
                self._workbench,
                queue,
                options,
                cancel=cancel,
                on_message=on_message,
                on_progress=on_progress,
            )

    def leases(self) -> tuple[Held, ...]:
        """What is held now."""
        if self._bench is None:
            return ()
        book = self._bench.leases
        return tuple(Held(lease, book.remaining(lease)) for lease in book.held())

    def release(self, queue: QueueRef, message_ids: Iterable[str]) -> Release:
        """Give messages back."""
        return self._workbench.leases.release(queue, message_ids)

    def tick_leases(self) -> tuple[str, ...]:
        """Extend the leases that are due."""
        return self._workbench.leases.tick()

    def look_at_object(self, event: S3Event) -> ObjectView:
        """The event's object as it is in S3 now."""
        from console.operations.object_view import look_at_object

        return look_at_object(self._workbench, event)

    def upload_test(
        self,
        options: UploadOptions,
        cancel: threading.Event,
        on_step: Callable[[UploadStep], None],
    ) -> UploadReport:
        """Run the end-to-end test."""
        from console.operations.upload_test import run_upload_test

        with self._under_way(cancel):
            return run_upload_test(self._workbench, options, cancel=cancel, on_step=on_step)

    def diagnose(
        self,
        options: DoctorOptions,
        cancel: threading.Event,
        on_finding: Callable[[Finding], None],
        on_early: Callable[[Diagnosis], None],
    ) -> Diagnosis:
        """Ask the doctor."""
        from console.operations.doctor.runner import diagnose

        bench = self._workbench
        with self._under_way(cancel):
            return diagnose(bench, options, cancel=cancel, on_finding=on_finding, on_early=on_early)

    def plan_repair(self, diagnosis: Diagnosis, finding_id: str) -> RepairPlan:
        """What would mend a finding."""
        from console.operations.repairs.repair import plan_repair

        return plan_repair(self._workbench, diagnosis, finding_id)

    def plan_undo(self, operation_id: str) -> RepairPlan:
        """What would take a repair back."""
        from console.operations.repairs.repair import plan_undo

        return plan_undo(self._workbench, operation_id)

    def apply_repair(self, plan: RepairPlan) -> RepairReport:
        """Make the planned changes."""
        from console.operations.repairs.repair import apply_repair

        # Leaving waits until what was begun is journaled.
        with self._under_way(threading.Event()):
            return apply_repair(self._workbench, plan)

    @property
    def keeps_bodies(self) -> bool:
        """Whether the journal keeps copies of messages."""
        return self._settings.journal.bodies

    def perform(
        self,
        action: Action,
        cancel: threading.Event,
        on_progress: Callable[[MoveProgress], None],
    ) -> Report:
        """Do something to messages."""
        from console.tui.performing import perform

        with self._under_way(cancel):
            return perform(self._workbench, action, cancel, on_progress)

    def alive(self, operation_id: str) -> bool:
        """Whether a process works on an operation."""
        return self._workbench.journal.claims.alive(operation_id)

    def move_tasks(self, dlq: QueueRef) -> tuple[MoveTask, ...]:
        """SQS's newest move tasks of a DLQ; none where the endpoint knows no such tasks."""
        from console.operations.server_redrive import redrive_status

        if not self._knows_moves:
            return ()
        try:
            return redrive_status(self._workbench, dlq)
        except AwsError as error:
            if error.kind != "unsupported":
                raise
            self._knows_moves = False
            return ()

    def upload_history(self) -> tuple[UploadReport, ...]:
        """Past runs."""
        from console.operations.upload_history import upload_history

        return upload_history(self._workbench.journal)

    def operations(self) -> tuple[OperationRecord, ...]:
        """The journal's operations."""
        return self._workbench.journal.operations()

    def entries(self, operation_id: str) -> tuple[EntryRecord, ...]:
        """The journal's entries of one operation, as many as a screen can hold."""
        from console.tui.activity_text import MOST_ENTRIES

        return self._workbench.journal.entries(operation_id, MOST_ENTRIES)

    def trace(
        self,
        key: str,
        scan: bool,
        cancel: threading.Event,
        on_step: Callable[[TraceStep], None],
    ) -> Trace:
        """Follow one object."""
        from console.operations.trace import trace

        with self._under_way(cancel):
            return trace(self._workbench, key, scan=scan, cancel=cancel, on_step=on_step)

    def trail(
        self,
        seconds: float,
        cancel: threading.Event,
        on_change: Callable[[Change], None],
        on_progress: Callable[[TrailProgress], None],
    ) -> TrailReport:
        """Who changed the pipeline."""
        from datetime import timedelta

        from console.operations.trail import trail

        with self._under_way(cancel):
            return trail(
                self._workbench,
                timedelta(seconds=seconds),
                cancel=cancel,
                on_change=on_change,
                on_progress=on_progress,
            )
