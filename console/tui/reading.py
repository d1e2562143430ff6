"""What was read of one queue: messages, when, how it ended, and what is held of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from console.errors import ConsoleError
from console.models.message import Message
from console.models.peek import PeekPlan, PeekProgress, PeekSummary
from console.tui.backstage import Held
from console.tui.words import State

Fate = Literal["held", "released", "expired", "stuck"]
FATE_STATES: dict[Fate, State] = {
    "held": "ok",
    "released": "none",
    "expired": "warn",
    "stuck": "bad",
}


@dataclass(slots=True)
class Reading:
    """The messages of one queue as they were last read."""

    messages: list[Message] = field(default_factory=list[Message])
    by_id: dict[str, Message] = field(default_factory=dict[str, Message])
    held: dict[str, Held] = field(default_factory=dict[str, Held])
    lost: set[str] = field(default_factory=set[str])
    unreleased: set[str] = field(default_factory=set[str])
    read_at: datetime | None = None
    plan: PeekPlan | None = None
    plan_error: ConsoleError | None = None
    progress: PeekProgress | None = None
    summary: PeekSummary | None = None
    error: ConsoleError | None = None

    def begin(self, at: datetime) -> None:
        """A peek starts: what an earlier one read makes room."""
        self.messages.clear()
        self.by_id.clear()
        self.lost.clear()
        self.unreleased.clear()
        self.read_at, self.progress, self.summary, self.error = at, None, None, None

    def add(self, messages: Iterable[Message]) -> None:
        """Messages came; one that was received again replaces what was known of it."""
        for message in messages:
            if message.message_id not in self.by_id:
                self.messages.append(message)
            self.by_id[message.message_id] = message

    def see_counts(self, counts: Mapping[str, int]) -> bool:
        """Messages were received so often by now, by whatever the console did since they were
        read; returns whether any has fewer receives left for it."""
        newer = {
            message_id: _received(message, counts[message_id])
            for message_id, message in self.by_id.items()
            if counts.get(message_id, 0) > message.receive_count
        }
        if newer:
            self.by_id.update(newer)
            self.messages[:] = [newer.get(m.message_id, m) for m in self.messages]
        return bool(newer)

    def remove(self, message_ids: set[str]) -> None:
        """These messages are gone."""
        if message_ids & self.by_id.keys():
            self.messages[:] = [m for m in self.messages if m.message_id not in message_ids]
            for message_id in message_ids:
                self.by_id.pop(message_id, None)
                self.held.pop(message_id, None)

    def fate(self, message_id: str) -> Fate:
        """What became of the lease on a message."""
        if message_id in self.held:
            return "held"
        if message_id in self.lost:
            return "expired"
        return "stuck" if message_id in self.unreleased else "released"

    def see_leases(self, held: Mapping[str, Held]) -> None:
        """The leases as they are now."""
        self.held = {m: lease for m, lease in held.items() if m in self.by_id}


def _received(message: Message, count: int) -> Message:
    """The message after `count` receives."""
    left = message.receives_left
    more = count - message.receive_count
    return replace(
        message, receive_count=count, receives_left=None if left is None else left - more
    )
