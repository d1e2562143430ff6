"""Resume: finish what a killed or stopped operation has begun, by what the journal says of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import timedelta

from console.aws.sqs import BATCH
from console.errors import ConsoleError, UsageError
from console.journal.log import EntryRecord, OperationRecord
from console.models.backfill import BackfillReport
from console.models.moving import (
    DeleteReport,
    MoveOptions,
    MoveProgress,
    MoveReport,
    ProcessReport,
    RestoreReport,
)
from console.models.pipeline import QueueRef
from console.models.selection import Filter
from console.operations import backfill, delete, process, redrive, restore
from console.operations.leases import EXTEND_AT, LONG_LEASE_SECONDS, lease_seconds
from console.operations.moving import OPEN, THROUGH, Known, OnProgress, Task, known_of, left_of
from console.operations.queues import queue_of
from console.operations.server_redrive import settle_server_redrive
from console.operations.taking import Request, Taken, attempt
from console.operations.workbench import Workbench, require_write

KINDS = (redrive.KIND, delete.KIND, restore.KIND, process.KIND, backfill.KIND)
_MOST = 10_000

Report = MoveReport | DeleteReport | RestoreReport | ProcessReport | BackfillReport


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An operation with something left to do: `killed`, or stopped with `pending` messages whose
    effect is unknown or whose delete is owed."""

    operation: OperationRecord
    killed: bool
    pending: int


def unfinished(workbench: Workbench) -> tuple[Unfinished, ...]:
    """What `resume` would finish on this pipeline's queues, the oldest first.

    Raises `JournalError`.
    """
    journal, pipeline = workbench.journal, workbench.pipeline
    own = {queue.arn for queue in (pipeline.queue, pipeline.dlq) if queue is not None}
    found: list[Unfinished] = []
    for operation in reversed(journal.log.operations(_MOST)):
        queues = {operation.queue_arn, operation.parameters.get("from")}
        if operation.kind not in KINDS or not queues & own:
            continue
        if operation.state == "done" or journal.claims.alive(operation.id):
            continue
        killed = operation.state == "running"
        pending = sum(
            row.count
            for row in journal.moves.outcomes(operation.id, operation.kind)
            if row.outcome in (*OPEN, THROUGH)
        )
        if killed or pending:
            found.append(Unfinished(operation, killed, pending))
    return tuple(found)


def need_rest(operation: OperationRecord) -> None:
    """Raises `UsageError` for an operation of which nothing can be left to do."""
    title = "Nothing to resume"
    if operation.kind not in KINDS:
        raise UsageError(
            title, f"{operation.id} is a {operation.kind}: nothing of it is left to do."
        )
    if operation.state == "done":
        raise UsageError(title, f"{operation.id} has ended.")


def resume(
    workbench: Workbench,
    operation_id: str,
    *,
    cancel: threading.Event,
    on_progress: OnProgress = redrive.no_progress,
    whole: bool = True,
) -> Report:
    """Finish one operation as the same operation: what it owes, what is in doubt, and, with
    `whole`, the rest of what it was asked to do. A process is never run again on its own: only
    what its handler has done is deleted. A backfill sends again what it may have sent.

    Messages that a killed console still hides are waited for. Raises `Refused` in read-only mode,
    `UsageError` for an operation that has ended or another console works on, and `JournalError`.
    """
    require_write(workbench, "Resume")
    journal = workbench.journal
    journal.log.operation(operation_id)
    if not journal.claims.take(operation_id):
        raise UsageError(
            "Still running", f"Another console is working on {operation_id}.", "Wait for its end."
        )
    operation = journal.log.operation(operation_id)
    try:
        need_rest(operation)
        journal.log.reopen(operation_id)
        return _resume(workbench, operation, cancel, on_progress, whole)
    finally:
        journal.claims.drop(operation_id)


def _resume(
    workbench: Workbench,
    operation: OperationRecord,
    cancel: threading.Event,
    on_progress: OnProgress,
    whole: bool,
) -> Report:
    if operation.parameters.get("mode") == "server":
        return settle_server_redrive(workbench, operation, cancel=cancel, on_progress=on_progress)
    if operation.kind in (redrive.KIND, restore.KIND, backfill.KIND):
        workbench.journal.moves.doubt(operation.id, operation.kind, workbench.clock.now())
    if operation.kind == restore.KIND:
        return restore.go_on(workbench, operation, cancel=cancel, on_progress=on_progress)
    if operation.kind == backfill.KIND:
        return backfill.go_on(
            workbench, operation, cancel=cancel, on_progress=on_progress, whole=whole
        )
    queue = queue_of(workbench, operation)
    entries = workbench.journal.moves.entries(operation.id, operation.kind)
    request = _request(workbench, operation, queue, entries, cancel, whole)
    _say_hidden(workbench, request, on_progress)
    failure, taken = attempt(workbench, request, cancel, on_progress)
    if whole and operation.kind == redrive.KIND and redrive.only_canaries(workbench, operation):
        taken = replace(taken, notes=(*taken.notes, redrive.CANARIES_ONLY))
    return _finish(workbench, operation, queue, taken, failure, cancel)


