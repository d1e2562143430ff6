"""Peek: one pass over a queue that receives each message once and gives it back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from console.errors import ConsoleError
from console.models.message import Message
from console.models.peek import (
    PeekOptions,
    PeekPlan,
    PeekProgress,
    PeekSummary,
    Release,
)
from console.models.pipeline import QueueRef
from console.operations import budget
from console.operations.crew import work_together
from console.operations.elsewhere import elsewhere, elsewhere_note
from console.operations.passing import Pass, PassOptions
from console.operations.workbench import Workbench, require_peek
from console.selecting import selector

_CANCEL_GRACE = 2.5

OnMessage = Callable[[Message], None]
OnProgress = Callable[[PeekProgress], None]


def _no_progress(_: PeekProgress) -> None:
    pass


def peek(
    workbench: Workbench,
    queue: QueueRef,
    options: PeekOptions,
    *,
    cancel: threading.Event,
    on_message: OnMessage,
    on_progress: OnProgress = _no_progress,
) -> PeekSummary:
    """Receive messages of `queue` once each, hand those that match to `on_message`, release them.

    A pass ends at the count of distinct messages the queue had at its start, at `options.limit`,
    after two empty polls, with 10,000 messages held, or on a queue with live consumers before
    anything was hidden for 5 s. `on_message` and `on_progress` are called from threads of the
    pass, by one at a time.

    Where the budget refuses, nothing is received and the summary says how many were withheld.
    Whatever ends it, what is held is released, except with `options.hold`, and except a message
    whose last attempt this receive has spent: that one stays held.

    Raises `Refused` in read-only mode, `UsageError` for a bad pattern, `JournalError` before
    anything is received, `AwsError` after what was held has been released.
    """
    require_peek(workbench)
    test = selector(options.where, workbench.clock.now())
    plan = budget.plan_peek(workbench, queue, options)
    operation = workbench.begin("peek", queue, _intent(plan, options))
    if plan.refusal:
        summary = _withheld(plan)
        _finish(workbench, operation, summary)
        return summary
    run = _Peek(
        workbench,
        Pass(workbench, plan, _pass_options(options), operation, test, cancel),
        options,
        cancel,
        on_message,
        on_progress,
    )
    try:
        run.read()
    except ConsoleError as error:
        summary = run.end()
        _finish(workbench, operation, summary, error)
        raise
    except BaseException:
        _finish(workbench, operation, run.end(), interrupted=True)
        raise
    summary = run.end()
    if options.limit is None and summary.partial is None and not cancel.is_set():
        summary = _complete(workbench, run.run, summary)
    _finish(workbench, operation, summary, interrupted=cancel.is_set())
    return summary


@dataclass
class _Peek:
    """One running peek: what it has handed on so far."""

    workbench: Workbench
    run: Pass
    options: PeekOptions
    cancel: threading.Event
    on_message: OnMessage
    on_progress: OnProgress
    matched: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> None:
        """Receive until the pass ends, from several threads."""
        work_together(
            self._work,
            self.run.receivers,
            cancel=self.cancel,
            stop=self.run.stop,
            heartbeat=self.run.see_to_leases,
            grace=_CANCEL_GRACE,
        )

    def _work(self) -> None:
        while (catch := self.run.next()) is not None:
            # A reader that stands still holds up the receiving, and is spoken to by one at a time.
            with self._turn:
                for message in catch.matched:
                    self.matched += 1
                    self.on_message(message)
                read = len(self.run.seen)
                self.on_progress(PeekProgress(read, max(self.run.target, read)))

    def end(self) -> PeekSummary:
        """Release what the pass holds, and say how it ended."""
        leases, queue, seen = self.workbench.leases, self.run.plan.queue, self.run.seen
        given_back = Release()
        if not self.options.hold:
            given_back = self.run.end(3.0 if self.cancel.is_set() else None)
        held = [lease for lease in leases.held(queue) if lease.message_id in seen]
        times = [given_back.reappear_at, *(lease.reappears_at for lease in held)]
        warnings = (self.run.warning, _why_unreleased(given_back))
        return PeekSummary(
            received=len(seen),
            matched=self.matched,
            # What ran out before it could be released is visible again, too.
            released=len(seen) - len(held) - len(given_back.failed),
            held=len(held),
            withheld=self.run.withheld,
            unreleased=len(given_back.failed),
            partial=self.run.partial,
            warning=" ".join(filter(None, warnings)) or None,
            reappear_at=max((t for t in times if t is not None), default=None),
        )


def _complete(workbench: Workbench, run: Pass, summary: PeekSummary) -> PeekSummary:
    """A pass over a whole queue, and what others held of it. With consumers there always is
    something; a DLQ was not read as a whole then."""
    count = elsewhere(workbench, run)
    whole = run.plan.queue != workbench.pipeline.dlq
    return replace(summary, elsewhere=count, partial=None if whole else elsewhere_note(count))


def _pass_options(options: PeekOptions) -> PassOptions:
    return PassOptions(
        limit=options.limit,
        hold=options.hold,
        spend_last_attempt=options.spend_last_attempt,
    )


def _why_unreleased(release: Release) -> str | None:
    if not release.failed:
        return None
    return f"{len(release.failed)} messages could not be released: {release.reason}"


def _withheld(plan: PeekPlan) -> PeekSummary:
    return PeekSummary(
        received=0,
        matched=0,
        released=0,
        held=0,
        withheld=max(plan.visible, plan.at_risk),
        partial=plan.refusal,
    )


def _intent(plan: PeekPlan, options: PeekOptions) -> str:
    what = "the whole queue" if options.limit is None else f"up to {options.limit} messages"
    how = "holding them" if options.hold else "releasing them at the end"
    return f"receive {what} of {plan.queue.name} once, {how}; about {plan.visible} visible"


def _finish(
    workbench: Workbench,
    operation: str,
    summary: PeekSummary,
    error: ConsoleError | None = None,
    *,
    interrupted: bool = False,
) -> None:
    state = "failed" if error else "interrupted" if interrupted else "done"
    told: dict[str, object] = {
        "received": summary.received,
        "matched": summary.matched,
        "released": summary.released,
        "held": summary.held,
        "withheld": summary.withheld,
        "unreleased": summary.unreleased,
    }
    if summary.reappear_at:
        told["reappear_at"] = summary.reappear_at.isoformat()
    if error:
        told["error"] = error.sentence
    workbench.finish(operation, state, told)
