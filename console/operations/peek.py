"""Peek: one pass over a queue that receives each message once and gives it back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from console.aws.sqs import BATCH
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
from console.operations.leases import lease_seconds
from console.operations.receiving import POLL_SECONDS, Receiver
from console.operations.workbench import Workbench, require_peek
from console.search import matcher

LIVE_SECONDS = 5
"""The longest a message of a queue with live consumers is hidden by a pass."""
_LIVE_SLACK = 1.0
_EMPTY_POLLS = 2

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
    after two empty polls, or on a queue with live consumers before anything was hidden for 5 s.
    Where the budget refuses, nothing is received and the summary says how many were withheld.
    Whatever ends it, what is held is released, except with `options.hold`, and except a message
    whose last attempt this receive has spent: that one stays held.

    Raises `Refused` in read-only mode, `UsageError` for a bad pattern, `JournalError` before
    anything is received, `AwsError` after what was held has been released.
    """
    require_peek(workbench)
    matches = matcher(options.match)
    plan = budget.plan_peek(workbench, queue, options)
    operation = workbench.begin("peek", queue, _intent(plan, options))
    if plan.refusal:
        summary = _withheld(plan)
        _finish(workbench, operation, summary)
        return summary
    receiver = Receiver(workbench, queue, operation, plan.max_receive_count, plan.retention, cancel)
    run = _Pass(workbench, plan, options, receiver, cancel)
    try:
        run.read(on_message, on_progress, matches)
    except ConsoleError as error:
        summary = run.end()
        _finish(workbench, operation, summary, error)
        raise
    except BaseException:
        _finish(workbench, operation, run.end(), interrupted=True)
        raise
    summary = run.end()
    _finish(workbench, operation, summary, interrupted=cancel.is_set())
    return summary


@dataclass
class _Pass:
    """One running pass: what it has received so far, and when it has to end."""

    workbench: Workbench
    plan: PeekPlan
    options: PeekOptions
    receiver: Receiver
    cancel: threading.Event
    seen: dict[str, Message] = field(default_factory=dict[str, Message])
    matched: int = 0
    withheld: int = 0
    partial: str | None = None
    warning: str | None = None
    spent: list[str] = field(default_factory=list[str])
    first_request: float | None = None

    @property
    def bounded(self) -> bool:
        """Whether messages may be hidden for 5 s only."""
        return self.plan.live and not self.options.hold

    @property
    def target(self) -> int:
        """How many distinct messages end the pass."""
        limits = [n for n in (self.options.limit, self.plan.visible) if n]
        return min(limits, default=BATCH)

    @property
    def expected(self) -> int:
        """How many messages the queue's count at the start lets expect."""
        return min(self.target, self.plan.visible)

    def read(
        self, on_message: OnMessage, on_progress: OnProgress, matches: Callable[[Message], bool]
    ) -> None:
        """Receive until the pass has to end."""
        empty = 0
        while empty < _EMPTY_POLLS and self._goes_on():
            new = self._receive()
            empty = 0 if new else empty + 1
            for message in new:
                if matches(message):
                    self.matched += 1
                    on_message(message)
            on_progress(PeekProgress(len(self.seen), max(self.target, len(self.seen))))
            if self._spent_one(new) and not self.options.spend_last_attempt:
                self._stop_to_spare()
                return
            if not self.bounded and self._lost_leases():
                return
        if empty >= _EMPTY_POLLS and self.plan.queue.fifo and len(self.seen) < self.expected:
            self.partial = (
                f"Read {len(self.seen)} of about {self.plan.visible}: a FIFO queue gives no more "
                "of a message group while its first messages are held."
            )

    def _goes_on(self) -> bool:
        if self.cancel.is_set():
            self.partial = "Stopped before the end of the queue."
            return False
        if len(self.seen) >= self.target:
            return False
        if self._at_bound():
            self.partial = (
                f"Read {len(self.seen)} of about {self.plan.visible}: the queue has live "
                f"consumers, so nothing is hidden for longer than {LIVE_SECONDS} s."
            )
            return False
        return not self._newly_at_risk()

    def _at_bound(self) -> bool:
        if not self.bounded or self.first_request is None:
            return False
        age = self.workbench.clock.monotonic() - self.first_request
        return age + POLL_SECONDS + _LIVE_SLACK > LIVE_SECONDS

    def _newly_at_risk(self) -> bool:
        """Another console may have spent attempts since the plan was made."""
        most = self.plan.max_receive_count
        risk = budget.at_risk(self.workbench, self.plan.queue, most)
        said = None if self.options.spend_last_attempt else budget.refusal(most, risk)
        if said:
            self.withheld = max(risk, self.plan.visible - len(self.seen))
            self.partial = said
        return said is not None

    def _receive(self) -> list[Message]:
        """One receive; returns the messages this pass had not seen."""
        if self.first_request is None:
            self.first_request = self.workbench.clock.monotonic()
        visibility = LIVE_SECONDS if self.bounded else lease_seconds(len(self.seen))
        messages = self.receiver.receive(min(BATCH, self.target - len(self.seen)), visibility)
        new = [m for m in messages if m.message_id not in self.seen]
        self.seen |= {m.message_id: m for m in messages}
        return new

    def _lost_leases(self) -> bool:
        """Extend what is held; whether something was lost, as behind a reader that stood still.

        To receive on would cost what is visible again a second attempt.
        """
        lost = self.seen.keys() & self.workbench.leases.tick()
        if lost:
            self.partial = (
                f"Stopped after {len(self.seen)} of about {self.plan.visible}: {len(lost)} leases "
                "ran out, and another receive could cost these messages a second attempt."
            )
        return bool(lost)

    def _spent_one(self, new: list[Message]) -> bool:
        """Whether this receive spent somebody's last attempt; such a message stays held."""
        spent = [m.message_id for m in new if m.at_last_attempt]
        if not spent:
            return False
        self.spent += spent
        self.workbench.leases.keep(self.plan.queue, spent)
        count = "1 message" if len(self.spent) == 1 else f"{len(self.spent)} messages"
        self.warning = (
            f"This peek spent the last attempt of {count}. The next receive dead-letters what is "
            "released now, so it stays held until its lease ends."
        )
        return True

    def _stop_to_spare(self) -> None:
        self.withheld = max(0, self.plan.visible - len(self.seen))
        self.partial = (
            f"Stopped after {len(self.seen)} of about {self.plan.visible}: nobody could know "
            "before that a message was on its last attempt, and others may be too."
        )

    def end(self) -> PeekSummary:
        """Release what the pass holds, and say how it ended."""
        leases, queue = self.workbench.leases, self.plan.queue
        given_back = Release()
        if not self.options.hold:
            ids = [message_id for message_id in self.seen if message_id not in self.spent]
            given_back = leases.release(queue, ids, seconds=self._seconds_to_release())
        held = [lease for lease in leases.held(queue) if lease.message_id in self.seen]
        times = [given_back.reappear_at, *(lease.reappears_at for lease in held)]
        return PeekSummary(
            received=len(self.seen),
            matched=self.matched,
            released=len(given_back.released) + len(given_back.expired),
            held=len(held),
            withheld=self.withheld,
            unreleased=len(given_back.failed),
            partial=self.partial,
            warning=" ".join(filter(None, (self.warning, _why_unreleased(given_back)))) or None,
            reappear_at=max((t for t in times if t is not None), default=None),
        )

    def _seconds_to_release(self) -> float | None:
        return 3.0 if self.cancel.is_set() else None


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