def _request(
    workbench: Workbench,
    operation: OperationRecord,
    queue: QueueRef,
    entries: tuple[EntryRecord, ...],
    cancel: threading.Event,
    whole: bool,
) -> Request:
    """What is left to take, and until when messages may be hidden."""
    whole = whole and operation.kind != process.KIND
    options = MoveOptions.restored(operation.parameters)
    task = _task(workbench, operation, queue, options, entries, cancel)
    known = known_of(entries, task.done)
    options = options.without(known.finished)
    process_only = operation.kind == process.KIND
    awaited = known.through if process_only else known.through | known.undecided
    if whole:
        awaited |= (options.where.ids or frozenset()) - known.numbers.keys()
    else:
        options = replace(options, where=Filter(ids=awaited), limit=None)
        task = replace(task, most=None)
        known = Known({m: known.numbers[m] for m in awaited}, known.through)
    # What this operation has sent may have failed again and come back: that is news, not a rest,
    # and so is what was brought back after it.
    sent = frozenset(e.new_id for e in entries if e.new_id)
    sent |= restore.brought_back(workbench, operation.id)
    until, unseen = _hidden(workbench, operation, queue, awaited)
    if until is not None and queue == workbench.pipeline.dlq:
        # What the stopped run still hides would pass for messages in flight with a consumer.
        options = replace(options, hold=True)
    return Request(task, options, (), known, until, awaited, whole and unseen, sent)


def _task(
    workbench: Workbench,
    operation: OperationRecord,
    queue: QueueRef,
    options: MoveOptions,
    entries: tuple[EntryRecord, ...],
    cancel: threading.Event,
) -> Task:
    """The operation's task, for as many more messages as it has not begun yet."""
    most = options.limit
    if operation.kind == delete.KIND:
        act, done = None, delete.DONE
    elif operation.kind == process.KIND:
        act, done = process.nothing_more, process.DONE
    else:
        act, done = redrive.act(workbench, operation.id, queue, options, cancel), redrive.DONE
        most = redrive.at_most(most, redrive.only_canaries(workbench, operation))
    most = left_of(most, known_of(entries, done))
    return Task(operation.id, queue, operation.kind, done, act, most)


def _hidden(
    workbench: Workbench,
    operation: OperationRecord,
    queue: QueueRef,
    awaited: frozenset[str],
) -> tuple[float | None, bool]:
    """The monotonic moment up to which the stopped console may hide messages, `None` for none;
    and whether these may be others than the awaited ones."""
    now, memory = workbench.clock.now(), workbench.journal.memory
    made = workbench.journal.log.receives(operation.id)
    killed = operation.state == "running"
    begun = [made.last if killed or awaited else made.unanswered]
    if awaited:
        # What a console held when it began is hidden from before its first receive.
        begun.append(operation.started_at)
    lease = timedelta(seconds=lease_seconds(made.count * BATCH + len(awaited)))
    ends = [at + lease if at is not None else None for at in begun]
    if any(begun):
        ends += [operation.hides_until, memory.hidden_until(queue.arn, awaited)]
    latest = max([now, *(at for at in ends if at is not None)])
    if latest <= now:
        return None, False
    # A clock that was set back must not make this wait for ever.
    seconds = min((latest - now).total_seconds(), LONG_LEASE_SECONDS + EXTEND_AT) + 1
    return workbench.clock.monotonic() + seconds, killed or made.unanswered is not None


def _say_hidden(workbench: Workbench, request: Request, on_progress: OnProgress) -> None:
    if request.until is None:
        return
    seconds = request.until - workbench.clock.monotonic()
    at = workbench.clock.now() + timedelta(seconds=seconds)
    count = f"Up to {len(request.awaited)}" if request.awaited else "Some"
    count = "An unknown number of" if request.unseen else count
    note = f"{count} messages may be hidden by the run that stopped, until {at:%H:%M:%S} UTC."
    on_progress(MoveProgress(0, 0, 0, 0, note))


def _finish(
    workbench: Workbench,
    operation: OperationRecord,
    queue: QueueRef,
    taken: Taken,
    failure: ConsoleError | None,
    cancel: threading.Event,
) -> Report:
    if operation.kind == delete.KIND:
        return delete.finish(workbench, operation.id, queue, taken, failure, cancel)
    if operation.kind == process.KIND:
        return process.finish(workbench, operation.id, queue, taken, failure, cancel)
    return redrive.finish(workbench, operation.id, queue, taken, failure, cancel)
