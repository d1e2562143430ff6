"""What counts and metrics make believe: they lag, stop, and leave out what matters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from console.aws.cloudwatch import AGE, DELETED, RECEIVED, SENT, VISIBLE
from console.errors import AwsError
from console.models.finding import Finding
from console.models.status import Metrics
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.common_facts import dlq_attributes, dlq_ref, queue_attributes
from console.operations.doctor.facts import Facts
from console.operations.doctor.metric_facts import (
    WINDOW,
    always_some,
    measured,
    oldest_age,
    queue_metrics,
    recent,
    recent_sum,
)
from console.operations.doctor.processed import processed
from console.operations.doctor.queue_facts import nothing_anywhere, object_age, with_queue
from console.text import iso

_RESUMES = timedelta(minutes=15)
_CONSISTENT_SECONDS = 60
_YOUNG_SECONDS = 300


def _inactive_queue(facts: Facts) -> Iterator[Finding]:
    attributes, metrics = facts(queue_attributes), facts(queue_metrics)
    last = max((points[-1].at for points in metrics.series.values() if points), default=None)
    if last is not None and facts.at - last <= _RESUMES:
        return
    created = attributes.created_at
    young = created is None or facts.at - created <= _RESUMES
    # A queue that never had a point misleads nobody as long as nothing is in it.
    if last is None and (young or not attributes.counts.total):
        return
    hours = WINDOW.total_seconds() / 3600
    yield Finding(
        "metrics.inactive-queue",
        "warn",
        "likely",
        "CloudWatch has no points of the last 15 minutes: SQS sends none after about "
        f"{hours:.0f} h without activity, and takes up to 15 minutes to resume.",
        evidence={
            "last_point_at": None if last is None else iso(last),
            "messages": attributes.counts.total,
        },
        remedy="Trust the queue's own counts (GetQueueAttributes) meanwhile, not empty charts.",
    )


def _approximate_counts(facts: Facts) -> Iterator[Finding]:
    age = facts(object_age)
    if age < _CONSISTENT_SECONDS and nothing_anywhere(facts) and not facts(processed):
        yield Finding(
            "metrics.approximate-counts",
            "warn",
            "likely",
            "The queue counts no message, but its counts are approximate until about a minute "
            "after the last send.",
            evidence={"object_age_seconds": age, "messages": 0},
            remedy="Ask again in a minute.",
        )


def _dlq_sent_not_counted(facts: Facts) -> Iterator[Finding]:
    dlq = facts(dlq_ref)
    alarms = facts.bench.gateway.cloudwatch(facts(with_queue).region).alarms([dlq.name])
    silent = [a.name for a in alarms if a.metric == SENT]
    if silent or _misleading(facts):
        yield Finding(
            "metrics.dlq-sent-not-counted",
            "warn",
            "proven",
            f"An alarm watches {SENT} of the DLQ, and moves by the redrive policy are not counted "
            "there: it stays silent."
            if silent
            else f"The DLQ has messages and {SENT} is 0: moves by the redrive policy are not "
            "counted there.",
            evidence={"dlq": dlq.arn, "alarms": silent},
            remedy=f"Watch the DLQ's {VISIBLE} instead.",
        )


def _misleading(facts: Facts) -> bool:
    """Whether the metric says that nothing came, while something is there."""
    try:
        waiting, metrics = facts(dlq_attributes).counts.total, facts(measured).dlq
    except (AwsError, NotApplicable):
        return False
    points = metrics.points(SENT) if metrics else ()
    return bool(waiting and points) and not any(p.value for p in points)


def _age_hides_poison(facts: Facts) -> Iterator[Finding]:
    metrics = facts(queue_metrics)
    age = oldest_age(facts, metrics)
    if age is None:
        raise NotApplicable
    if age < _YOUNG_SECONDS and _goes_round(facts, metrics):
        yield Finding(
            "metrics.age-hides-poison",
            "warn",
            "likely",
            f"The oldest message seems {age:.0f} s old, but messages are received again and again "
            "and none is deleted; the age leaves out what was received three times or more.",
            evidence={
                "oldest_age_seconds": age,
                "received_in_15_minutes": recent_sum(facts, metrics, RECEIVED),
                "visible": facts(queue_attributes).counts.visible,
            },
            remedy="Do not trust the age here: give the queue a DLQ, and look there.",
        )


def _goes_round(facts: Facts, metrics: Metrics) -> bool:
    """Whether the same messages are received again and again."""
    deleted, sent = (recent_sum(facts, metrics, m) for m in (DELETED, SENT))
    received = recent_sum(facts, metrics, RECEIVED)
    waits = always_some(recent(facts, metrics, VISIBLE)) and recent(facts, metrics, AGE)
    return bool(waits and received and deleted == 0 and received > 2 * (sent or 0))


METRICS_CHECKS = (
    Check(
        {"metrics.inactive-queue": "CloudWatch is no more silent than usual."},
        _inactive_queue,
        False,
    ),
    Check({"metrics.approximate-counts": "The counts have settled."}, _approximate_counts, False),
    Check(
        {"metrics.dlq-sent-not-counted": "No alarm waits for what the DLQ never counts."},
        _dlq_sent_not_counted,
        False,
    ),
    Check(
        {"metrics.age-hides-poison": "The age of the oldest message hides nothing."},
        _age_hides_poison,
        False,
    ),
)
