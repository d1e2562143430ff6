"""What a pass did not look at because others held it: messages in flight elsewhere."""

from __future__ import annotations

from console.errors import AwsError
from console.operations.passing import Pass
from console.operations.workbench import Workbench


def elsewhere(bench: Workbench, run: Pass) -> int:
    """About how many messages the queue had when the pass began and never gave, as far as it still
    has them; 0 where that cannot be read.

    The counts are AWS's own, and the one at the end lags behind: it alone would say that what was
    just dealt with is in flight.
    """
    queue, plan = run.plan.queue, run.plan
    never_came = plan.visible + plan.in_flight - run.own_before - run.received
    if never_came <= 0:
        return 0
    try:
        counts = bench.gateway.sqs.attributes(queue).counts
    except AwsError:
        return 0
    own = sum(lease.message_id not in run.met for lease in bench.leases.held(queue))
    return max(0, min(never_came, counts.visible + counts.in_flight - run.kept - own))


def elsewhere_note(count: int) -> str | None:
    """The sentence about so many messages, `None` without any."""
    if not count:
        return None
    messages = "1 message was" if count == 1 else f"{count:,} messages were"
    return f"About {messages} in flight elsewhere and not looked at."
