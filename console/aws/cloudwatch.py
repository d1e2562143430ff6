"""CloudWatch calls, typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.models.status import Alarm, Metrics, Point

NAMESPACE = "AWS/SQS"

AGE = "ApproximateAgeOfOldestMessage"
VISIBLE = "ApproximateNumberOfMessagesVisible"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
DELAYED = "ApproximateNumberOfMessagesDelayed"
SENT = "NumberOfMessagesSent"
RECEIVED = "NumberOfMessagesReceived"
DELETED = "NumberOfMessagesDeleted"
EMPTY_RECEIVES = "NumberOfEmptyReceives"

# Gauges are read at their peak, counters summed (SQS Developer Guide, available metrics).
STATISTICS: Mapping[str, str] = {
    AGE: "Maximum",
    VISIBLE: "Maximum",
    IN_FLIGHT: "Maximum",
    DELAYED: "Maximum",
    SENT: "Sum",
    RECEIVED: "Sum",
    DELETED: "Sum",
    EMPTY_RECEIVES: "Sum",
}


class CloudWatch:
    """The CloudWatch calls the console makes."""

    def __init__(self, clients: ClientFactory, region: str) -> None:
        self._clients = clients
        self._region = region

    def _client(self) -> Any:
        return self._clients.client("cloudwatch", self._region)

    def metrics(
        self, queue_names: Sequence[str], *, start: datetime, end: datetime, period: int = 60
    ) -> dict[str, Metrics]:
        """Every `AWS/SQS` series of the queues between two times, `period` seconds a point.

        One batched GetMetricData (500 metrics and 100,800 points a call), paginated by AWS.
        """
        queries, places = _queries(queue_names, period)
        found: dict[str, dict[str, list[Point]]] = {name: {} for name in queue_names}
        with aws_call(self._clients.context("cloudwatch:GetMetricData", "queue metrics")):
            pages = self._client().get_paginator("get_metric_data")
            for page in pages.paginate(
                MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampAscending"
            ):
                for result in page.get("MetricDataResults", []):
                    queue, metric = places[str(result["Id"])]
                    found[queue].setdefault(metric, []).extend(_points(result))
        return {
            queue: Metrics({m: tuple(sorted(p, key=lambda x: x.at)) for m, p in series.items()})
            for queue, series in found.items()
        }

    def alarms(self, queue_names: Sequence[str]) -> tuple[Alarm, ...]:
        """The metric alarms on `AWS/SQS` metrics of these queues."""
        with aws_call(self._clients.context("cloudwatch:DescribeAlarms", "alarms")):
            pages = self._client().get_paginator("describe_alarms")
            raw = [
                alarm
                for page in pages.paginate(AlarmTypes=["MetricAlarm"])
                for alarm in page.get("MetricAlarms", [])
            ]
        alarms = [_alarm(a, name) for a in raw for name in _queues_of(a) if name in queue_names]
        return tuple(sorted(alarms, key=lambda a: (a.state != "ALARM", a.name)))


def _queries(
    queue_names: Sequence[str], period: int
) -> tuple[list[dict[str, Any]], dict[str, tuple[str, str]]]:
    pairs = [(queue, metric) for queue in queue_names for metric in STATISTICS]
    places = {f"m{index}": pair for index, pair in enumerate(pairs)}
    queries = [
        {
            "Id": identifier,
            "MetricStat": {
                "Metric": {
                    "Namespace": NAMESPACE,
                    "MetricName": metric,
                    "Dimensions": [{"Name": "QueueName", "Value": queue}],
                },
                "Period": period,
                "Stat": STATISTICS[metric],
            },
        }
        for identifier, (queue, metric) in places.items()
    ]
    return queries, places


def _points(result: Mapping[str, Any]) -> list[Point]:
    return [
        Point(at, float(value))
        for at, value in zip(result["Timestamps"], result["Values"], strict=False)
    ]


def _queues_of(alarm: Mapping[str, Any]) -> list[str]:
    stats = [
        alarm,
        *(m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m),
    ]
    return [
        str(dimension["Value"])
        for stat in stats
        if stat.get("Namespace") == NAMESPACE
        for dimension in stat.get("Dimensions", [])
        if dimension.get("Name") == "QueueName"
    ][:1]


def _alarm(raw: Mapping[str, Any], queue_name: str) -> Alarm:
    threshold = raw.get("Threshold")
    return Alarm(
        name=str(raw["AlarmName"]),
        state=str(raw.get("StateValue", "INSUFFICIENT_DATA")),
        metric=str(raw.get("MetricName", "")),
        queue_name=queue_name,
        threshold=None if threshold is None else float(threshold),
        reason=str(raw.get("StateReason", "")),
        since=raw.get("StateUpdatedTimestamp"),
    )
