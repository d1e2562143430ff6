"""Take messages out of a queue with a mover: the ones that are held, and those a pass finds."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from console.errors import ConsoleError, JournalError
from console.models.message import Message
from console.models.moving import MoveEnd, MoveOptions, MoveProgress
from console.models.peek import PeekOptions, PeekPlan, Release
from console.models.pipeline import QueueRef
from console.operations import budget
from console.operations.elsewhere import elsewhere, elsewhere_note
from console.operations.leases import lease_seconds
from console.operations.moving import Known, Mover, OnProgress, Task
from console.operations.passing import Pass, PassOptions
from console.operations.workbench import Workbench
from console.selecting import selector

_NOT_AGAIN = (
    "What could not be deleted was not received again: that could spend the last attempt of others."
)


@dataclass(frozen=True, slots=True)
class Taken:
    """How it went: `missing` are ids that were wanted and not found in the whole queue;
    `unreached` counts those that were not looked for to its end. `ended` is false where a hung
    call was left behind, so that nobody knows how it ended. `full` says that as many as wanted
    were taken."""

    ended: bool
    missing: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    withheld: int = 0
    unreached: int = 0
    full: bool = False

    def state(self, cancel: threading.Event) -> MoveEnd:
        """The operation's state after this."""
        return "interrupted" if cancel.is_set() or not self.ended else "done"


