"""A queue's attributes, typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """SQS's own counts: approximate, consistent about a minute after producers stop."""

    visible: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        """Messages in the queue in whatever state."""
        return self.visible + self.in_flight + self.delayed


@dataclass(frozen=True, slots=True)
class RedrivePolicy:
    """Where messages go after `max_receive_count` receives.

    A message is dead-lettered by the receive *after* that many (SQS Developer Guide,
    dead-letter queues).
    """

    dlq_arn: str
    max_receive_count: int


@dataclass(frozen=True, slots=True)
class QueueAttributes:
    """What `sqs:GetQueueAttributes` tells; durations in seconds, sizes in bytes.

    `policy` is the raw JSON text, `None` where the queue has none. `sse_sqs` and `kms_key_id`
    describe encryption at rest.
    """

    url: str
    arn: str
    counts: QueueCounts
    visibility_timeout: int
    retention: int
    delay: int
    receive_wait: int
    maximum_message_size: int
    redrive: RedrivePolicy | None
    redrive_allow_policy: str | None
    policy: str | None
    sse_sqs: bool
    kms_key_id: str | None
    fifo: bool
    created_at: datetime | None
    modified_at: datetime | None
