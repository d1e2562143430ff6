"""The consumers, as CloudWatch and Lambda show them: do they read, and do they delete?"""

from __future__ import annotations

from collections.abc import Iterator

from console.aws.cloudwatch import DELETED, EMPTY_RECEIVES, RECEIVED, VISIBLE
from console.models.finding import Finding
from console.models.status import Metrics
from console.operations.doctor.check import Check, Omit
from console.operations.doctor.common_facts import queue_attributes
from console.operations.doctor.facts import Facts
from console.operations.doctor.metric_facts import (
    RECENT,
    always_some,
    oldest_age,
    queue_metrics,
    recent,
    recent_sum,
)
from console.operations.doctor.queue_facts import (
    functions,
    messages,
    set_attribute,
    with_queue,
)

_WAITING_SECONDS = 900
_MANY_EMPTY = 60.0
_LONG_POLL = 20


def _wrong_queue(facts: Facts) -> Iterator[Finding | Omit]:
    counts, metrics = facts(queue_attributes).counts, facts(queue_metrics)
    received = recent_sum(facts, metrics, RECEIVED)
    if received is None:
        yield Omit("consumer.wrong-queue")
    elif counts.visible and not received and _waits(facts, metrics):
        yield Finding(
            "consumer.wrong-queue",
            "fail",
            "likely",
            f"{messages(counts.visible)} waiting, and nobody received any for 15 minutes: no "
            "consumer runs, or it reads another queue, region or account.",
            evidence={
                "visible": counts.visible,
                "received_in_15_minutes": received,
                "oldest_age_seconds": oldest_age(facts, metrics),
                "queue_url": facts(with_queue).url,
            },
            remedy="Check that the consumer runs, and that it reads this queue URL.",
        )


def _waits(facts: Facts, metrics: Metrics) -> bool:
    """Whether messages have waited long enough for any consumer to come by."""
    if recent_sum(facts, metrics, EMPTY_RECEIVES):
        return False
    age = oldest_age(facts, metrics)
    if age is not None and age >= _WAITING_SECONDS:
        return True
    return always_some(recent(facts, metrics, VISIBLE))


def _late_delete(facts: Facts) -> Iterator[Finding | Omit]:
    metrics = facts(queue_metrics)
    received, deleted = (sum(p.value for p in metrics.points(m)) for m in (RECEIVED, DELETED))
    if not received:
        yield Omit("consumer.late-delete")
    elif deleted and received >= 2 * deleted + 10:
        yield Finding(
            "consumer.late-delete",
            "warn",
            "likely",
            f"In 6 hours messages were received {received:.0f} times and deleted {deleted:.0f} "
            "times: they seem to be deleted after their visibility timeout, which may not work.",
            evidence={"received": received, "deleted": deleted},
            remedy="Let the consumer delete a message before its visibility timeout ends, or "
            "extend it in time.",
        )


def _short_polling(facts: Facts) -> Iterator[Finding | Omit]:
    metrics = facts(queue_metrics)
    points = recent(facts, metrics, EMPTY_RECEIVES)
    wait = facts(queue_attributes).receive_wait
    if not points:
        yield Omit("consumer.short-polling")
        return
    a_minute = sum(p.value for p in points) / len(points)
    if a_minute > _MANY_EMPTY and wait < _LONG_POLL:
        yield Finding(
            "consumer.short-polling",
            "warn",
            "likely",
            f"Consumers receive nothing {a_minute:.0f} times a minute: they seem to poll without "
            "waiting, which costs money and can miss messages.",
            evidence={
                "empty_receives_a_minute": a_minute,
                "receive_wait_seconds": wait,
                "minutes": int(RECENT.total_seconds() // 60),
            },
            remedy="Let consumers wait up to 20 s in each receive (long polling).",
            commands=(
                set_attribute(
                    facts, facts(with_queue), "ReceiveMessageWaitTimeSeconds", _LONG_POLL
                ),
            ),
        )


def _other_consumer(facts: Facts) -> Iterator[Finding]:
    """One function may be the very consumer that the queue is meant for; two cannot both be."""
    found = sorted(set(facts(functions)))
    if not found:
        return
    several = len(found) > 1
    title = (
        f"{len(found)} Lambda functions receive from this queue, and each gets a part of its "
        "messages only."
        if several
        else "A Lambda function receives from this queue and takes messages from every other "
        "consumer."
    )
    yield Finding(
        "consumer.other-consumer",
        "fail" if several else "warn",
        "proven",
        title,
        evidence={"queue": facts(with_queue).arn, "functions": found},
        remedy="Disable the event-source mapping of the function that this queue is not meant for.",
    )


CONSUMER_METRIC_CHECKS = (
    Check({"consumer.wrong-queue": "Somebody receives from the queue."}, _wrong_queue, False),
    Check({"consumer.late-delete": "What is received gets deleted."}, _late_delete, False),
    Check({"consumer.short-polling": "Consumers poll patiently."}, _short_polling, False),
    Check({"consumer.other-consumer": "No Lambda takes the messages."}, _other_consumer, False),
)
