"""Wait on a queue for one's own events, at the cost of one attempt at most for anybody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from console.aws.sqs import BATCH
from console.models.message import Message
from console.operations.count_watch import CountWatch
from console.operations.leases import LEASE_SECONDS
from console.operations.receiving import POLL_SECONDS, Receiver

MOST_FOREIGN = 100
HIDE_SECONDS = 60.0
_SLACK = 2.0


@dataclass
class EventWait:
    """Receives until an own message is found, holding whatever belongs to others.

    Messages of others are held, not given back in between, so that none is received twice. At
    most 100 of them are hidden for at most 60 s; `stopped` says in words which bound ended the
    receiving, `spent` which of them are on no attempt now. `own` are the messages found.
    """

    receiver: Receiver
    watch: CountWatch
    spend_last_attempt: bool = False
    foreign: dict[str, Message] = field(default_factory=dict[str, Message])
    own: dict[str, Message] = field(default_factory=dict[str, Message])
    stopped: str | None = None
    _first_foreign: float | None = None

    def wait_for(
        self, is_own: Callable[[Message], bool], until: float
    ) -> tuple[Message, float] | None:
        """The first own message with the monotonic time of its arrival.

        `None` at `until` on the monotonic clock, on cancel, or when a bound is reached. Raises
        `AwsError` and `JournalError`.
        """
        clock, cancel = self.receiver.workbench.clock, self.receiver.cancel
        while clock.monotonic() < until and not cancel.is_set() and self.stopped is None:
            started = clock.monotonic()
            batch = self.receiver.receive(BATCH, LEASE_SECONDS)
            arrived = clock.monotonic()
            found = self._sort(batch, is_own, started, arrived)
            self.stopped = self._bound(arrived)
            if found:
                return found[0], arrived
            self.receiver.workbench.leases.tick()
        return None

    def continue_after(self, earlier: EventWait) -> None:
        """Go on under the bounds an earlier wait has used up: what it holds is still hidden."""
        self.foreign, self._first_foreign = earlier.foreign, earlier._first_foreign
        self.stopped = earlier.stopped

    @property
    def spent(self) -> tuple[str, ...]:
        """Messages of others that the next receive would dead-letter."""
        return tuple(m.message_id for m in self.foreign.values() if m.at_last_attempt)

    def _sort(
        self,
        batch: list[Message],
        is_own: Callable[[Message], bool],
        started: float,
        arrived: float,
    ) -> list[Message]:
        found = [message for message in batch if is_own(message)]
        self.own |= {message.message_id: message for message in found}
        others = {m.message_id: m for m in batch if m.message_id not in self.own}
        self.foreign |= others
        if batch:
            self.watch.received(started, arrived)
        if others and self._first_foreign is None:
            self._first_foreign = started
        return found

    def _bound(self, now: float) -> str | None:
        if not self.spend_last_attempt and any(self._scarce(m) for m in self.foreign.values()):
            return (
                "Stopped receiving: a message of somebody else has one attempt left or less, and "
                "waiting on could take it."
            )
        if len(self.foreign) >= MOST_FOREIGN:
            return f"Stopped receiving: {len(self.foreign)} messages of others are held already."
        if self._first_foreign is None:
            return None
        hidden = now - self._first_foreign
        if hidden + POLL_SECONDS + _SLACK > HIDE_SECONDS:
            return f"Stopped receiving: messages of others are hidden for {HIDE_SECONDS:.0f} s."
        return None

    @staticmethod
    def _scarce(message: Message) -> bool:
        return message.receives_left is not None and message.receives_left <= 1
