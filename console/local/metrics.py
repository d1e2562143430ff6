"""Publishes the `AWS/SQS` metrics of the local queues, minute by minute."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from console.local.meter import Flow, Gauges, Meter

Datum = dict[str, Any]

NAMESPACE = "AWS/SQS"
MINUTE = 60
_GAUGE_SECONDS = 30.0
_FIRST_GAUGE_SECONDS = 5.0
_FIRST_MINUTE = 60.0
_PER_REQUEST = 1000


def datum(queue: str, metric: str, at: float, values: Sequence[float], unit: str) -> Datum:
    """One point of one metric: the statistic set of `values`, at `at` seconds of the epoch."""
    statistics = {
        "SampleCount": float(len(values)),
        "Sum": float(sum(values)),
        "Minimum": float(min(values)),
        "Maximum": float(max(values)),
    }
    return {
        "MetricName": metric,
        "Dimensions": [{"Name": "QueueName", "Value": queue}],
        "Timestamp": datetime.fromtimestamp(at, UTC),
        "StatisticValues": statistics,
        "Unit": unit,
    }


def put(cloudwatch: Any, data: Iterable[Datum]) -> None:
    """Publish points, in as few requests as the API allows."""
    batch: list[Datum] = []
    for one in data:
        batch.append(one)
        if len(batch) == _PER_REQUEST:
            cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=batch)
            batch = []
    if batch:
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=batch)


def gauge_data(queue: str, at: float, gauges: Sequence[Gauges]) -> Iterator[Datum]:
    """The four metrics that say how a queue is; one point each, of these observations."""
    name = "ApproximateNumberOfMessages"
    yield datum(queue, f"{name}Visible", at, [one.visible for one in gauges], "Count")
    yield datum(queue, f"{name}NotVisible", at, [one.in_flight for one in gauges], "Count")
    yield datum(queue, f"{name}Delayed", at, [one.delayed for one in gauges], "Count")
    ages = [one.oldest_age for one in gauges]
    yield datum(queue, "ApproximateAgeOfOldestMessage", at, ages, "Seconds")


def flow_data(queue: str, at: float, flows: Sequence[Flow]) -> Iterator[Datum]:
    """The five metrics that say what happened at a queue; one point each, of these minutes."""
    name = "NumberOfMessages"
    yield datum(queue, f"{name}Sent", at, [len(one.sent_sizes) for one in flows], "Count")
    yield datum(queue, f"{name}Received", at, [one.received for one in flows], "Count")
    yield datum(queue, f"{name}Deleted", at, [one.deleted for one in flows], "Count")
    empty = [one.empty_receives for one in flows]
    yield datum(queue, "NumberOfEmptyReceives", at, empty, "Count")
    sizes = [size for one in flows for size in one.sent_sizes]
    if sizes:
        yield datum(queue, "SentMessageSize", at, sizes, "Bytes")


class Publisher:
    """Publishes counts when their minute is over, and gauges within the running minute.

    Gauges follow every 5 s in the first minute, so that charts and alarms soon show what the
    backend began with, then every 30 s.
    """

    def __init__(self, cloudwatch: Any, meter: Meter, queues: Sequence[str]) -> None:
        self._cloudwatch = cloudwatch
        self._meter = meter
        self._queues = queues
        self._begun = time.time()
        self._minute = minute_of(self._begun)
        self._next_gauges = self._begun

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop` is set."""
        while not stop.wait(1.0):
            self.tick(time.time())

    def tick(self, now: float) -> None:
        """Publish what is due at `now`, in seconds of the epoch."""
        self._meter.look()
        if minute_of(now) > self._minute:
            over, self._minute = self._minute, minute_of(now)
            for queue in self._queues:
                put(self._cloudwatch, flow_data(queue, over, [self._meter.take(queue)]))
        if now >= self._next_gauges:
            first = now < self._begun + _FIRST_MINUTE
            self._next_gauges = now + (_FIRST_GAUGE_SECONDS if first else _GAUGE_SECONDS)
            for queue in self._queues:
                gauges = [self._meter.gauges(queue)]
                put(self._cloudwatch, gauge_data(queue, self._minute, gauges))


def minute_of(at: float) -> float:
    """The begin of the minute of `at`, both in seconds of the epoch."""
    return math.floor(at / MINUTE) * MINUTE
