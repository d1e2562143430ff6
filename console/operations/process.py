"""Process: run a handler over messages as a consumer does, and delete what it has done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Literal

from console.aws.sqs import BATCH
from console.errors import ConsoleError, JournalError
from console.models.message import Message
from console.models.moving import Effect, MoveOptions, ProcessOptions, ProcessReport, ProcessResult
from console.models.peek import PeekOptions
from console.models.pipeline import QueueRef
from console.operations import budget
from console.operations.elsewhere import elsewhere, elsewhere_note
from console.operations.handlers import Handler
from console.operations.moving import Effects, Mover, OnProgress, Task
from console.operations.outcomes import (
    Outcomes,
    all_reasons,
    end_state,
    gone_reason,
    remaining,
)
from console.operations.passing import Pass, PassOptions
from console.operations.redrive import no_progress
from console.operations.taking import Request, Settled, Taken, settle_owed
from console.operations.workbench import Workbench, require_write
from console.selecting import selector

KIND = "process"
DONE = "done"
_BATCH_SECONDS = 1.0
"""A handler gets so much work at a time: a slow one hides no messages that wait for it."""
_GRACE = 9.0
_LAPSED_AT = 3.0
"""Seconds before a failed message's lease ends at which it counts as given up: heartbeats are a
second apart, and it must not come again while it passes for one that is dealt with."""

OnResult = Callable[[ProcessResult], None]


def process(
    workbench: Workbench,
    queue: QueueRef,
    handler: Handler,
    options: ProcessOptions,
    *,
    cancel: threading.Event,
    on_result: OnResult,
    on_progress: OnProgress = no_progress,
    held: Sequence[Message] = (),
) -> ProcessReport:
    """Run `handler` over messages of `queue` and delete those it has done.

    A message stays hidden while its handler runs, however long. What failed stays in the queue: it
    is given back at the end, or with `follow` after 30 s, and then tried again. What a handler
    gives back is visible once nothing more is received, or with `follow` at once. `on_result` and
    `on_progress` are called by one thread at a time. A cancel lets running handlers end within
    9 s, then stops them.

    Raises `Refused` in read-only mode, `UsageError` for a bad filter, and `JournalError`, before
    anything is received. Any other failure ends it with the state `failed`.
    """
    require_write(workbench, "Process")
    selector(options.where, workbench.clock.now())
    stored = MoveOptions(where=options.where, limit=options.limit).stored()
    operation = workbench.begin(KIND, queue, _intent(queue, options), stored)
    work = _Work(workbench, queue, handler, options, operation, cancel, on_result)
    failure: ConsoleError | None = None
    taken = Taken(True)
    try:
        taken = work.run(held, on_progress)
    except JournalError:
        workbench.journal.claims.drop(operation)
        raise
    except ConsoleError as error:
        failure = error
    return finish(workbench, operation, queue, taken, failure, cancel)


def finish(
    workbench: Workbench,
    operation: str,
    queue: QueueRef,
    taken: Taken,
    failure: ConsoleError | None,
    cancel: threading.Event,
) -> ProcessReport:
    """Record how a process ended, from what the journal says of every message."""
    found = Outcomes(workbench, operation, KIND, DONE)
    report = ProcessReport(
        operation_id=operation,
        done=found.done,
        failed=found.failed,
        skipped=found.skipped,
        remaining=remaining(workbench, queue),
        reasons=(*all_reasons(found, taken, failure), *gone_reason(taken)),
        state=end_state(found, taken, failure, cancel, repeats=False),
    )
    if taken.ended:
        told = {
            "done": report.done,
            "failed": report.failed,
            "skipped": report.skipped,
            "remaining": report.remaining,
            "reasons": list(report.reasons),
        }
        workbench.finish(operation, report.state, told)
    return report


def nothing_more(messages: Sequence[Message]) -> Effects:
    """The effect of a resumed process: no handler runs again on its own."""
    return Effects({m.message_id: Effect("left") for m in messages})


class _Work:
    """One running process."""

    def __init__(
        self,
        workbench: Workbench,
        queue: QueueRef,
        handler: Handler,
        options: ProcessOptions,
        operation: str,
        cancel: threading.Event,
        on_result: OnResult,
    ) -> None:
        self._bench, self._queue, self._handler = workbench, queue, handler
        self._options, self._operation, self._cancel = options, operation, cancel
        self._on_result = on_result
        self._hard = threading.Event()
        self._cancelled_at: float | None = None
        self._lock = threading.Lock()
        self._failures = self._handled = 0
        self._seconds = 0.0
        self._lapsing: set[str] = set()
        self._released: set[str] = set()

    def run(self, held: Sequence[Message], on_progress: OnProgress) -> Taken:
        """Until there is no more to do."""
        bench, options = self._bench, self._options
        plan = budget.plan_peek(
            bench, self._queue, PeekOptions(None, hold=True, spend_last_attempt=True)
        )
        test = selector(options.where, bench.clock.now())
        how = PassOptions(
            limit=options.limit if options.where.everything and not options.follow else None,
            hold=True,
            spend_last_attempt=True,
            consuming=True,
            to_empty=options.drain,
            endless=options.follow,
            wanted=options.where.ids,
        )
        self._run = Pass(bench, plan, how, self._operation, test, self._cancel)
        self._run.batch = 1
        valid = [m for m in held if bench.leases.valid(self._queue, m.message_id) is not None]
        bench.leases.adopt(self._queue, [m.message_id for m in valid], self._operation)
        self._run.has(valid)
        task = Task(self._operation, self._queue, KIND, DONE, self._act, options.limit, self._tell)
        mover = Mover(bench, task, self._cancel)
        try:
            ended = mover.run(
                self._run, on_progress, workers=options.concurrency, heartbeat=self._beat
            )
        finally:
            self._hard.set()
            self._run.end(3.0 if self._cancel.is_set() else None)
        settled = Settled(ended)
        if ended and mover.owed and not self._cancel.is_set():
            # A handler's work is worth a last attempt and a long hiding. Looking for what it has
            # done already is not: it receives others too.
            request = Request(task, MoveOptions(options.where))
            settled = settle_owed(bench, plan, request, self._run, mover, self._cancel, on_progress)
        ended = settled.ended
        notes = tuple(n for n in (self._run.partial, self._run.warning, *settled.notes) if n)
        unfound = self._run.unfound
        if not ended or self._cancel.is_set() or self._run.partial is not None:
            return Taken(ended, notes=notes, unreached=len(unfound))
        # With consumers, messages in flight are no finding.
        if options.drain and self._queue == bench.pipeline.dlq:
            notes = (*notes, *filter(None, (elsewhere_note(elsewhere(bench, self._run)),)))
        return Taken(ended, unfound, notes)

    def _beat(self) -> None:
        """After a cancel, handlers get some time to end by themselves."""
        self._try_again()
        if not self._cancel.is_set():
            return
        now = self._bench.clock.monotonic()
        self._cancelled_at = self._cancelled_at or now
        if now - self._cancelled_at > _GRACE:
            self._hard.set()

    def _try_again(self) -> None:
        """What failed is new again shortly before it is visible again."""
        leases = self._bench.leases
        with self._lock:
            over = {
                message_id
                for message_id in self._lapsing
                if (lease := leases.valid(self._queue, message_id)) is None
                or leases.remaining(lease) < _LAPSED_AT
            }
            self._lapsing -= over
        leases.drop(self._queue, over)
        self._run.again(over)

    def _act(self, messages: Sequence[Message]) -> Effects:
        fates: dict[str, Effect] = {}
        for message in messages:
            if self._cancel.is_set() or self._too_many_failures():
                break
            fates[message.message_id] = self._handle(message)
        return Effects(fates)

    def _handle(self, message: Message) -> Effect:
        started = self._bench.clock.monotonic()
        handled = self._handler.handle(message, cancel=self._hard, seconds=self._options.seconds)
        seconds = self._bench.clock.monotonic() - started
        self._pace_receives(seconds)
        if handled.outcome == "failed":
            self._note_failure()
        if handled.release:
            with self._lock:
                self._released.add(message.message_id)
        done: Literal["kept", "through"] = "kept" if self._options.keep else "through"
        fate = done if handled.outcome == "done" else handled.outcome
        return Effect(fate, handled.error, result=handled.result, seconds=seconds)

    def _pace_receives(self, seconds: float) -> None:
        with self._lock:
            self._handled += 1
            self._seconds += seconds
            mean = self._seconds / self._handled
            self._run.batch = max(1, min(BATCH, int(_BATCH_SECONDS / max(mean, 0.001))))

    def _note_failure(self) -> None:
        with self._lock:
            self._failures += 1
        if self._too_many_failures():
            self._run.stop(f"Stopped after {self._failures} failures.")

    def _too_many_failures(self) -> bool:
        most = self._options.stop_after
        return most is not None and self._failures >= most

    def _tell(self, message: Message, effect: Effect, gone: bool) -> None:
        """One message is over. A failed one is tried again only by who follows the queue; what is
        kept or skipped stays held, for another look at it would spend an attempt in vain."""
        if effect.fate == "left":
            return
        error = effect.reason
        outcome = "done" if gone or effect.fate == "kept" else "failed"
        if effect.fate == "skipped":
            outcome = "skipped"
        elif effect.fate == "through" and not gone:
            error = "done, but its message could not be deleted"
        with self._lock:
            self._on_result(ProcessResult(message, outcome, effect.seconds, error, effect.result))
            released = message.message_id in self._released
            self._released.discard(message.message_id)
        if released:
            self._run.give_back([message.message_id])
        elif self._options.follow and outcome == "failed":
            self._bench.leases.lapse(self._queue, [message.message_id])
            with self._lock:
                self._lapsing.add(message.message_id)


def _intent(queue: QueueRef, options: ProcessOptions) -> str:
    what = options.where.in_words or "messages"
    most = "" if options.limit is None else f", at most {options.limit}"
    how = "keep them" if options.keep else "delete what is done"
    return f"process {what}{most} of {queue.name} and {how}"
