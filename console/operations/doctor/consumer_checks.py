"""The consumers, as the queue's own counts show them: what they hold, and how many read."""

from __future__ import annotations

from collections.abc import Iterator

from console.aws.cloudwatch import DELETED, IN_FLIGHT
from console.errors import AwsError
from console.models.finding import Finding
from console.models.queue import QueueAttributes
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import queue_attributes
from console.operations.doctor.dlq_look import dead_letters_of_key, dlq_explains
from console.operations.doctor.facts import Facts
from console.operations.doctor.metric_facts import (
    always_some,
    metrics_if_any,
    oldest_age,
    recent,
)
from console.operations.doctor.processed import processed
from console.operations.doctor.queue_facts import (
    functions,
    messages,
    set_attribute,
    upload_time,
    with_queue,
)
from console.operations.doctor.unsent import unsent_causes

IN_FLIGHT_QUOTA = 120_000
"""Messages in flight in one queue, about (SQS Developer Guide, quotas)."""
_NEAR_QUOTA = 0.8
_AT_QUOTA = 0.95
_LONG_SECONDS = 900
_VERY_LONG_SECONDS = 3600
_SHORT_SECONDS = 5
_USUAL_SECONDS = 300
_FRESH_SECONDS = 300
_WATCH_SECONDS = 1.5
_SAMPLE_SECONDS = 0.2


def in_flight(facts: Facts) -> int:
    """Messages in flight with others than this console."""
    own = len(facts.bench.leases.held(facts(with_queue)))
    return max(0, facts(queue_attributes).counts.in_flight - own)


def deleted_since_upload(facts: Facts) -> float | None:
    """How many messages were deleted in the last 15 minutes, or since the object came that is
    asked about; `None` where CloudWatch has no fresh point."""
    points = recent(facts, metrics_if_any(facts), DELETED)
    uploaded = facts(upload_time)
    since = [p.value for p in points if uploaded is None or p.at >= uploaded]
    return sum(since) if since else None


def why_stuck(facts: Facts) -> str | None:
    """The clause that says why what is in flight seems to be stuck there, `None` where it does
    not: consumers at work hold messages, too."""
    attributes, metrics = facts(queue_attributes), metrics_if_any(facts)
    if not facts(in_flight):
        return None
    deleted = deleted_since_upload(facts)
    if deleted:
        return None
    age = oldest_age(facts, metrics)
    if deleted == 0 and age is not None and age >= _LONG_SECONDS:
        return f"nothing was deleted for 15 minutes, and the oldest message is {age:.0f} s old"
    if deleted == 0 and always_some(recent(facts, metrics, IN_FLIGHT)):
        return "nothing was deleted for 15 minutes, and all that time some were in flight"
    if attributes.counts.visible or _lambda_reads(facts) or _idle_lately(facts):
        return None
    clause = _why_hidden(facts, attributes)
    return None if clause is None or facts(consumers_move) else clause


def _why_hidden(facts: Facts, attributes: QueueAttributes) -> str | None:
    hidden = attributes.visibility_timeout
    elsewhere = facts.key and (facts(processed) or dead_letters_of_key(facts))
    if facts.key and not elsewhere and not _long_ago(facts, hidden):
        return "the queue looks empty, so that the event is among these, unless it was processed"
    if hidden >= _VERY_LONG_SECONDS and not elsewhere:
        return f"the queue looks empty, and a receive hides a message for {hidden} s"
    return None


def _long_ago(facts: Facts, hidden: int) -> bool:
    """Whether the object came so long ago that its event would not be hidden any more by the first
    receive: what is in flight may well be others."""
    uploaded = facts(upload_time)
    seconds = (facts.at - uploaded).total_seconds() if uploaded else 0.0
    return seconds > max(hidden, _FRESH_SECONDS)


def _idle_lately(facts: Facts) -> bool:
    """Whether nothing was in flight a minute or two ago, so that nothing can be stuck for long."""
    points = recent(facts, metrics_if_any(facts), IN_FLIGHT)
    return bool(points) and points[-1].value == 0


