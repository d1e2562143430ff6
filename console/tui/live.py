"""The real backstage: the console's operations on one workbench. Imports them when first used."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import AwsError, Cancelled, ConsoleError
from console.models.clock import SystemClock
from console.models.pipeline import PipelineSettings, QueueRef, Refresh
from console.tui.backstage import Farewell, Held, Names

if TYPE_CHECKING:
    from console.aws.gateway import Gateway
    from console.journal.log import EntryRecord, OperationRecord
    from console.models.clock import Clock
    from console.models.event import S3Event
    from console.models.finding import Diagnosis, DoctorOptions, Finding
    from console.models.inspection import Inspection
    from console.models.message import Message
    from console.models.move_task import MoveTask
    from console.models.moving import MoveProgress
    from console.models.objectview import ObjectView
    from console.models.peek import PeekOptions, PeekPlan, PeekProgress, PeekSummary, Release
    from console.models.pipeline import Pipeline
    from console.models.repair import RepairPlan, RepairReport
    from console.models.status import StatusSnapshot
    from console.models.trace import Trace, TraceStep
    from console.models.trail import Change, TrailProgress, TrailReport
    from console.models.upload import UploadOptions, UploadReport, UploadStep
    from console.operations.status import StatusPoller
    from console.operations.workbench import Workbench
    from console.settings.local import RunningBackend
    from console.settings.model import Settings
    from console.tui.actions import Action, Report


class LiveBackstage:
    """Calls the operations; connects when told to, and closes from any thread."""

    def __init__(
        self,
        settings: Settings,
        start_local: Callable[[threading.Event], RunningBackend] | None = None,
        journal_path: Path | None = None,
    ) -> None:
        self.clock: Clock = SystemClock()
        self._settings = settings
        self._start_local = start_local
        self._journal_path = journal_path
        self._leaving = threading.Event()
        self._lock = threading.Lock()
        self._backend: RunningBackend | None = None
        self._gateway: Gateway | None = None
        self._bench: Workbench | None = None
        self._poller: StatusPoller | None = None
        self._cancels: dict[int, threading.Event] = {}
        self._idle = threading.Condition()
        self._knows_moves = True

    @property
    def names(self) -> Names:
        """The pipeline as it was named."""
        named = self._settings.pipeline
        local = "local pipeline" if self._start_local else None
        title = local or named.name or named.queue or named.bucket or "no pipeline named"
        return Names(
            title=title,
            bucket=named.bucket,
            queue=named.queue,
            region=named.region,
            endpoint_url=named.endpoint_url,
            mode=self._settings.mode,
        )

    @property
    def refresh(self) -> Refresh:
        """How often the live sources are read."""
        return self._settings.refresh

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the pipeline for whoever has just connected to it."""
        return self._settings.notes

    def connect(self, chosen: Mapping[str, str]) -> Pipeline:
        """Start the local backend where it is wanted, find the pipeline, open the workbench."""
        self._run_backend()
        from console.aws.gateway import open_gateway
        from console.operations.status import StatusPoller

        named = _with_choices(self._settings.pipeline, chosen)
        if self._gateway is None or named != self._settings.pipeline:
            self._gateway = open_gateway(named)
        bench = self._bench_for(self._find(self._gateway, named), self._gateway)
        with self._lock:
            if self._leaving.is_set():
                bench.close(0.0)
                raise Cancelled("Connecting")
            self._bench, self._poller = bench, StatusPoller(bench)
        return bench.pipeline

    def _find(self, gateway: Gateway, named: PipelineSettings) -> Pipeline:
        """The pipeline; a queue that is not there keeps nobody from looking at the rest."""
        from console.operations.discover import HOPELESS, discover

        try:
            return discover(gateway, named, self._settings.mode)
        except AwsError as error:
            if error.kind in HOPELESS:
                raise
        return discover(gateway, named, self._settings.mode, forgiving=True)

    def _bench_for(self, pipeline: Pipeline, gateway: Gateway) -> Workbench:
        """The workbench of a pipeline; the one there is where the pipeline is found anew."""
        from console.operations.workbench import open_workbench

        if self._bench is not None and self._bench.gateway is gateway:
            return replace(self._bench, pipeline=pipeline)
        path, journal = self._journal_file(), self._settings.journal
        return open_workbench(gateway, pipeline, path, self.clock, journal)

    def _run_backend(self) -> None:
        if self._start_local is None or self._backend is not None:
            return
        from console.settings.local import local_settings

        # Leaving waits until a start that it interrupts has removed what it made.
        with self._under_way(self._leaving):
            backend = self._start_local(self._leaving)
        with self._lock:
            left = self._leaving.is_set()
            self._backend = None if left else backend
        if left:
            backend.close()
            raise Cancelled("Starting the local backend")
        self._settings = local_settings(backend, self._settings)

    def _journal_file(self) -> Path:
        if self._journal_path is not None:
            return self._journal_path
        if self._backend is not None:
            from console.settings.local import local_journal_path

            return local_journal_path(self._backend)
        from console.journal.location import default_journal_path

        return default_journal_path()

    def forget_credentials(self) -> None:
        """Read credentials anew at the next call."""
        if self._gateway is not None:
            self._gateway.forget_credentials()

    @property
    def _workbench(self) -> Workbench:
        if self._bench is None:
            raise ConsoleError("Not connected", "The pipeline has not been found yet.")
        return self._bench

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

    @contextmanager
    def _under_way(self, cancel: threading.Event) -> Generator[None]:
        """Note an operation, so that leaving stops it and waits for it to clean up."""
        with self._idle:
            if self._leaving.is_set():
                raise Cancelled("The operation")
            self._cancels[id(cancel)] = cancel
        try:
            yield
        finally:
            with self._idle:
                del self._cancels[id(cancel)]
                self._idle.notify_all()

    def cancel_operations(self, seconds: float) -> bool:
        """Stop what runs and wait for its clean-up; true where all of it has ended in time."""
        self._leaving.set()
        ends = time.monotonic() + seconds
        with self._idle:
            for cancel in self._cancels.values():
                cancel.set()
            return self._idle.wait_for(
                lambda: not self._cancels, timeout=max(0.0, ends - time.monotonic())
            )

    def close(self, deadline_seconds: float) -> Farewell:
        """Release what is held and stop the local backend. May be called again, from any thread."""
        self._leaving.set()
        with self._lock:
            bench, backend, self._backend = self._bench, self._backend, None
        farewell = Farewell()
        if bench is not None:
            try:
                release = bench.close(deadline_seconds)
                farewell = Farewell(len(release.failed), release.reappear_at)
            except AwsError:
                held = bench.leases.held()
                farewell = Farewell(
                    len(held), max((lease.reappears_at for lease in held), default=None)
                )
        if backend is not None:
            backend.close()
            # Its queues went with it: nothing is left that could reappear.
            return Farewell()
        return farewell


def _with_choices(named: PipelineSettings, chosen: Mapping[str, str]) -> PipelineSettings:
    known = {field: value for field, value in chosen.items() if field in ("queue", "bucket", "dlq")}
    return replace(named, **known) if known else named
