"""A received message and the lease on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from console.models.event import ParsedBody, S3Event


@dataclass(frozen=True, slots=True)
class MessageAttribute:
    """One message attribute: its full type (`String`, `Number.int`, `Binary.png`) and value."""

    type: str
    value: str | bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message as one receive returned it.

    `receipt_handle` is valid for that receive only. `receives_left` is `None` where the queue
    has no redrive policy. `parse` reads a body: only when it is asked for, because most messages
    of a large move or table never are.
    """

    queue_arn: str
    message_id: str
    receipt_handle: str = field(repr=False)
    body: str = field(repr=False)
    attributes: Mapping[str, MessageAttribute]
    system_attributes: Mapping[str, str]
    receive_count: int
    receives_left: int | None
    sent_at: datetime | None
    first_received_at: datetime | None
    parse: Callable[[str], ParsedBody] = field(repr=False)

    @property
    def parsed(self) -> ParsedBody:
        """What the body says."""
        return self.parse(self.body)

    @property
    def event(self) -> S3Event | None:
        """The body's first event, `None` where the body is no S3 event."""
        events = self.parsed.events
        return events[0] if events else None

    @property
    def at_last_attempt(self) -> bool:
        """Whether the next receive would dead-letter it."""
        return self.receives_left is not None and self.receives_left <= 0

    @property
    def at_risk(self) -> bool:
        """Whether the next receive would spend its last attempt, if it has one."""
        return self.receives_left is not None and self.receives_left <= 1


@dataclass(frozen=True, slots=True)
class EntryFailure:
    """One entry of a batch call that AWS refused, though the call itself answered 200."""

    message_id: str
    code: str
    reason: str
    sender_fault: bool
