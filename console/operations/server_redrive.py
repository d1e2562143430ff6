"""Redrive of a whole DLQ by SQS itself: a message move task, started, watched, cancelled."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from console.errors import AwsError, ConsoleError, UsageError
from console.journal.log import OperationRecord
from console.models.move_task import MoveTask
from console.models.moving import MoveEnd, MoveProgress, MoveReport
from console.models.pipeline import QueueRef
from console.models.redrive_plan import RedrivePlan
from console.operations.moving import OnProgress
from console.operations.outcomes import remaining
from console.operations.queues import queue_of
from console.operations.redrive import KIND, no_progress
from console.operations.workbench import Workbench, require_write

MOST_RATE = 500
"""Messages a second of a move task (SQS API Reference, StartMessageMoveTask)."""
_POLL_SECONDS = 1.0
_CANCEL_POLLS = 5
_START_POLLS = 5
"""How often a task is looked for whose start was not answered."""
_START_SLACK = timedelta(minutes=5)
"""How far this machine's clock may be off from SQS's when a task is looked up by its start."""
_AFTER = "after"


class AlreadyMoving(ConsoleError):
    """A queue can have one active move task only."""


def plan_redrive(workbench: Workbench, dlq: QueueRef, to: QueueRef | None = None) -> RedrivePlan:
    """What a redrive of everything in `dlq` would do, and whether the server can; moves nothing.

    Raises `AwsError` where the queue cannot be read.
    """
    counts = workbench.gateway.sqs.attributes(dlq).counts
    sources, unknown = _sources(workbench, dlq)
    tasks, why_not = _tasks(workbench, dlq)
    why_not = why_not or _why_not(workbench, dlq, sources, to)
    notes = [f"Which queues it serves is unknown: {unknown}"] if unknown else []
    destination = to.arn if to else None
    if to is None and sources is not None and len(sources) == 1:
        destination = _arn_like(dlq, sources[0])
    elif to is None and sources:
        names = ", ".join(url.rpartition("/")[2] for url in sources)
        notes.append(
            f"It is the DLQ of {len(sources)} queues ({names}): each message goes back to its own, "
            "and one that never was in another queue stays."
        )
    active = next((task for task in tasks if task.active), None)
    last = tasks[0].started_at if tasks else None
    return RedrivePlan(counts, sources, active, why_not, destination, tuple(notes), last)


def server_redrive(
    workbench: Workbench,
    dlq: QueueRef,
    plan: RedrivePlan,
    *,
    cancel: threading.Event,
    rate: float | None = None,
    on_progress: OnProgress = no_progress,
) -> MoveReport:
    """Let SQS move everything in `dlq`, and watch it to its end.

    What this console holds of it is released first, because messages in flight do not move. A
    cancel cancels the task; what has moved stays moved. A console that is killed leaves the task
    running. Where the answer to its start is lost, the task is looked for, and followed if found.

    Raises `Refused` in read-only mode, `UsageError` for a rate that is not 1 to 500,
    `AlreadyMoving` where a task runs, `JournalError` and `AwsError`, before anything is moved.
    """
    require_write(workbench, "Redrive")
    checked = whole_rate(rate)
    refuse_active(dlq, plan)
    to = "the queue each came from"
    if plan.destination_arn:
        to = plan.destination_arn.rpartition(":")[2]
    operation = workbench.begin(
        KIND, dlq, f"let SQS move everything of {dlq.name} to {to}", _parameters(plan)
    )
    try:
        held = [lease.message_id for lease in workbench.leases.held(dlq)]
        workbench.leases.release(dlq, held)
        doubt = _start(workbench, operation, dlq, plan, checked, cancel)
    except AwsError as error:
        workbench.finish(operation, "failed", {"error": error.sentence})
        raise
    if doubt is not None:
        return _report(workbench, operation, dlq, None, doubt)
    return _follow(workbench, operation, dlq, cancel, on_progress)


def refuse_active(dlq: QueueRef, plan: RedrivePlan) -> None:
    """Raise `AlreadyMoving` where a move task runs, whoever started it."""
    if plan.active is not None:
        raise AlreadyMoving(
            "Already moving",
            f"A move task runs on {dlq.name}: {plan.active.moved} moved so far.",
            "See redrive status; redrive cancel stops it.",
        )


def settle_server_redrive(
    workbench: Workbench,
    operation: OperationRecord,
    *,
    cancel: threading.Event,
    on_progress: OnProgress = no_progress,
) -> MoveReport:
    """Follow the task of an operation whose console was killed, or find how it ended.

    Raises `AwsError`.
    """
    dlq = queue_of(workbench, operation)
    return _follow(workbench, operation.id, dlq, cancel, on_progress)


def redrive_status(workbench: Workbench, dlq: QueueRef) -> tuple[MoveTask, ...]:
    """The newest move tasks of a DLQ, by whomever. Raises `AwsError`."""
    return workbench.gateway.move_tasks.tasks(dlq)


def cancel_redrive(workbench: Workbench, dlq: QueueRef) -> MoveTask | None:
    """Cancel the active move task of a DLQ, by whomever; `None` where none is active. SQS goes on
    with what it has in hand: the task is returned as it is right after the call.

    Raises `Refused` in read-only mode, `JournalError`, `AwsError`.
    """
    require_write(workbench, "Cancelling a redrive")
    task = next((t for t in workbench.gateway.move_tasks.tasks(dlq) if t.active), None)
    if task is None or task.handle is None:
        return task
    operation = workbench.begin("cancel-redrive", dlq, f"cancel the move task of {dlq.name}")
    try:
        moved = max(task.moved, _cancel(workbench, operation, dlq, task))
    except AwsError as error:
        workbench.finish(operation, "failed", {"error": error.sentence})
        raise
    workbench.finish(operation, "done", {"moved": moved})
    return replace(task, state="CANCELLING", moved=moved)


def whole_rate(rate: float | None) -> int | None:
    """A rate as a move task takes it. Raises `UsageError` for one that is not 1 to 500."""
    if rate is None:
        return None
    if not 1 <= rate <= MOST_RATE:
        raise UsageError(
            "Bad rate",
            f"SQS moves 1 to {MOST_RATE} messages a second, not {rate:g}.",
            "Say another --rate, or --journaled to move them message by message.",
        )
    return int(rate)


def _sources(workbench: Workbench, dlq: QueueRef) -> tuple[tuple[str, ...] | None, str | None]:
    try:
        return workbench.gateway.move_tasks.sources(dlq), None
    except AwsError as error:
        return None, error.sentence


def _tasks(workbench: Workbench, dlq: QueueRef) -> tuple[tuple[MoveTask, ...], str | None]:
    """The move tasks, or the sentence why the server cannot be asked to move anything."""
    try:
        return workbench.gateway.move_tasks.tasks(dlq), None
    except AwsError as error:
        if error.kind == "unsupported":
            return (), "this endpoint knows no move tasks"
        return (), error.sentence


def _why_not(
    workbench: Workbench, dlq: QueueRef, sources: tuple[str, ...] | None, to: QueueRef | None
) -> str | None:
    """Why a move task cannot do it (SQS API Reference, StartMessageMoveTask)."""
    own = workbench.pipeline.identity
    if own is not None and own.account != dlq.account:
        return "move tasks do not work across accounts"
    if sources == ():
        return f"{dlq.name} is the DLQ of no queue"
    if to is not None and to.fifo != dlq.fifo:
        return "move tasks do not move between FIFO and standard queues"
    return None


def _arn_like(dlq: QueueRef, url: str) -> str:
    """The ARN of a source queue: it is in the DLQ's account and region."""
    return f"{dlq.arn.rpartition(':')[0]}:{url.rpartition('/')[2]}"


