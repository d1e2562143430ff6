"""One receive, done right: journaled, leased, remembered, patient with throttling."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from console.errors import AwsError
from console.models.message import Message
from console.models.pipeline import QueueRef
from console.operations import budget
from console.operations.pool import run_until
from console.operations.workbench import Workbench

POLL_SECONDS = 1
_CANCEL_GRACE = POLL_SECONDS + 0.5
_TURN_SECONDS = 0.5
_POSTED_SECONDS = 1.0
"""How soon after its intent a receive is made, where the journal does not stall."""
_THROTTLE_WAITS = (0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Receives from one queue on behalf of one journaled operation.

    `retention` is the queue's, in seconds. `left_behind` is for callers whose thread may be left in
    a hung call: once it is set, what an answer brings is not held. Other callers wait no longer
    for an answer after a cancel. `withheld` is asked right before each receive, while no other
    console gives back what is at risk, and keeps it from being made.
    """

    workbench: Workbench
    queue: QueueRef
    operation: str
    max_receive_count: int | None
    retention: int
    cancel: threading.Event
    left_behind: threading.Event | None = None
    withheld: Callable[[], bool] | None = None

    def receive(self, limit: int, visibility: int) -> list[Message]:
        """Up to `limit` messages, hidden and leased for `visibility` seconds, after 1 s at most.

        Throttling is waited out, unless cancelled. What an answer that is not waited for would
        have brought reappears after `visibility`. Raises `AwsError`, and `JournalError` before
        anything is received.
        """
        for wait in _THROTTLE_WAITS:
            try:
                return self._once(limit, visibility)
            except AwsError as error:
                if error.kind != "throttled":
                    raise
                if self.workbench.clock.wait(self.cancel, wait):
                    return []
        return self._once(limit, visibility)

    def _once(self, limit: int, visibility: int) -> list[Message]:
        if self.max_receive_count is None:
            return self._receive(limit, visibility)
        turns = self.workbench.journal.turns
        while not self.cancel.is_set():
            with turns.receiving(self.queue.arn, _TURN_SECONDS) as own:
                if self.withheld is not None and self.withheld():
                    return []
                if own:
                    return self._receive(limit, visibility)
        return []

    def _receive(self, limit: int, visibility: int) -> list[Message]:
        bench = self.workbench
        log, number = bench.journal.log, self._announce(limit, visibility)
        request = bench.leases.request(visibility)
        try:
            messages = self._answer(limit, visibility)
        except TimeoutError:
            lost = "no answer before the cancel"
            log.settle(self.operation, [(number, "unknown", lost)], bench.clock.now())
            return []
        except AwsError as error:
            log.settle(self.operation, [(number, "failed", error.sentence)], bench.clock.now())
            raise
        if self.left_behind is not None and self.left_behind.is_set():
            return []
        bench.leases.hold(self.queue, messages, request, self.operation)
        outcome = f"{len(messages)} received"
        rows = [(number, outcome, None)]
        if self.max_receive_count is None:
            # No attempt is at stake, so nobody needs to know of it before the next call.
            at = bench.clock.now()
            bench.journal.later(lambda: log.settle(self.operation, rows, at))
            bench.journal.later(lambda: budget.moved_on(bench, messages))
            return messages
        with bench.journal.together():
            budget.remember(bench, self.retention, messages, request)
            log.settle(self.operation, rows, bench.clock.now())
        return messages

    def _announce(self, limit: int, visibility: int) -> int:
        """Record a receive before it is made, and until when it may hide messages, which whoever
        finds this process killed wants to know; returns its entry's number."""
        journal, clock = self.workbench.journal, self.workbench.clock
        subject, within, began = f"up to {limit} messages", _POSTED_SECONDS, clock.monotonic()
        with journal.together():
            number = journal.log.intend(self.operation, "receive", [subject], clock.now())[subject]
            self._hides(visibility, within)
        # A journal that stalled has made the call later than it was told.
        while (waited := clock.monotonic() - began) > within:
            within, began = 2 * waited, clock.monotonic()
            self._hides(visibility, within)
        return number

    def _hides(self, visibility: int, within: float) -> None:
        """A receive that begins `within` seconds hands out messages until its poll ends."""
        ends = timedelta(seconds=within + POLL_SECONDS + visibility)
        self.workbench.journal.log.hides([self.operation], self.workbench.clock.now() + ends)

    def _answer(self, limit: int, visibility: int) -> list[Message]:
        if self.left_behind is not None:
            return self._call(limit, visibility)
        return run_until(lambda: self._call(limit, visibility), self.cancel, grace=_CANCEL_GRACE)

    def _call(self, limit: int, visibility: int) -> list[Message]:
        return self.workbench.gateway.sqs.receive(
            self.queue,
            limit=limit,
            visibility=visibility,
            wait=POLL_SECONDS,
            max_receive_count=self.max_receive_count,
        )
