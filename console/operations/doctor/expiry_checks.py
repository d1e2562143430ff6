"""Expiry: does the queue give events up before they are processed?"""

from __future__ import annotations

from collections.abc import Iterator

from console.aws.cloudwatch import AGE, DELETED
from console.errors import AwsError
from console.models.finding import Finding
from console.operations.doctor.check import Check, NotApplicable, Omit
from console.operations.doctor.common_facts import queue_attributes
from console.operations.doctor.facts import Facts
from console.operations.doctor.metric_facts import metrics_if_any, oldest_age, queue_metrics
from console.operations.doctor.queue_facts import (
    nothing_anywhere,
    object_age,
    set_attribute,
    with_queue,
)

_NEAR_RETENTION = 0.9
_SHORT_RETENTION = 86_400
_VERY_SHORT_RETENTION = 3600
_LONGEST_RETENTION = 1_209_600


def _expired(facts: Facts) -> Iterator[Finding | Omit]:
    retention, waiting = facts(queue_attributes).retention, facts(queue_attributes).counts.total
    why = _why_expired(facts, retention)
    if why is None and retention >= _SHORT_RETENTION:
        if waiting and oldest_age(facts, facts(queue_metrics)) is None:
            yield Omit("consumer.expired")
        return
    yield Finding(
        "consumer.expired",
        "fail" if why else "warn",
        "likely",
        why
        or f"The queue keeps a message for {retention} s only: a longer outage of the consumer "
        "loses events.",
        evidence={
            "retention": retention,
            "oldest_age_seconds": oldest_age(facts, metrics_if_any(facts)),
            "object_age_seconds": _age_of_object(facts),
        },
        remedy="Let the queue keep messages for up to 14 days, and send what was lost anew with "
        "backfill.",
        commands=(
            set_attribute(facts, facts(with_queue), "MessageRetentionPeriod", _LONGEST_RETENTION),
        ),
    )


def _why_expired(facts: Facts, retention: int) -> str | None:
    metrics = metrics_if_any(facts)
    age = oldest_age(facts, metrics)
    if age is not None and age >= _NEAR_RETENTION * retention:
        return (
            f"The oldest message is {age:.0f} s old, and the queue deletes messages after "
            f"{retention} s: events expire before they are processed."
        )
    uploaded = _age_of_object(facts)
    if uploaded is None or uploaded <= retention or not nothing_anywhere(facts):
        return None
    at_risk = any(p.value >= _NEAR_RETENTION * retention for p in metrics.points(AGE))
    consumed = any(p.value for p in metrics.points(DELETED))
    if at_risk or (retention <= _VERY_SHORT_RETENTION and not consumed):
        return (
            f"The object is {uploaded:.0f} s old, and the queue deletes messages after "
            f"{retention} s: its event has expired, unless it was processed."
        )
    return None


def _age_of_object(facts: Facts) -> float | None:
    try:
        return facts(object_age)
    except (AwsError, NotApplicable):
        return None


EXPIRY_CHECKS = (Check({"consumer.expired": "Messages do not expire."}, _expired, False),)
