"""A backstage whose answers a test decides, for states that are hard to make with real ones."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from console.errors import Cancelled, ConsoleError
from console.journal.log import EntryRecord, OperationRecord
from console.models.event import S3Event
from console.models.finding import Diagnosis, DoctorOptions, Finding
from console.models.inspection import Inspection
from console.models.message import Message
from console.models.move_task import MoveTask
from console.models.moving import MoveProgress
from console.models.objectview import ObjectView
from console.models.peek import PeekOptions, PeekPlan, PeekProgress, PeekSummary, Release
from console.models.pipeline import Pipeline, QueueRef, Refresh
from console.models.repair import RepairPlan, RepairReport
from console.models.status import StatusSnapshot
from console.models.trace import Trace, TraceStep
from console.models.trail import Change, TrailProgress, TrailReport
from console.models.upload import UploadOptions, UploadReport, UploadStep
from console.tui.actions import Action, Report
from console.tui.backstage import Farewell, Held, Names
from tests.fakes import FakeClock
from tests.tui import doctor_samples, samples


@dataclass
class Stage:
    """Answers from its fields; a `ConsoleError` in a field is raised.

    A name in `waits` keeps that call waiting until the test ends: the loading states.
    """

    pipeline: Pipeline | ConsoleError = samples.PIPELINE
    snapshot: StatusSnapshot | ConsoleError = field(default_factory=samples.snapshot)
    inspection: Inspection | ConsoleError = field(default_factory=samples.inspection)
    plan: PeekPlan | ConsoleError = samples.PLAN
    counts: dict[str, int] = field(default_factory=dict[str, int])
    messages: tuple[Message, ...] = samples.MESSAGES
    summary: PeekSummary | ConsoleError = samples.SUMMARY
    view: Callable[[S3Event], ObjectView] = samples.view_of
    report: UploadReport | ConsoleError = field(default_factory=samples.report)
    findings: tuple[Finding, ...] | ConsoleError = doctor_samples.BROKEN
    late_findings: tuple[Finding, ...] = doctor_samples.LATE
    repair_plan: RepairPlan | ConsoleError = doctor_samples.PLAN
    repaired: RepairReport | ConsoleError = doctor_samples.REPAIRED
    history: tuple[UploadReport, ...] | ConsoleError = ()
    records: tuple[OperationRecord, ...] | ConsoleError = samples.OPERATIONS
    record_entries: tuple[EntryRecord, ...] = samples.ENTRIES
    done: Report | ConsoleError = samples.MOVED
    moves: tuple[MoveTask, ...] | ConsoleError = ()
    traced: Trace | ConsoleError = samples.TRACED
    trail_report: TrailReport | ConsoleError = samples.TRAIL
    at_work: frozenset[str] = frozenset()
    obeys: bool = True
    held: tuple[Held, ...] = ()
    lost: tuple[str, ...] = ()
    names: Names = field(default_factory=lambda: Names("audio-prod", samples.BUCKET, samples.NAME))
    refresh: Refresh = field(default_factory=Refresh)
    notes: tuple[str, ...] = ()
    clock: FakeClock = field(default_factory=FakeClock)
    waits: frozenset[str] = frozenset()
    end: threading.Event = field(default_factory=threading.Event)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    waiting: int = 0

    def _answer(self, name: str, value: Any, argument: Any = None) -> Any:
        self.calls.append((name, argument))
        if name in self.waits:
            self.waiting += 1
            self.end.wait(30)
            self.waiting -= 1
        if isinstance(value, ConsoleError):
            raise value
        return value

    def count(self, name: str) -> int:
        """How often an operation was called."""
        return sum(called == name for called, _ in self.calls)

    def connect(self, chosen: Mapping[str, str]) -> Pipeline:
        return self._answer("connect", self.pipeline, dict(chosen))

    def forget_credentials(self) -> None:
        self.calls.append(("forget_credentials", None))

    def poll_queues(self) -> StatusSnapshot:
        return self._answer("poll_queues", self.snapshot)

    def poll_metrics(self) -> StatusSnapshot:
        return self._answer("poll_metrics", self.snapshot)

    def inspect(self) -> Inspection:
        return self._answer("inspect", self.inspection)

    def plan_peek(self, queue: QueueRef, options: PeekOptions) -> PeekPlan:
        return self._answer("plan_peek", self.plan, options)

    def receive_counts(self, queue: QueueRef, message_ids: Iterable[str]) -> dict[str, int]:
        return self._answer("receive_counts", self.counts)

    def peek(
        self,
        queue: QueueRef,
        options: PeekOptions,
        cancel: threading.Event,
        on_message: Callable[[Message], None],
        on_progress: Callable[[PeekProgress], None],
    ) -> PeekSummary:
        self.calls.append(("peek", options))
        for number, message in enumerate(self.messages, 1):
            on_message(message)
            on_progress(PeekProgress(number, len(self.messages)))
        if "peek" in self.waits:
            self.waiting += 1
            while not cancel.wait(0.01) and not self.end.is_set():
                pass
            self.waiting -= 1
        if isinstance(self.summary, ConsoleError):
            raise self.summary
        return self.summary

    def leases(self) -> tuple[Held, ...]:
        return self.held

    def release(self, queue: QueueRef, message_ids: Iterable[str]) -> Release:
        ids = tuple(message_ids)
        self.held = tuple(held for held in self.held if held.lease.message_id not in ids)
        return self._answer("release", Release(released=ids), ids)

    def tick_leases(self) -> tuple[str, ...]:
        self.held = tuple(h for h in self.held if h.lease.message_id not in self.lost)
        return self._answer("tick_leases", self.lost)

    def look_at_object(self, event: S3Event) -> ObjectView:
        return self._answer("look_at_object", self.view(event), event)

    def upload_test(
        self,
        options: UploadOptions,
        cancel: threading.Event,
        on_step: Callable[[UploadStep], None],
    ) -> UploadReport:
        self.calls.append(("upload_test", options))
        if "upload_test" in self.waits:
            on_step(UploadStep("upload", "pass", 0.041, "8,093 bytes"))
            on_step(UploadStep("event", "running", None, "waiting for the event"))
            self.waiting += 1
            while not cancel.wait(0.01) and not self.end.is_set():
                pass
            self.waiting -= 1
            raise Cancelled("The upload test")
        if isinstance(self.report, ConsoleError):
            raise self.report
        for step in self.report.steps:
            on_step(step)
        return self.report

    def diagnose(
        self,
        options: DoctorOptions,
        cancel: threading.Event,
        on_finding: Callable[[Finding], None],
        on_early: Callable[[Diagnosis], None],
    ) -> Diagnosis:
        self.calls.append(("diagnose", options))
        if isinstance(self.findings, ConsoleError):
            raise self.findings
        for finding in self.findings[:-3]:
            on_finding(finding)
        self._wait("diagnose", cancel)
        for finding in self.findings[-3:]:
            on_finding(finding)
        at = self.clock.now()
        on_early(doctor_samples.diagnosis(self.findings, at, options.key))
        self._wait("cloudtrail", cancel)
        for finding in self.late_findings:
            on_finding(finding)
        late = {finding.id: finding for finding in self.late_findings}
        whole = (*(late.pop(f.id, f) for f in self.findings), *late.values())
        return doctor_samples.diagnosis(whole, at, options.key)

    def plan_repair(self, diagnosis: Diagnosis, finding_id: str) -> RepairPlan:
        return self._answer("plan_repair", self.repair_plan, finding_id)

    def plan_undo(self, operation_id: str) -> RepairPlan:
        return self._answer("plan_undo", self.repair_plan, operation_id)

    def apply_repair(self, plan: RepairPlan) -> RepairReport:
        return self._answer("apply_repair", self.repaired, plan)

    def _wait(self, name: str, cancel: threading.Event) -> None:
        if name not in self.waits:
            return
        self.waiting += 1
        while not cancel.wait(0.01) and not self.end.is_set():
            pass
        self.waiting -= 1
        if cancel.is_set():
            raise Cancelled("The diagnosis")

    @property
    def keeps_bodies(self) -> bool:
        return True

    def perform(
        self,
        action: Action,
        cancel: threading.Event,
        on_progress: Callable[[MoveProgress], None],
    ) -> Report:
        self.calls.append(("perform", action))
        on_progress(MoveProgress(20, 40, 17, 0))
        if "perform" in self.waits:
            self.waiting += 1
            while not (self.obeys and cancel.is_set()) and not self.end.wait(0.01):
                pass
            self.waiting -= 1
        if isinstance(self.done, ConsoleError):
            raise self.done
        return self.done

    def alive(self, operation_id: str) -> bool:
        return operation_id in self.at_work

    def move_tasks(self, dlq: QueueRef) -> tuple[MoveTask, ...]:
        return self._answer("move_tasks", self.moves, dlq)

    def upload_history(self) -> tuple[UploadReport, ...]:
        return self._answer("upload_history", self.history)

    def operations(self) -> tuple[OperationRecord, ...]:
        return self._answer("operations", self.records)

    def entries(self, operation_id: str) -> tuple[EntryRecord, ...]:
        return self._answer("entries", self.record_entries, operation_id)

    def trace(
        self,
        key: str,
        scan: bool,
        cancel: threading.Event,
        on_step: Callable[[TraceStep], None],
    ) -> Trace:
        self.calls.append(("trace", (key, scan)))
        if isinstance(self.traced, ConsoleError):
            raise self.traced
        on_step(self.traced.steps[0])
        self._wait("trace", cancel)
        for step in self.traced.steps[1:]:
            on_step(step)
        return self.traced

    def trail(
        self,
        seconds: float,
        cancel: threading.Event,
        on_change: Callable[[Change], None],
        on_progress: Callable[[TrailProgress], None],
    ) -> TrailReport:
        self.calls.append(("trail", seconds))
        if isinstance(self.trail_report, ConsoleError):
            raise self.trail_report
        for change in self.trail_report.changes[::-1]:
            on_change(change)
        on_progress(TrailProgress("PurgeQueue", 8, 26, len(self.trail_report.changes)))
        if "trail" in self.waits:
            self.waiting += 1
            while not cancel.wait(0.01) and not self.end.is_set():
                pass
            self.waiting -= 1
            raise Cancelled("Looking through CloudTrail")
        return self.trail_report

    def close(self, deadline_seconds: float) -> Farewell:
        self.end.set()
        return Farewell()
