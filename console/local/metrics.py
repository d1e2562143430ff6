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
_GAUGE_SECONDS = 15
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
    """Publishes counts once a minute when it is over, gauges every 15 s of the running minute."""

    def __init__(self, cloudwatch: Any, meter: Meter, queues: Sequence[str]) -> None:
        self._cloudwatch = cloudwatch
        self._meter = meter
        self._queues = queues

    def publish_gauges(self, at: float) -> None:
        """Publish the queues as they are, in the minute of `at`."""
        minute = math.floor(at / MINUTE) * MINUTE
        for queue in self._queues:
            put(self._cloudwatch, gauge_data(queue, minute, [self._meter.gauges(queue)]))

    def publish_flows(self, minute: float) -> None:
        """Publish what happened since the last call as the minute that began at `minute`."""
        for queue in self._queues:
            put(self._cloudwatch, flow_data(queue, minute, [self._meter.take(queue)]))

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop` is set."""
        minute = math.floor(time.time() / MINUTE) * MINUTE
        next_gauges = 0.0
        while not stop.wait(1.0):
            now = time.time()
            self._meter.look()
            if now >= minute + MINUTE:
                self.publish_flows(minute)
                minute = math.floor(now / MINUTE) * MINUTE
            if now >= next_gauges:
                self.publish_gauges(now)
                next_gauges = now + _GAUGE_SECONDS
