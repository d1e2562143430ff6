"""Backfill: send events of S3's shape for objects that exist, journaled key by key."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from console.errors import ConsoleError, JournalError, UsageError
from console.journal.log import OperationRecord
from console.models.backfill import BackfillOptions, BackfillReport
from console.operations.backfill_plan import KIND, TO_SEND, Plan, RangeFeed, RestFeed
from console.operations.backfill_report import end, intent
from console.operations.backfill_sending import Replayer
from console.operations.backfill_target import Target, aim
from console.operations.crew import work_together
from console.operations.distinct import each_once
from console.operations.moving import CANCEL_GRACE, OnProgress
from console.operations.pace import Pace
from console.operations.passing import MOST_RECEIVERS
from console.operations.purge_pause import await_purge
from console.operations.ranges import split
from console.operations.redrive import no_progress
from console.operations.sending import Sender
from console.operations.supply import Feed, Supply
from console.operations.workbench import Workbench, require_write

_IN_DOUBT = ("unknown",)
BATCH = 10
_LOOKERS = 16
"""Threads where every key has to be looked up first, which takes longer than to send for it."""


def backfill(
    workbench: Workbench,
    options: BackfillOptions,
    *,
    cancel: threading.Event,
    keys: Iterable[str] | None = None,
    on_progress: OnProgress = no_progress,
) -> BackfillReport:
    """Send an event for every object that is meant; `keys` names them instead of a listing.

    Objects are listed as a stream, from several prefixes at once, and memory stays flat. Keys that
    are given are all read before the first event is sent, so that a resume knows them; one that
    is given twice gets one event.

    Raises `Refused` in read-only mode, what `aim` raises, what reading `keys` raises, and
    `JournalError`, before anything is sent. Any other failure ends it with the state `failed`.
    """
    require_write(workbench, "Backfill")
    target = aim(workbench, options, listing=keys is None)
    ranges: list[Sequence[object]] = []
    if target.view is not None:
        found = split(target.view.listing, target.view.bucket, options.prefix)
        ranges = [[one.after, one.until, 0, False] for one in found]
    plan = Plan(workbench, options, ranges, complete=keys is None)
    told = intent(options, target, given=keys is not None)
    plan.operation = workbench.begin(KIND, target.queue, told, plan.stored())
    if keys is not None:
        _spool(workbench, plan, target, keys, cancel)
        if not plan.complete:
            return end(workbench, plan, target, None, cancel, ended=True)
    return _run(workbench, plan, target, TO_SEND, cancel, on_progress)


def _spool(
    workbench: Workbench,
    plan: Plan,
    target: Target,
    keys: Iterable[str],
    cancel: threading.Event,
) -> None:
    """Read all keys. Raises what reading them raises, and then the operation has ended."""
    try:
        plan.spool(each_once(keys, target.choice.repeated), target.choice.rules, cancel)
    except JournalError:
        workbench.journal.claims.drop(plan.operation)
        raise
    except BaseException:
        workbench.finish(plan.operation, "failed", {"error": "its keys could not all be read"})
        raise


def go_on(
    workbench: Workbench,
    operation: OperationRecord,
    *,
    cancel: threading.Event,
    on_progress: OnProgress,
    whole: bool,
) -> BackfillReport:
    """Send what an earlier run of `operation` has not sent, or may not have; of the rest only
    where `whole`. What was in flight when it was killed is sent once more, and counted. Raises as
    `backfill` does."""
    plan = Plan.restored(workbench, operation)
    if plan.interrupted_while_reading:
        raise UsageError(
            "Keys not known",
            f"{operation.id} was stopped while its keys were being read, and has sent nothing.",
            "Start it again with all of its keys.",
        )
    target = aim(workbench, plan.options, listing=whole and not plan.complete)
    outcomes = TO_SEND if whole else _IN_DOUBT
    return _run(workbench, plan, target, outcomes, cancel, on_progress)


def _run(
    workbench: Workbench,
    plan: Plan,
    target: Target,
    outcomes: Sequence[str],
    cancel: threading.Event,
    on_progress: OnProgress,
) -> BackfillReport:
    """Send what is planned with one of the outcomes and what is still to be listed, and finish
    the operation."""
    failure: ConsoleError | None = None
    ended = True
    feeds: list[Feed] = [RestFeed(workbench, plan.operation, outcomes)]
    if target.view is not None:
        readers = plan.readers(target.view, target.choice)
        feeds += [RangeFeed(plan, index, reader) for index, reader in enumerate(readers)]
    try:
        ended = _send_all(workbench, plan, target, feeds, cancel, on_progress)
    except JournalError:
        workbench.journal.claims.drop(plan.operation)
        raise
    except ConsoleError as error:
        failure = error
    partial = outcomes == _IN_DOUBT
    return end(workbench, plan, target, failure, cancel, ended=ended, partial=partial)


def _send_all(
    workbench: Workbench,
    plan: Plan,
    target: Target,
    feeds: Sequence[Feed],
    cancel: threading.Event,
    on_progress: OnProgress,
) -> bool:
    """Whether all threads have ended. Raises `AwsError`, `JournalError`."""
    rate = plan.options.rate
    step = BATCH if rate is None else max(1, min(BATCH, int(rate)))
    largest = workbench.gateway.sqs.attributes(target.queue).maximum_message_size
    workers = MOST_RECEIVERS if target.view is not None else _LOOKERS
    supply = Supply(feeds, portion=step, low=2 * workers)
    await_purge(workbench, target.queue, cancel, on_progress)
    sender = Sender(workbench, target.queue, largest, cancel)
    replayer = Replayer(
        workbench,
        plan.operation,
        sender,
        supply,
        target.choice,
        Pace(rate, workbench.clock),
        lambda: (plan.listed, plan.listed if target.view is None else 0),
    )
    return work_together(
        lambda: replayer.work(on_progress),
        workers,
        cancel=cancel,
        stop=supply.stop,
        heartbeat=lambda: None,
        grace=CANCEL_GRACE,
    )
