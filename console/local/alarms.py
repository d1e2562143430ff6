"""The alarms of the reference installation, and how the emulator is taught to judge them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from console.local.emulator import service
from console.local.reference import Plan


@dataclass(frozen=True, slots=True)
class _Alarm:
    name: str
    description: str
    queue: str
    metric: str
    threshold: float


def create_alarms(plan: Plan, cloudwatch: Any) -> None:
    """Put the alarms that a queue and its DLQ should have: age, depth, dead letters."""
    for alarm in _alarms(plan):
        cloudwatch.put_metric_alarm(
            AlarmName=alarm.name,
            AlarmDescription=alarm.description,
            Namespace="AWS/SQS",
            MetricName=alarm.metric,
            Dimensions=[{"Name": "QueueName", "Value": alarm.queue}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=alarm.threshold,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )


def _alarms(plan: Plan) -> list[_Alarm]:
    alarms = [
        _Alarm(
            f"{plan.queue}-oldest-message-age",
            "Uploads wait for more than five minutes",
            plan.queue,
            "ApproximateAgeOfOldestMessage",
            300.0,
        ),
        _Alarm(
            f"{plan.queue}-depth",
            "More than 100 uploads wait",
            plan.queue,
            "ApproximateNumberOfMessagesVisible",
            100.0,
        ),
    ]
    if plan.dlq is not None:
        dead = _Alarm(
            f"{plan.dlq}-not-empty",
            "Uploads could not be processed",
            plan.dlq,
            "ApproximateNumberOfMessagesVisible",
            0.0,
        )
        alarms.append(dead)
    return alarms


def teach_dimensions() -> None:
    """Let the emulator judge an alarm by its own series alone.

    ministack 1.5.33 takes the points of every queue for one metric, whatever the alarm's
    dimensions say. The judging runs without interruption on the emulator's one thread, which
    is why the series may be put in the place of all of them meanwhile.
    """
    cloudwatch = service("cloudwatch")
    judge = cloudwatch._evaluate_alarm

    def judge_own_series(alarm: dict[str, Any]) -> None:
        everything = cloudwatch._metrics
        dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
        key = (
            alarm.get("Namespace"),
            alarm.get("MetricName"),
            cloudwatch._dims_key(dimensions),
        )
        cloudwatch._metrics = {key: everything.get(key) or []}
        try:
            judge(alarm)
        finally:
            cloudwatch._metrics = everything

    cloudwatch._evaluate_alarm = judge_own_series