def _parameters(plan: RedrivePlan) -> Mapping[str, object]:
    last = plan.last_started_at
    return {"mode": "server", **({} if last is None else {_AFTER: last.isoformat()})}


def _start(
    workbench: Workbench,
    operation: str,
    dlq: QueueRef,
    plan: RedrivePlan,
    rate: int | None,
    cancel: threading.Event,
) -> AwsError | None:
    """Start the task. Returns the failure that leaves it unknown whether it has started, and
    raises one that means it has not."""
    log = workbench.journal.log
    number = log.intend(operation, "start-move-task", [dlq.arn], workbench.clock.now())[dlq.arn]
    outcome, failure = "started", None
    try:
        workbench.gateway.move_tasks.start(dlq, plan.destination_arn, rate)
    except AwsError as error:
        doubtful = error.maybe_done and error.kind != "unsupported"
        if not (doubtful and _has_started(workbench, operation, dlq, cancel)):
            outcome, failure = "unknown" if doubtful else "failed", error
    said = None if failure is None else failure.sentence
    log.settle(operation, [(number, outcome, said)], workbench.clock.now())
    if failure is not None and outcome == "failed":
        raise failure
    return failure


def _has_started(
    workbench: Workbench, operation: str, dlq: QueueRef, cancel: threading.Event
) -> bool:
    """Whether SQS lists the operation's task; looked for several times, for a request whose
    answer is lost may still be on its way."""
    record = workbench.journal.log.operation(operation)
    for _ in range(_START_POLLS):
        with suppress(AwsError):
            if _own(record, workbench.gateway.move_tasks.tasks(dlq)) is not None:
                return True
        if workbench.clock.wait(cancel, _POLL_SECONDS):
            break
    return False


