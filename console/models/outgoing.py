"""A message that is to be sent again, and what came of sending a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from console.models.message import EntryFailure, MessageAttribute


@dataclass(frozen=True)
class Outgoing:
    """Everything of a message that SQS lets a sender set.

    `message_id` is the original's: the copy gets one of its own. `deduplication_id` is for FIFO
    queues only.
    """

    message_id: str
    body: str = field(repr=False)
    attributes: Mapping[str, MessageAttribute]
    trace_header: str | None = None
    group_id: str | None = None
    deduplication_id: str | None = None

    @cached_property
    def size(self) -> int:
        """Bytes as SQS counts them: body, and name, type and value of every attribute
        (SQS Developer Guide, message quotas)."""
        return _length(self.body) + sum(
            _length(name) + _length(a.type) + _length(a.value)
            for name, a in self.attributes.items()
        )


@dataclass(frozen=True, slots=True)
class SendAnswer:
    """What came of one batch: new message ids by the originals', and the entries refused."""

    sent: Mapping[str, str]
    failed: list[EntryFailure]


def _length(value: str | bytes) -> int:
    if isinstance(value, bytes) or value.isascii():
        return len(value)
    return len(value.encode("utf-8", "surrogatepass"))
