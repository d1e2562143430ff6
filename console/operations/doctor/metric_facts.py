"""What CloudWatch has of the queue and its DLQ, and what to read from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from console.aws.cloudwatch import AGE
from console.errors import AwsError
from console.models.pipeline import QueueRef
from console.models.status import CloudWatchData, Metrics, Point
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.facts import Facts
from console.operations.doctor.queue_facts import with_queue
from console.operations.status import FRESH

WINDOW = timedelta(hours=6)
"""How far back CloudWatch is asked: after about as long without activity SQS sends it nothing
(SQS Developer Guide, monitoring with CloudWatch)."""
RECENT = timedelta(minutes=15)
"""How far back "now" reaches in one-minute points that lag."""
_ENOUGH_POINTS = 10


def measured(facts: Facts) -> CloudWatchData:
    """Every `AWS/SQS` series of queue and DLQ, of one batched call.

    Metrics know a queue by its name in the caller's own account only. Raises `AwsError`, and
    `NotApplicable` where there is no queue, or it is another account's.
    """
    queue = facts(with_queue)
    if not _own(facts, queue):
        raise NotApplicable
    dlq = facts.pipeline.dlq
    if dlq and not (_own(facts, dlq) and dlq.region == queue.region):
        dlq = None
    cloudwatch = facts.bench.gateway.cloudwatch(queue.region)
    names = [q.name for q in (queue, dlq) if q]
    found = cloudwatch.metrics(names, start=facts.at - WINDOW, end=facts.at)
    return CloudWatchData(found[queue.name], found[dlq.name] if dlq else None)


def metrics_between(facts: Facts, start: datetime, end: datetime) -> Metrics:
    """The queue's series between two times, one-minute points. Raises as `measured`."""
    queue = facts(with_queue)
    if not _own(facts, queue):
        raise NotApplicable
    cloudwatch = facts.bench.gateway.cloudwatch(queue.region)
    return cloudwatch.metrics([queue.name], start=start, end=end)[queue.name]


def queue_metrics(facts: Facts) -> Metrics:
    """The queue's series. Raises as `measured`."""
    return facts(measured).queue


def metrics_if_any(facts: Facts) -> Metrics:
    """The queue's series, empty where they cannot be read."""
    try:
        return facts(queue_metrics)
    except (AwsError, NotApplicable):
        return Metrics()


def oldest_age(facts: Facts, metrics: Metrics) -> float | None:
    """Seconds since the oldest message was sent, `None` where CloudWatch has no fresh point."""
    point = metrics.latest(AGE)
    return point.value if point and facts.at - point.at <= FRESH else None


def recent(facts: Facts, metrics: Metrics, metric: str) -> tuple[Point, ...]:
    """The points of the last 15 minutes, empty where the newest is not fresh."""
    points = metrics.points(metric)
    if not points or facts.at - points[-1].at > FRESH:
        return ()
    return tuple(p for p in points if facts.at - p.at <= RECENT)


def recent_sum(facts: Facts, metrics: Metrics, metric: str) -> float | None:
    """What a counter counted in the last 15 minutes, `None` where it has no fresh point."""
    points = recent(facts, metrics, metric)
    return sum(p.value for p in points) if points else None


def always_some(points: Sequence[Point]) -> bool:
    """Whether a gauge was above zero at every point, and there are enough to say so."""
    return len(points) >= _ENOUGH_POINTS and all(p.value > 0 for p in points)


def _own(facts: Facts, queue: QueueRef) -> bool:
    caller = facts.pipeline.identity
    return caller is None or queue.account == caller.account