@dataclass(frozen=True, slots=True)
class Settled:
    """How receiving again what was owed went: whether all threads have `ended`, and what to say
    of it."""

    ended: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What to take. `held` are messages this console holds already. `without` are ids to leave
    alone. `until` is the monotonic moment before which an empty queue does not end it while one
    of the `awaited` is not found, or at all where messages nobody knows of are `unseen`."""

    task: Task
    options: MoveOptions
    held: Sequence[Message] = ()
    known: Known | None = None
    until: float | None = None
    awaited: frozenset[str] = frozenset()
    unseen: bool = False
    without: frozenset[str] = frozenset()


def take(
    bench: Workbench, request: Request, cancel: threading.Event, on_progress: OnProgress
) -> Taken:
    """Take what is asked for, and give back what else was received.

    Raises `UsageError` for a pattern that is bad or takes too long, `JournalError`, and `AwsError`
    where going on makes no sense; what was held is given back then too.
    """
    task, options = request.task, request.options
    mover = Mover(bench, task, cancel, request.known)
    if mover.full:
        return Taken(True, full=True)
    plan = _when_visible(bench, _plan(bench, request), request, cancel)
    if plan.refusal and not request.held:
        unreached = len((options.where.ids or frozenset()) | request.awaited)
        return Taken(True, frozenset(), (plan.refusal,), plan.visible, unreached)
    run = _new_pass(bench, plan, request, mover, cancel)
    try:
        _hand_over(bench, request, run)
        if plan.refusal:
            run.stop(plan.refusal)
        ended = mover.run(run, on_progress)
        missing = run.unfound
        looked = ended and not cancel.is_set() and run.partial is None
        undecided = _settle_missing(bench, mover, task.queue, missing) if looked else missing
        owed, settled = frozenset(mover.owed), Settled(ended)
        # What could not be read within its bound is not read by another try, which costs attempts.
        if ended and mover.owed and not cancel.is_set() and (looked or not run.bounded):
            settled = settle_owed(bench, plan, request, run, mover, cancel, on_progress)
        over = owed - mover.owed
        unseen = _unseen(bench, run, options, mover) if looked and settled.ended else None
    finally:
        release = run.end(3.0 if cancel.is_set() else None)
    notes = (*_notes(run, release), *settled.notes, *filter(None, (unseen,)))
    if not looked:
        unreached = len(missing - over)
        return Taken(settled.ended, frozenset(), notes, run.withheld, unreached, mover.full)
    missing -= mover.begun(missing)
    unreached = len(undecided - over)
    return Taken(settled.ended, missing, notes, run.withheld, unreached, mover.full)


def _plan(bench: Workbench, request: Request) -> PeekPlan:
    options = request.options
    asked = PeekOptions(None, options.hold, options.spend_last_attempt)
    return budget.plan_peek(bench, request.task.queue, asked)


def _when_visible(
    bench: Workbench, plan: PeekPlan, request: Request, cancel: threading.Event
) -> PeekPlan:
    """The plan for when nothing is hidden by an earlier run any more. On a queue with live
    consumers that is waited for without a receive: a pass there ends after 5 s, in vain for what
    it awaits, and has cost everything else an attempt."""
    if request.until is None or request.options.hold or not plan.live:
        return plan
    bench.clock.wait(cancel, max(0.0, request.until - bench.clock.monotonic()))
    return _plan(bench, request)


def _settle_missing(
    bench: Workbench, mover: Mover, queue: QueueRef, missing: frozenset[str]
) -> frozenset[str]:
    """Record what the whole queue does not have though it was begun; returns what may be hidden
    still: by leases of this run, which gave them up, or, in a DLQ, by whoever else has messages in
    flight there. In other queues it is a consumer that has them then."""
    begun = mover.begun(missing)
    gone = begun - mover.hidden
    if gone and queue == bench.pipeline.dlq:
        own = len(bench.leases.held(queue)) + len(mover.hidden)
        if bench.gateway.sqs.attributes(queue).counts.in_flight > own:
            return gone
    mover.not_found(gone)
    return frozenset()


def attempt(
    bench: Workbench, request: Request, cancel: threading.Event, on_progress: OnProgress
) -> tuple[ConsoleError | None, Taken]:
    """`take`, with the failure that ended it beside what is known. Raises `JournalError`, and then
    nobody works on the operation any more."""
    try:
        return None, take(bench, request, cancel, on_progress)
    except JournalError:
        bench.journal.claims.drop(request.task.operation)
        raise
    except ConsoleError as error:
        return error, Taken(True)


def _new_pass(
    bench: Workbench, plan: PeekPlan, request: Request, mover: Mover, cancel: threading.Event
) -> Pass:
    options, task = request.options, request.task
    test = selector(options.where, bench.clock.now())
    # What an earlier run began is finished, whatever the filter says of it now.
    begun = (request.known or Known()).numbers.keys()
    without = request.without
    return Pass(
        bench,
        plan,
        PassOptions(
            limit=task.most if options.where.everything and not request.awaited else None,
            hold=options.hold,
            spend_last_attempt=options.spend_last_attempt,
            consuming=True,
            wanted=options.where.ids,
            until=request.until,
            awaited=request.awaited,
            unseen=request.unseen,
        ),
        task.operation,
        lambda m: (test(m) and m.message_id not in without) or m.message_id in begun,
        cancel,
    )


def _hand_over(bench: Workbench, request: Request, run: Pass) -> None:
    """Act on what is held already; what ran out meanwhile is looked for in the queue."""
    queue = request.task.queue
    held = [m for m in request.held if bench.leases.valid(queue, m.message_id) is not None]
    bench.leases.adopt(queue, [m.message_id for m in held], request.task.operation)
    run.has(held)


def settle_owed(
    bench: Workbench,
    plan: PeekPlan,
    request: Request,
    first: Pass,
    mover: Mover,
    cancel: threading.Event,
    on_progress: OnProgress,
) -> Settled:
    """Receive again what had its effect in the `first` pass and could not be deleted, until it is
    found and deleted, or its lease must have ended and the queue does not have it. Where the
    budget refuses that, it stays owed. Raises as `Mover.run` does."""
    owed = frozenset(mover.owed)
    queue = request.task.queue
    # Leases were as long as the most that were held at once made them.
    seconds = lease_seconds(len(first.met) + len(bench.leases.held())) + 1
    count = len(owed)
    at = bench.clock.now() + timedelta(seconds=seconds)
    note = (
        f"Waiting until {at:%H:%M:%S} UTC for {count} to delete them, longer while answers are "
        "lost."
    )
    on_progress(MoveProgress(0, count, 0, 0, note))
    wanted = replace(request.options, where=replace(request.options.where, ids=owed))
    again = replace(
        request,
        options=wanted,
        held=(),
        until=bench.clock.monotonic() + seconds,
        known=Known(dict.fromkeys(owed, 0)),
        awaited=owed,
        unseen=False,
    )
    plan = _when_visible(bench, plan, again, cancel)
    if plan.refusal:
        return Settled(True, (_NOT_AGAIN,))
    run = _new_pass(bench, plan, again, mover, cancel)
    mover.hidden.clear()
    try:
        ended = mover.run(run, on_progress)
    finally:
        release = run.end(3.0 if cancel.is_set() else None)
    if ended and not cancel.is_set() and run.partial is None:
        # What was seen again and could not be deleted again is still there.
        _settle_missing(bench, mover, queue, owed & mover.owed)
    first.consumed(len((owed - mover.owed) & first.met))
    return Settled(ended, _notes(run, release))


def _unseen(bench: Workbench, run: Pass, options: MoveOptions, mover: Mover) -> str | None:
    """What to say of messages in flight elsewhere, where they were meant too: those named by id
    are told as not found, and where as many as wanted were taken, no more were meant."""
    if options.where.ids is not None or mover.full:
        return None
    return elsewhere_note(elsewhere(bench, run))


def _notes(run: Pass, release: Release) -> tuple[str, ...]:
    unreleased = (
        f"{len(release.failed)} messages could not be released: {release.reason}"
        if release.failed
        else None
    )
    return tuple(note for note in (run.partial, run.warning, unreleased) if note)
