"""What a pass did not look at because others held it: messages in flight elsewhere."""

from __future__ import annotations

from datetime import timedelta

from console.errors import AwsError
from console.models.pipeline import QueueRef
from console.operations.passing import Pass
from console.operations.workbench import Workbench

_SETTLING = timedelta(minutes=1)
"""Counts are consistent about a minute after the last change (SQS API, GetQueueAttributes)."""
_TAKERS = ("redrive", "delete", "process", "purge")


def elsewhere(bench: Workbench, run: Pass) -> int:
    """About how many messages the queue had when the pass began and never gave, as far as it still
    has them; 0 where that cannot be read.

    The counts are AWS's own and lag behind: the one at the end alone would say that what was just
    dealt with is in flight, and both that what an earlier operation has just taken is. For a minute
    after one nothing is said.
    """
    queue, plan = run.plan.queue, run.plan
    never_came = plan.visible + plan.in_flight - run.own_before - run.received
    if never_came <= 0 or _just_taken_from(bench, queue):
        return 0
    try:
        counts = bench.gateway.sqs.attributes(queue).counts
    except AwsError:
        return 0
    own = sum(lease.message_id not in run.seen for lease in bench.leases.held(queue))
    return max(0, min(never_came, counts.visible + counts.in_flight - run.kept - own))


def _just_taken_from(bench: Workbench, queue: QueueRef) -> bool:
    """Whether the journal has an operation that took messages so short a time ago that both counts
    may still have them."""
    since = bench.clock.now() - _SETTLING
    return any(
        one.kind in _TAKERS and one.queue_arn == queue.arn and one.ended_at and one.ended_at > since
        for one in bench.journal.log.operations()
    )


def elsewhere_note(count: int) -> str | None:
    """The sentence about so many messages, `None` without any."""
    if not count:
        return None
    messages = "1 message was" if count == 1 else f"{count:,} messages were"
    return f"About {messages} in flight elsewhere and not looked at."
