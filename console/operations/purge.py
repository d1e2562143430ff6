"""Purge: empty a queue, after keeping copies of what can be read, where that is wanted."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from console.errors import AwsError, ConsoleError, UsageError
from console.journal.moves import Step
from console.models.moving import MoveProgress, PurgeReport
from console.models.peek import PeekOptions
from console.models.pipeline import QueueRef
from console.models.queue import QueueCounts
from console.operations import budget
from console.operations.crew import work_together
from console.operations.moving import OnProgress
from console.operations.passing import Pass, PassOptions
from console.operations.purge_pause import KIND, allowed_at
from console.operations.redrive import no_progress
from console.operations.workbench import Workbench, require_write

COPY = "copy"
PURGED = "purged"
FAILED = "failed"
"""The journal's word for a purge that AWS has refused; where its answer was lost, nobody knows."""


class NotAllCopied(ConsoleError):
    """Not every message could be copied, so nothing was purged. The operation `copy_id` has
    `copied` of them, which are in the queue still."""

    def __init__(self, copy_id: str, copied: int, why: str) -> None:
        super().__init__(
            "Not all copied",
            f"Nothing was purged: {copied} messages are copied ({copy_id}), and not all. {why}",
        )
        self.copy_id, self.copied = copy_id, copied


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """What a purge would destroy: all of `counts`, and what is sent in the 60 s after it. Only
    what is visible can be copied first. `allowed_at` is when this console's last purge of the
    queue allows another, `None` for now."""

    counts: QueueCounts
    allowed_at: datetime | None


def plan_purge(workbench: Workbench, queue: QueueRef) -> PurgePlan:
    """What a purge of `queue` would destroy. Raises `AwsError`, `JournalError`."""
    counts = workbench.gateway.sqs.attributes(queue).counts
    return PurgePlan(counts, allowed_at(workbench, queue))


def refuse_early(queue: QueueRef, allowed_at: datetime | None) -> None:
    """Raises `UsageError` where `queue` may be purged at a later time only."""
    if allowed_at is not None:
        raise UsageError(
            "Too early",
            f"{queue.name} was purged less than 60 s ago, and SQS allows one purge in 60 s.",
            f"Do it again after {allowed_at:%H:%M:%S} UTC.",
        )


def purge(
    workbench: Workbench,
    queue: QueueRef,
    *,
    cancel: threading.Event,
    copy_first: bool = False,
    on_progress: OnProgress = no_progress,
) -> PurgeReport:
    """Empty `queue`. With `copy_first` the journal first gets a copy of every visible message, and
    nothing is purged where that does not succeed.

    Raises `Refused` in read-only mode, `UsageError` within 60 s of the last purge, `NotAllCopied`,
    `JournalError` before anything is destroyed, and `AwsError`.
    """
    require_write(workbench, "Purge")
    refuse_early(queue, allowed_at(workbench, queue))
    copy_id, copied = None, 0
    if copy_first:
        copy_id, copied = _copy(workbench, queue, cancel, on_progress)
    about = workbench.gateway.sqs.attributes(queue).counts.total
    intent = f"purge {queue.name}: about {about} messages"
    operation = workbench.begin(KIND, queue, intent, {"copy": copy_id})
    log = workbench.journal.log
    number = log.intend(operation, KIND, [queue.arn], workbench.clock.now())[queue.arn]
    try:
        workbench.gateway.sqs.purge(queue)
    except AwsError as error:
        outcome = "unknown" if error.maybe_done else FAILED
        log.settle(operation, [(number, outcome, error.sentence)], workbench.clock.now())
        workbench.finish(operation, "failed", {"error": error.sentence})
        workbench.leases.release(
            queue, [lease.message_id for lease in workbench.leases.held(queue)]
        )
        raise
    log.settle(operation, [(number, PURGED, None)], workbench.clock.now())
    workbench.leases.drop(queue, [lease.message_id for lease in workbench.leases.held(queue)])
    told = {"purged_about": about, "copied": copied, "copy": copy_id}
    workbench.finish(operation, "done", told)
    return PurgeReport(operation, about, copied, copy_id)


def _copy(
    workbench: Workbench, queue: QueueRef, cancel: threading.Event, on_progress: OnProgress
) -> tuple[str, int]:
    """Read every visible message into the journal and keep it held, so that none is missed;
    returns the operation that has the copies, and how many.

    Raises `UsageError` where the journal keeps no bodies, `NotAllCopied` where not all could be
    read.
    """
    if not workbench.journal.settings.bodies:
        raise UsageError(
            "No copies",
            "The journal is set to keep no bodies (journal.bodies = false).",
            "Purge without copies, or set it to true.",
        )
    plan = budget.plan_peek(workbench, queue, PeekOptions(None, hold=True, spend_last_attempt=True))
    operation = workbench.begin(COPY, queue, f"copy what is visible in {queue.name}")
    how = PassOptions(hold=True, spend_last_attempt=True, to_empty=True)
    run = Pass(workbench, plan, how, operation, lambda _: True, cancel)
    copying = _Copying(workbench, operation, run, on_progress)
    try:
        copying.read(cancel)
    except BaseException as error:
        run.end(3.0)
        workbench.finish(operation, "failed", {"copied": copying.count})
        if isinstance(error, AwsError):
            why = f"{error.sentence} {error.remedy}".strip()
            raise NotAllCopied(operation, copying.count, why) from error
        raise
    if run.partial is not None or cancel.is_set():
        run.end(3.0)
        workbench.finish(operation, "interrupted", {"copied": copying.count})
        raise NotAllCopied(operation, copying.count, run.partial or "It was stopped.")
    workbench.finish(operation, "done", {"copied": copying.count})
    return operation, copying.count


@dataclass
class _Copying:
    """A pass whose messages all get a copy in the journal, `count` of them so far."""

    workbench: Workbench
    operation: str
    run: Pass
    on_progress: OnProgress
    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, cancel: threading.Event) -> None:
        """Receive until the pass ends, from several threads."""
        work_together(
            self._work,
            self.run.receivers,
            cancel=cancel,
            stop=self.run.stop,
            heartbeat=self.run.see_to_leases,
            grace=2.0,
        )

    def _work(self) -> None:
        moves = self.workbench.journal.moves
        while (catch := self.run.next()) is not None:
            at = self.workbench.clock.now()
            with self.workbench.journal.together():
                numbers = moves.intend(self.operation, COPY, catch.new, at, copies=True)
                moves.record(self.operation, [Step(n, "copied") for n in numbers.values()], at)
            with self._lock:
                self.count += len(catch.new)
                about = max(self.run.plan.visible, self.count)
                self.on_progress(MoveProgress(self.count, about, self.count, 0))
