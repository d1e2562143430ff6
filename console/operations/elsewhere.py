"""What a pass did not look at because others held it: messages in flight elsewhere."""

from __future__ import annotations

from datetime import timedelta

from console.errors import AwsError
from console.models.pipeline import QueueRef
from console.operations.passing import Pass
from console.operations.workbench import Workbench

_SETTLING = timedelta(minutes=1)
"""Counts are consistent about a minute after the last change (SQS API, GetQueueAttributes)."""
_TAKEN = ("moved", "deleted", "done", "purged_about")


def elsewhere(bench: Workbench, run: Pass) -> int:
    """About how many messages the queue had when the pass began and never gave, as far as it still
    has them; 0 where that cannot be read.

    The counts are AWS's own and lag behind: the one at the end alone would say that what was just
    dealt with is in flight, and both that what earlier operations have just taken is, which is
    taken off for a minute.
    """
    queue, plan = run.plan.queue, run.plan
    never_came = plan.visible + plan.in_flight - run.own_before - run.received
    never_came -= _just_taken_from(bench, queue)
    if never_came <= 0:
        return 0
    try:
        counts = bench.gateway.sqs.attributes(queue).counts
    except AwsError:
        return 0
    own = sum(lease.message_id not in run.met for lease in bench.leases.held(queue))
    return max(0, min(never_came, counts.visible + counts.in_flight - run.kept - own))


def _just_taken_from(bench: Workbench, queue: QueueRef) -> int:
    """How many messages the journal's operations took so short a time ago that the counts may
    still have them."""
    since = bench.clock.now() - _SETTLING
    return sum(
        count
        for one in bench.journal.log.operations()
        if one.queue_arn == queue.arn and one.ended_at is not None and one.ended_at > since
        for name in _TAKEN
        if isinstance(count := one.summary.get(name), int)
    )


def elsewhere_note(count: int) -> str | None:
    """The sentence about so many messages, `None` without any."""
    if not count:
        return None
    messages = "1 message was" if count == 1 else f"{count:,} messages were"
    return f"About {messages} in flight elsewhere and not looked at."