def _cancel(workbench: Workbench, operation: str, dlq: QueueRef, task: MoveTask) -> int:
    """Cancel a task that has a handle; returns how many it has moved, by SQS's count."""
    log = workbench.journal.log
    number = log.intend(operation, "cancel-move-task", [dlq.arn], workbench.clock.now())[dlq.arn]
    try:
        moved = workbench.gateway.move_tasks.cancel(dlq, task.handle or "")
    except AwsError as error:
        log.settle(operation, [(number, "failed", error.sentence)], workbench.clock.now())
        raise
    log.settle(operation, [(number, "cancelled", None)], workbench.clock.now())
    return moved


def _follow(
    workbench: Workbench,
    operation: str,
    dlq: QueueRef,
    cancel: threading.Event,
    on_progress: OnProgress,
) -> MoveReport:
    """Watch the operation's task until it ends; a poll that fails is told and made again."""
    record = workbench.journal.log.operation(operation)
    task: MoveTask | None = None
    cancelled, polls_left = False, _CANCEL_POLLS
    patience = threading.Event()
    while True:
        try:
            task = _own(record, workbench.gateway.move_tasks.tasks(dlq)) or task
            if task is None or not task.active:
                break
            _tell(task, on_progress)
            if cancel.is_set() and not cancelled and task.handle is not None:
                cancelled = True
                _cancel(workbench, operation, dlq, task)
        except AwsError as error:
            on_progress(MoveProgress(0, 0, task.moved if task else 0, 0, error.sentence))
            if error.kind not in ("throttled", "unreachable", "failed"):
                return _report(workbench, operation, dlq, task, error)
        if cancel.is_set():
            polls_left -= 1
            if polls_left < 0:
                break
        workbench.clock.wait(patience if cancel.is_set() else cancel, _POLL_SECONDS)
    return _report(workbench, operation, dlq, task, None)


def _own(operation: OperationRecord, tasks: Sequence[MoveTask]) -> MoveTask | None:
    """The task that an operation started: a DLQ has one at a time, so it is the first one after
    the last that was known before, by SQS's own clock."""
    known = operation.parameters.get(_AFTER)
    if isinstance(known, str):
        after = datetime.fromisoformat(known)
    else:
        after = operation.started_at - _START_SLACK
    newer = (task for task in tasks if task.started_at is None or task.started_at > after)
    return min(newer, key=_start_of, default=None)


def _start_of(task: MoveTask) -> datetime:
    return task.started_at or datetime.max.replace(tzinfo=UTC)


def _tell(task: MoveTask, on_progress: OnProgress) -> None:
    note = "cancelling" if task.state == "CANCELLING" else None
    on_progress(MoveProgress(task.moved, task.about or 0, task.moved, 0, note))


def _report(
    workbench: Workbench,
    operation: str,
    dlq: QueueRef,
    task: MoveTask | None,
    error: AwsError | None,
) -> MoveReport:
    """How it ended; a task that still runs leaves the operation to be resumed."""
    reasons = [error.sentence] if error else []
    state: MoveEnd = "failed"
    if task is None:
        reasons.append(
            "SQS lists no move task of it, so whether it moves anything is unknown: "
            f"event-console journal resume {operation} looks again."
        )
    elif task.state == "COMPLETED":
        state = "done"
    elif task.state in ("CANCELLED", "CANCELLING", "RUNNING"):
        state = "interrupted"
        if task.active:
            reasons.append(f"The move task is {task.state.lower()} still; see redrive status.")
    else:
        reasons.append(task.failure or f"The move task ended as {task.state}.")
    report = MoveReport(
        operation_id=operation,
        mode="server",
        moved=task.moved if task else 0,
        failed=0,
        skipped=0,
        possibly_duplicated=0,
        remaining=remaining(workbench, dlq),
        reasons=tuple(reasons),
        state=state,
    )
    workbench.finish(operation, state, _summary(report))
    return report


def _summary(report: MoveReport) -> Mapping[str, object]:
    return {
        "moved": report.moved,
        "remaining": report.remaining,
        "reasons": list(report.reasons),
    }
