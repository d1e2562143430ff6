"""What keeps S3's events out of the queue, as far as the queue's own attributes tell it.

The doctor asks for more than these: the key's policy, the bucket's owner, other paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from console.models.notification import Difference, NotificationConfiguration
from console.models.queue import QueueAttributes
from console.operations.doctor.kms_facts import is_aws_alias
from console.policy.callers import s3_sends
from console.policy.decide import decide_text
from console.policy.limits import QUEUE_LIMITS


def refusals(
    bucket: str,
    configuration: NotificationConfiguration,
    queue: QueueAttributes,
    now: datetime,
) -> tuple[Difference, ...]:
    """What is known to refuse the events of the bucket's rules to this queue; nothing where no
    rule leads to it directly, since another sender's call is another question."""
    direct = any(rule.destination == queue.arn for rule in configuration.of_kind("queue"))
    return tuple(_refusals(bucket, queue, now)) if direct else ()


def _refusals(bucket: str, queue: QueueAttributes, now: datetime) -> Iterator[Difference]:
    if queue.fifo:
        yield Difference(
            "queue", "a standard queue", "a FIFO queue", "S3 sends no events to a FIFO queue."
        )
    if queue.kms_key_id and is_aws_alias(queue.kms_key_id):
        yield Difference(
            "encryption",
            "SSE-SQS, or a key of your own",
            queue.kms_key_id,
            "The key that AWS keeps for SQS lets no service in, so S3's events are dropped.",
        )
    decision = decide_text(queue.policy, s3_sends(bucket, queue.arn, None, now), QUEUE_LIMITS)
    if decision.allowed is False:
        yield Difference(
            "policy",
            f"lets s3.amazonaws.com send for {bucket}",
            "refuses it" if queue.policy else None,
            f"S3's events are refused: {decision.reason}",
        )
