"""Status: one look at a pipeline, source by source, keeping the last good answers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from console.aws.cloudwatch import AGE, DELETED, SENT
from console.errors import JournalError
from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes
from console.models.status import (
    Alarm,
    CloudWatchData,
    Forecast,
    Metrics,
    Point,
    Rates,
    Source,
    StatusSnapshot,
)
from console.operations.asking import ask
from console.operations.workbench import Workbench

RATE_MINUTES = 5
FRESH = timedelta(minutes=10)
"""A CloudWatch point older than this says nothing about now: the metrics lag by a minute or more
and stop when the queue is inactive (SQS Developer Guide, monitoring with CloudWatch)."""


class StatusPoller:
    """Polls one pipeline. Each poll returns a whole new snapshot; failures stand in it.

    Thread-safe, but a source is meant to have one poll in flight at a time.
    """

    def __init__(self, workbench: Workbench, hours: float = 3.0) -> None:
        self._bench = workbench
        self._window = timedelta(hours=hours)
        self._lock = threading.Lock()
        self._snapshot = StatusSnapshot(
            at=workbench.clock.now(),
            queue=Source(),
            dlq=Source(),
            metrics=Source(),
            alarms=Source(),
            rates=None,
            oldest_age_seconds=None,
            dlq_oldest_age_seconds=None,
            forecast=None,
        )

    @property
    def snapshot(self) -> StatusSnapshot:
        """The newest snapshot."""
        with self._lock:
            return self._snapshot

    def poll_queues(self) -> StatusSnapshot:
        """Ask SQS for queue and DLQ now."""
        pipeline, before = self._bench.pipeline, self.snapshot
        queue = self._attributes(pipeline.queue, before.queue)
        dlq = self._attributes(pipeline.dlq, before.dlq)
        return self._publish(queue=queue, dlq=dlq)

    def poll_metrics(self) -> StatusSnapshot:
        """Ask CloudWatch for the series of queue and DLQ, in one batch, and for the alarms."""
        before = self.snapshot
        queues = [q for q in (self._bench.pipeline.queue, self._bench.pipeline.dlq) if q]
        if not queues:
            return before
        metrics = ask(self._bench.clock, lambda: self._metrics(queues), before.metrics)
        alarms = ask(self._bench.clock, lambda: self._alarms(queues), before.alarms)
        return self._publish(metrics=metrics, alarms=alarms)

    def _publish(self, **sources: Source[object]) -> StatusSnapshot:
        now = self._bench.clock.now()
        with self._lock:
            changed = replace(self._snapshot, at=now, **sources)  # pyright: ignore[reportArgumentType]
            self._snapshot = _derived(changed, now)
            return self._snapshot

    def _attributes(
        self, queue: QueueRef | None, before: Source[QueueAttributes]
    ) -> Source[QueueAttributes]:
        if queue is None:
            return before
        answer = ask(self._bench.clock, lambda: self._bench.gateway.sqs.attributes(queue), before)
        if answer.ok and answer.value:
            self._observe(queue, answer.value)
        return answer

    def _observe(self, queue: QueueRef, attributes: QueueAttributes) -> None:
        """Tell the peek budget; looking must not fail for a journal that cannot be written, and
        what is not observed is remembered longer, which is the safe side."""
        try:
            self._bench.journal.memory.observe(
                queue.arn, attributes.counts.total, self._bench.clock.now()
            )
        except JournalError:
            return

    def _metrics(self, queues: Sequence[QueueRef]) -> CloudWatchData:
        now = self._bench.clock.now()
        found: dict[str, Metrics] = {}
        for region in {queue.region for queue in queues}:
            names = [queue.name for queue in queues if queue.region == region]
            cloudwatch = self._bench.gateway.cloudwatch(region)
            found |= cloudwatch.metrics(names, start=now - self._window, end=now)
        source, dlq = self._bench.pipeline.queue, self._bench.pipeline.dlq
        return CloudWatchData(
            queue=found[source.name] if source else Metrics(),
            dlq=found[dlq.name] if dlq else None,
        )

    def _alarms(self, queues: Sequence[QueueRef]) -> tuple[Alarm, ...]:
        return tuple(
            alarm
            for region in dict.fromkeys(queue.region for queue in queues)
            for alarm in self._bench.gateway.cloudwatch(region).alarms(
                [queue.name for queue in queues if queue.region == region]
            )
        )


def status_once(workbench: Workbench, hours: float = 3.0) -> StatusSnapshot:
    """One look at everything. Never raises `AwsError`: failures stand in the snapshot."""
    poller = StatusPoller(workbench, hours)
    poller.poll_queues()
    return poller.poll_metrics()


def _derived(snapshot: StatusSnapshot, now: datetime) -> StatusSnapshot:
    data = snapshot.metrics.value
    queue_metrics = data.queue if data else Metrics()
    dlq_metrics = (data.dlq if data else None) or Metrics()
    rates = rates_of(queue_metrics, now)
    return replace(
        snapshot,
        rates=rates,
        oldest_age_seconds=_fresh(queue_metrics.latest(AGE), now),
        dlq_oldest_age_seconds=_fresh(dlq_metrics.latest(AGE), now),
        forecast=forecast_of(snapshot.queue.value, rates),
    )


def _fresh(point: Point | None, now: datetime) -> float | None:
    return point.value if point and now - point.at <= FRESH else None


def rates_of(metrics: Metrics, now: datetime) -> Rates | None:
    """Messages in and out a minute, over the newest five minutes that CloudWatch has.

    `None` where it has no recent point for both. In is `NumberOfMessagesSent`, out
    `NumberOfMessagesDeleted`.
    """
    sent, deleted = (_recent(metrics.points(metric), now) for metric in (SENT, DELETED))
    if not sent or not deleted:
        return None
    return Rates(
        in_per_minute=sum(p.value for p in sent) / len(sent),
        out_per_minute=sum(p.value for p in deleted) / len(deleted),
        at=max(sent[-1].at, deleted[-1].at),
    )


def _recent(points: Sequence[Point], now: datetime) -> Sequence[Point]:
    return [p for p in points if now - p.at <= FRESH][-RATE_MINUTES:]


def forecast_of(queue: QueueAttributes | None, rates: Rates | None) -> Forecast | None:
    """What the backlog does if the rates stay, `None` where counts or rates are unknown."""
    if queue is None or rates is None:
        return None
    net = rates.out_per_minute - rates.in_per_minute
    backlog = queue.counts.total
    if net > 0 and backlog:
        return Forecast(drains_in_seconds=backlog / net * 60, grows_per_minute=None)
    if net < 0:
        return Forecast(drains_in_seconds=None, grows_per_minute=-net)
    return Forecast(drains_in_seconds=0.0 if not backlog else None, grows_per_minute=None)
