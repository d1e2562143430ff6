"""The peek budget: what a receive costs, and whether it may be made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from console.errors import AwsError
from console.journal.memory import Sighting
from console.models.message import Message
from console.models.peek import PeekOptions, PeekPlan
from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes
from console.operations.leases import Request
from console.operations.workbench import Workbench

_SPEND = "Use --spend-last-attempt to do it all the same."


def plan_peek(workbench: Workbench, queue: QueueRef, options: PeekOptions) -> PeekPlan:
    """What a peek of `queue` would cost and whether the budget allows it; receives nothing.

    Raises `AwsError` where the queue cannot be read, `JournalError` where the memory cannot.
    """
    attributes = workbench.gateway.sqs.attributes(queue)
    workbench.journal.memory.observe(queue.arn, attributes.counts.total, workbench.clock.now())
    most = attributes.redrive.max_receive_count if attributes.redrive else None
    risk = at_risk(workbench, queue, most)
    live, why = _live(workbench, queue, attributes)
    return PeekPlan(
        queue=queue,
        visible=attributes.counts.visible,
        in_flight=attributes.counts.in_flight,
        retention=attributes.retention,
        max_receive_count=most,
        live=live,
        why_live=why,
        cost=_cost(most),
        refusal=None if options.spend_last_attempt else refusal(most, risk),
        at_risk=risk,
    )


def at_risk(
    workbench: Workbench, queue: QueueRef, max_receive_count: int | None, within: float = 0.0
) -> int:
    """How many messages that may be visible a receive would cost a consumer's last attempt, now
    or `within` so many seconds."""
    if max_receive_count is None:
        return 0
    at = workbench.clock.now() + timedelta(seconds=within)
    return workbench.journal.memory.at_risk(queue.arn, max_receive_count, at)


def refusal(max_receive_count: int | None, risk: int) -> str | None:
    """The sentence that refuses a receive, `None` where the budget allows it."""
    if max_receive_count is None:
        return None
    if max_receive_count <= 1:
        return (
            "Messages of this queue have one attempt only (maxReceiveCount 1): a peek would spend "
            f"it and the next receive would dead-letter them. {_SPEND}"
        )
    if risk:
        messages = "1 message is" if risk == 1 else f"{risk} messages are"
        return (
            f"{messages} known to have one attempt left or none: receiving could take it from the "
            f"consumer. {_SPEND}"
        )
    return None


def remember(
    workbench: Workbench, retention: int, messages: Iterable[Message], request: Request
) -> None:
    """Store the receive counts just seen, before anything is done with the messages.

    `retention` is the queue's, in seconds: SQS forgets a message that long after it was sent.
    """
    received = list(messages)
    hidden_until = request.wall + timedelta(seconds=request.visibility)
    kept_for = timedelta(seconds=retention)
    memory = workbench.journal.memory
    memory.remember(
        Sighting(
            queue_arn=message.queue_arn,
            message_id=message.message_id,
            receive_count=message.receive_count,
            seen_at=request.wall,
            hidden_until=hidden_until,
            forget_at=(message.sent_at or request.wall) + kept_for,
        )
        for message in received
    )
    moved_on(workbench, received)


def moved_on(workbench: Workbench, messages: Sequence[Message]) -> None:
    """A message that is in the DLQ has left its source queue, if it ever was in one."""
    source, dlq = workbench.pipeline.queue, workbench.pipeline.dlq
    if source and dlq and source != dlq:
        ids = [m.message_id for m in messages if m.queue_arn == dlq.arn]
        workbench.journal.memory.forget(source.arn, ids)


def _cost(max_receive_count: int | None) -> str:
    if max_receive_count is None:
        return "A peek costs nothing: without a redrive policy receiving spends no attempt."
    return f"A peek costs each message 1 of {max_receive_count} attempts."


def _live(workbench: Workbench, queue: QueueRef, attributes: QueueAttributes) -> tuple[bool, str]:
    """Whether live consumers are to be expected, and by what sign.

    Only a DLQ that nothing reads is quiet; where that cannot be told, it counts as live.
    """
    if queue != workbench.pipeline.dlq:
        return True, "every queue that is not a DLQ counts as live"
    own = len(workbench.leases.held(queue))
    if attributes.counts.in_flight > own:
        return True, f"{attributes.counts.in_flight - own} messages are in flight with somebody"
    try:
        functions = workbench.gateway.sqs.event_source_mappings(queue)
    except AwsError as error:
        if error.kind == "unsupported":
            return False, "nothing is in flight; this endpoint knows no event-source mappings"
        return True, f"event-source mappings cannot be read: {error.sentence}"
    if functions:
        return True, f"Lambda polls it ({len(functions)} event-source mappings)"
    return False, "a DLQ that nothing reads"
