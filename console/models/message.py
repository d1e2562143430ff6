"""A received message and the lease on it."""

from __future__ import annotations

from collections.abc import Mapping
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
    has no redrive policy.
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
    parsed: ParsedBody

    @property
    def event(self) -> S3Event | None:
        """The body's first event, `None` where the body is no S3 event."""
        return self.parsed.events[0] if self.parsed.events else None

    @property
    def at_last_attempt(self) -> bool:
        """Whether the next receive would dead-letter it."""
        return self.receives_left is not None and self.receives_left <= 0


@dataclass(frozen=True, slots=True)
class EntryFailure:
    """One entry of a batch call that AWS refused, though the call itself answered 200."""

    message_id: str
    code: str
    reason: str
    sender_fault: bool