def consumers_move(facts: Facts) -> bool:
    """Whether the queue's counts, watched for a moment, show consumers at work: they received
    something, gave it back, or deleted it. That nothing moves proves little: processing may take
    longer. Raises `AwsError`."""
    queue, bench = facts(with_queue), facts.bench
    first = facts(queue_attributes).counts
    until = bench.clock.monotonic() + _WATCH_SECONDS
    while bench.clock.monotonic() < until:
        if bench.clock.wait(facts.cancel, _SAMPLE_SECONDS):
            return False
        counts = bench.gateway.sqs.attributes(queue).counts
        if counts.in_flight != first.in_flight or counts.total < first.total:
            return True
    return False


def _lambda_reads(facts: Facts) -> bool:
    """Lambda holds what it is at work on, and gives back what a function fails at."""
    try:
        return bool(facts(functions))
    except AwsError:
        return False


def _in_flight(facts: Facts) -> Iterator[Finding]:
    attributes = facts(queue_attributes)
    visible, held, metrics = attributes.counts.visible, facts(in_flight), metrics_if_any(facts)
    stuck = facts(why_stuck)
    deleted = deleted_since_upload(facts)
    if not held or not (stuck or (visible == 0 and not deleted)):
        return
    yield Finding(
        "consumer.in-flight",
        "fail" if stuck else "warn",
        "likely",
        f"{messages(held)} in flight: received by a consumer and not deleted"
        + (f"; {stuck}." if stuck else ", so the queue looks empty."),
        evidence={
            "in_flight": held,
            "visible": visible,
            "visibility_timeout": attributes.visibility_timeout,
            "deleted_lately": deleted,
            "oldest_age_seconds": oldest_age(facts, metrics),
        },
        remedy="Find the consumer that holds them; what it does not delete reappears when its "
        f"visibility timeout ends (the queue's own is {attributes.visibility_timeout} s).",
        because_of=unsent_causes(facts),
    )


def _visibility_timeout(facts: Facts) -> Iterator[Finding]:
    attributes = facts(queue_attributes)
    seconds, held = attributes.visibility_timeout, facts(in_flight)
    too_long = seconds >= _VERY_LONG_SECONDS and held > 0
    if not too_long and seconds >= _SHORT_SECONDS:
        return
    stuck = facts(why_stuck) if too_long else seconds == 0 and facts(dlq_explains)
    yield Finding(
        "consumer.visibility-timeout",
        "fail" if stuck else "warn",
        "likely",
        f"A message that a consumer received and lost stays hidden for {seconds} s."
        if too_long
        else f"A received message reappears after {seconds} s, likely before it is processed, and "
        "so is processed twice or dead-lettered.",
        evidence={"visibility_timeout": seconds, "in_flight": held},
        remedy="Set it to some times what processing takes, and let the consumer extend it for "
        "what takes longer.",
        commands=(set_attribute(facts, facts(with_queue), "VisibilityTimeout", _USUAL_SECONDS),),
        because_of=unsent_causes(facts),
    )


def _in_flight_quota(facts: Facts) -> Iterator[Finding]:
    held = facts(queue_attributes).counts.in_flight
    if held < _NEAR_QUOTA * IN_FLIGHT_QUOTA:
        return
    at_quota = held >= _AT_QUOTA * IN_FLIGHT_QUOTA
    yield Finding(
        "consumer.in-flight-quota",
        "fail" if at_quota else "warn",
        "proven",
        f"{held:,} messages are in flight, and a queue gives out about {IN_FLIGHT_QUOTA:,} only: "
        "past that, consumers receive nothing.",
        evidence={"in_flight": held, "quota": IN_FLIGHT_QUOTA},
        remedy="Let consumers delete what they have processed, or ask AWS to raise the quota.",
    )


CONSUMER_CHECKS = (
    Check({"consumer.in-flight": "Nothing is stuck with a consumer."}, _in_flight),
    Check({"consumer.visibility-timeout": "The visibility timeout fits."}, _visibility_timeout),
    Check(
        {"consumer.in-flight-quota": "The quota of messages in flight is far."}, _in_flight_quota
    ),
)
