"""Expiry: does the queue give events up before they are processed?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from console.aws.cloudwatch import AGE, DELETED
from console.models.finding import Finding
from console.models.status import Metrics, Point
from console.operations.doctor.check import Check, Omit
from console.operations.doctor.common_facts import queue_attributes
from console.operations.doctor.facts import Facts
from console.operations.doctor.metric_facts import metrics_if_any, oldest_age, queue_metrics
from console.operations.doctor.processed import processed
from console.operations.doctor.queue_facts import (
    nothing_anywhere,
    set_attribute,
    upload_time,
    with_queue,
)
from console.operations.doctor.unsent import unsent_causes

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
        because_of=unsent_causes(facts),
    )


def _why_expired(facts: Facts, retention: int) -> str | None:
    metrics = metrics_if_any(facts)
    age = oldest_age(facts, metrics)
    if age is not None and age >= _NEAR_RETENTION * retention:
        return (
            f"The oldest message is {age:.0f} s old, and the queue deletes messages after "
            f"{retention} s: events expire before they are processed."
        )
    uploaded, since = _age_of_object(facts), facts(upload_time)
    if uploaded is None or uploaded <= retention or not nothing_anywhere(facts):
        return None
    if facts(processed):
        return None
    at_risk = any(p.value >= _NEAR_RETENTION * retention for p in _after(metrics, AGE, since))
    consumed = any(p.value for p in _after(metrics, DELETED, since))
    if at_risk or (retention <= _VERY_SHORT_RETENTION and not consumed):
        return (
            f"The object is {uploaded:.0f} s old, and the queue deletes messages after "
            f"{retention} s: its event has expired, unless it was processed."
        )
    return None


def _after(metrics: Metrics, metric: str, since: datetime | None) -> list[Point]:
    return [p for p in metrics.points(metric) if since is None or p.at >= since]


def _age_of_object(facts: Facts) -> float | None:
    uploaded = facts(upload_time)
    return None if uploaded is None else (facts.at - uploaded).total_seconds()


EXPIRY_CHECKS = (Check({"consumer.expired": "Messages do not expire."}, _expired, False),)
