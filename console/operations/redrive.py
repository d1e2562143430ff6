"""Redrive, message by message: send to where it came from, record, delete, record."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from console.errors import AwsError, ConsoleError, JournalError, UsageError
from console.journal.log import EntryRecord, OperationRecord
from console.models.message import Message
from console.models.moving import MoveOptions, MoveReport
from console.models.pipeline import QueueRef
from console.operations.destinations import Destinations
from console.operations.leases import lease_seconds
from console.operations.moving import Act, Effects, OnProgress, Task, known_of, left_of
from console.operations.outcomes import move_report
from console.operations.pace import Pace
from console.operations.purge_pause import await_purge
from console.operations.taking import Request, Taken, attempt
from console.operations.workbench import Workbench, require_write
from console.selecting import selector

KIND = "redrive"
DONE = "moved"
CANARY = "canary"
CANARIES_ONLY = "Stopped after the canaries."
_AGREED = "agree"


@dataclass(frozen=True, slots=True)
class Canaries:
    """The ids that moved messages have now, and the queues they were sent to."""

    ids: frozenset[str]
    queues: tuple[QueueRef, ...]


Proceed = Callable[[MoveReport, Canaries], bool]
"""Told how the canaries were moved and where they are now, whether to move the rest."""


def no_progress(_: object) -> None:
    """For who does not want to hear."""


def redrive(
    workbench: Workbench,
    source: QueueRef,
    options: MoveOptions,
    *,
    cancel: threading.Event,
    held: Sequence[Message] = (),
    on_progress: OnProgress = no_progress,
    canary: int = 0,
    proceed: Proceed | None = None,
) -> MoveReport:
    """Move messages of `source` to `options.to`, or each back to its own source queue.

    Everything a sender can set is kept: body, attributes of every type, trace header, group id.
    `held` are messages that this console holds. With `canary`, so many are moved first, and the
    rest where `proceed` says so. Killed at any moment nothing is lost, and `resume` goes on.

    Raises `Refused` in read-only mode, `UsageError` for options that cannot work, and
    `JournalError`, before anything is changed. Any other failure ends it with the state `failed`
    and its sentence among the reasons.
    """
    require_write(workbench, "Redrive")
    selector(options.where, workbench.clock.now())
    if options.to == source:
        raise UsageError("Same queue", f"{source.name} is both source and target.", "")
    stored = {**options.stored(), CANARY: canary}
    operation = workbench.begin(KIND, source, _intent(source, options), stored)
    if target := options.to or workbench.pipeline.queue:
        await_purge(workbench, target, cancel, on_progress)
    destinations = _destinations(workbench, operation, source, options, cancel)
    send = _paced(workbench, destinations, source, options, cancel)
    task = Task(operation, source, KIND, DONE, send, options.limit)
    first = replace(task, most=at_most(options.limit, canary))
    failure, taken = attempt(workbench, Request(first, options, held), cancel, on_progress)
    if canary and failure is None and not cancel.is_set():
        new_ids = _new_ids(workbench.journal.moves.entries(operation, KIND))
        so_far = move_report(workbench, operation, source, KIND, DONE, taken, None, cancel)
        canaries = Canaries(new_ids, destinations.queues)
        failure, agreed = _ask(workbench, operation, proceed, so_far, canaries)
        if agreed:
            _agreed(workbench, operation)
            request = _rest(workbench, task, options)
            failure, taken = attempt(workbench, request, cancel, on_progress)
        elif failure is None:
            taken = replace(taken, notes=(*taken.notes, CANARIES_ONLY))
    return finish(workbench, operation, source, taken, failure, cancel)


def _ask(
    workbench: Workbench,
    operation: str,
    proceed: Proceed | None,
    report: MoveReport,
    canaries: Canaries,
) -> tuple[ConsoleError | None, bool]:
    """Whether the rest may follow, and the failure that kept `proceed` from finding out. Raises
    `JournalError`, and then nobody works on the operation any more."""
    try:
        return None, proceed is None or proceed(report, canaries)
    except JournalError:
        workbench.journal.claims.drop(operation)
        raise
    except ConsoleError as error:
        return error, False


def _rest(workbench: Workbench, task: Task, options: MoveOptions) -> Request:
    """What to take after the canaries: of these, only what is not settled yet."""
    entries = workbench.journal.moves.entries(task.operation, KIND)
    known = known_of(entries, DONE)
    task = replace(task, most=left_of(options.limit, known))
    options = options.without(known.finished)
    awaited, until = known.through | known.undecided, None
    if awaited:
        # What could not be given back is hidden still, and would pass for in flight elsewhere.
        until = workbench.clock.monotonic() + lease_seconds(len(awaited)) + 1
        options = replace(options, hold=options.hold or task.queue == workbench.pipeline.dlq)
    return Request(task, options, (), known, until, awaited, without=_new_ids(entries))


def _new_ids(entries: Sequence[EntryRecord]) -> frozenset[str]:
    return frozenset(entry.new_id for entry in entries if entry.new_id)


def only_canaries(workbench: Workbench, operation: OperationRecord) -> int:
    """How many canaries an operation moves while nobody has agreed to the rest, else 0.

    Raises `JournalError`.
    """
    canary = operation.parameters.get(CANARY)
    agreed = workbench.journal.moves.entries(operation.id, _AGREED)
    return canary if isinstance(canary, int) and not agreed else 0


def _agreed(workbench: Workbench, operation: str) -> None:
    log, at = workbench.journal.log, workbench.clock.now()
    numbers = log.intend(operation, _AGREED, ["the rest"], at)
    log.settle(operation, [(number, "agreed", None) for number in numbers.values()], at)


def finish(
    workbench: Workbench,
    operation: str,
    source: QueueRef,
    taken: Taken,
    failure: ConsoleError | None,
    cancel: threading.Event,
) -> MoveReport:
    """Record how a redrive ended, from what the journal says of every message."""
    report = move_report(workbench, operation, source, KIND, DONE, taken, failure, cancel)
    if taken.ended:
        workbench.finish(operation, report.state, _summary(report))
    return report


def act(
    workbench: Workbench,
    operation: str,
    source: QueueRef,
    options: MoveOptions,
    cancel: threading.Event,
) -> Act:
    """The effect of a redrive: send, not faster than asked for."""
    destinations = _destinations(workbench, operation, source, options, cancel)
    return _paced(workbench, destinations, source, options, cancel)


def _destinations(
    workbench: Workbench,
    operation: str,
    source: QueueRef,
    options: MoveOptions,
    cancel: threading.Event,
) -> Destinations:
    without_origin = _without_origin(workbench, source, options)
    return Destinations(workbench, operation, cancel, options.to, without_origin)


def _paced(
    workbench: Workbench,
    destinations: Destinations,
    source: QueueRef,
    options: MoveOptions,
    cancel: threading.Event,
) -> Act:
    pace = Pace(options.rate, workbench.clock)
    step = 10 if options.rate is None else max(1, min(10, int(options.rate)))

    def send(messages: Sequence[Message]) -> Effects:
        effects = Effects({})
        for start in range(0, len(messages), step):
            part = messages[start : start + step]
            if effects.fatal is not None or pace.wait(len(part), cancel):
                break
            # While it waited for its turn, a lease may have run out: it is somebody else's then.
            held = [m for m in part if workbench.leases.valid(source, m.message_id) is not None]
            sent = destinations.send(held)
            effects = Effects({**effects.fates, **sent.effects}, sent.fatal)
        return effects

    return send


def _without_origin(
    workbench: Workbench, source: QueueRef, options: MoveOptions
) -> QueueRef | None:
    """Where messages go that never were in another queue: to the pipeline's queue, unless the
    DLQ is known to serve several."""
    pipeline = workbench.pipeline
    if source != pipeline.dlq or options.to is not None:
        return None
    try:
        sources = workbench.gateway.move_tasks.sources(source)
    except AwsError:
        return pipeline.queue
    return pipeline.queue if len(sources) <= 1 else None


def at_most(limit: int | None, canary: int) -> int | None:
    """How many messages to take where, with `canary`, only so many may be."""
    return min(canary, limit or canary) if canary else limit


def _intent(source: QueueRef, options: MoveOptions) -> str:
    what = options.where.in_words or "everything"
    most = "" if options.limit is None else f", at most {options.limit}"
    to = options.to.name if options.to else "the queue each came from"
    return f"move {what}{most} of {source.name} to {to}"


def _summary(report: MoveReport) -> Mapping[str, object]:
    """What the journal says of a redrive's end."""
    return {
        "moved": report.moved,
        "failed": report.failed,
        "skipped": report.skipped,
        "possibly_duplicated": report.possibly_duplicated,
        "remaining": report.remaining,
        "reasons": list(report.reasons),
    }
