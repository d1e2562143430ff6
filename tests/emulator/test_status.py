"""Status keeps what it knows, says what fails, and derives nothing from old figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.errors import AwsError
from console.models.queue import QueueAttributes
from console.models.status import Metrics, Point
from console.operations.inspect import inspect
from console.operations.status import StatusPoller, forecast_of, rates_of, status_once
from tests.emulator.conftest import Bench
from tests.fakes import START


def unreachable(*_: Any, **__: Any) -> Any:
    raise AwsError("unreachable", "Endpoint unreachable", "It did not answer.")


def put_metrics(bench: Bench, aws: Any, name: str, values: list[float]) -> None:
    now = bench.workbench.clock.now().replace(second=0, microsecond=0)
    aws("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "QueueName", "Value": bench.queue.name}],
                "Timestamp": now - timedelta(minutes=len(values) - i),
                "Value": value,
            }
            for i, value in enumerate(values)
        ],
    )


def test_counts_are_those_of_the_queues_now(bench: Bench) -> None:
    bench.send(7)
    bench.send(2, bench.dlq)
    bench.sqs.receive_message(QueueUrl=bench.queue.url, MaxNumberOfMessages=3)
    snapshot = StatusPoller(bench.workbench).poll_queues()
    assert snapshot.queue.value is not None
    assert snapshot.dlq.value is not None
    assert snapshot.queue.value.counts.visible == 4
    assert snapshot.queue.value.counts.in_flight == 3
    assert snapshot.dlq.value.counts.visible == 2


def test_rates_age_and_forecast_come_from_cloudwatch(bench: Bench, aws: Any) -> None:
    bench.send(60)
    put_metrics(bench, aws, "NumberOfMessagesSent", [10.0] * 6)
    put_metrics(bench, aws, "NumberOfMessagesDeleted", [16.0] * 6)
    put_metrics(bench, aws, "ApproximateAgeOfOldestMessage", [5.0, 90.0])
    snapshot = status_once(bench.workbench)
    assert snapshot.rates is not None
    assert (snapshot.rates.in_per_minute, snapshot.rates.out_per_minute) == (10.0, 16.0)
    assert snapshot.oldest_age_seconds == 90.0
    assert snapshot.forecast is not None
    assert snapshot.forecast.drains_in_seconds == pytest.approx(600.0)


def test_without_figures_nothing_is_derived(bench: Bench) -> None:
    snapshot = status_once(bench.workbench)
    assert snapshot.metrics.ok
    assert (snapshot.rates, snapshot.oldest_age_seconds, snapshot.forecast) == (None, None, None)


def test_old_figures_say_nothing_about_now() -> None:
    points = (Point(START - timedelta(minutes=30), 10.0),)
    metrics = Metrics({"NumberOfMessagesSent": points, "NumberOfMessagesDeleted": points})
    assert rates_of(metrics, START) is None
    assert rates_of(metrics, START - timedelta(minutes=29)) is not None


def test_a_growing_backlog_is_forecast_to_grow(bench: Bench) -> None:
    bench.send(5)
    attributes: QueueAttributes = bench.workbench.gateway.sqs.attributes(bench.queue)
    points = {m: (Point(START, v),) for m, v in (
        ("NumberOfMessagesSent", 50.0), ("NumberOfMessagesDeleted", 10.0))}  # fmt: skip
    forecast = forecast_of(attributes, rates_of(Metrics(points), START))
    assert forecast is not None
    assert forecast.grows_per_minute == 40.0
    assert forecast.drains_in_seconds is None


def test_a_failing_source_keeps_its_value_and_blanks_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(3)
    poller = StatusPoller(bench.workbench)
    before = poller.poll_queues()
    poller.poll_metrics()
    monkeypatch.setattr("console.aws.sqs.Sqs.attributes_of_url", unreachable)
    after = poller.poll_queues()
    assert after.queue.value == before.queue.value
    assert after.queue.at == before.queue.at
    assert not after.queue.ok
    assert after.queue.error is not None
    assert after.metrics.ok
    monkeypatch.undo()
    assert poller.poll_queues().queue.ok


def test_alarms_are_those_of_the_pipelines_queues_with_alarms_first(bench: Bench, aws: Any) -> None:
    for name, queue in (("deep", bench.queue.name), ("dead", bench.dlq.name), ("else", "other")):
        aws("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SQS",
            MetricName="ApproximateNumberOfMessagesVisible",
            Dimensions=[{"Name": "QueueName", "Value": queue}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=5,
            ComparisonOperator="GreaterThanThreshold",
        )
    aws("cloudwatch").set_alarm_state(AlarmName="deep", StateValue="ALARM", StateReason="test")
    alarms = status_once(bench.workbench).alarms.value
    assert alarms is not None
    assert [(a.name, a.queue_name) for a in alarms] == [
        ("deep", bench.queue.name),
        ("dead", bench.dlq.name),
    ]
    assert (alarms[0].state, alarms[0].threshold) == ("ALARM", 5.0)


def test_the_journal_is_told_when_a_queue_is_empty(bench: Bench) -> None:
    poller = StatusPoller(bench.workbench)
    poller.poll_queues()
    assert bench.workbench.journal.path.exists()


def test_inspection_shows_rules_policy_and_attributes(bench: Bench) -> None:
    found = inspect(bench.workbench)
    assert found.notification.value is not None
    assert found.queue.value is not None
    assert [r.suffix for r in found.notification.value.rules] == [".mp3"]
    assert found.policy is not None
    assert found.policy["Statement"]
    assert found.queue.value.redrive is not None
    assert found.differences == ()


def test_a_denied_part_of_the_inspection_leaves_the_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.aws.s3.S3.notification", unreachable)
    found = inspect(bench.workbench)
    assert found.notification.error is not None
    assert found.queue.ok
    assert found.differences == ()


def test_a_missing_configuration_is_a_difference(bench: Bench) -> None:
    bench.s3.put_bucket_notification_configuration(
        Bucket=bench.installation.bucket, NotificationConfiguration={}
    )
    (difference,) = inspect(bench.workbench).differences
    assert difference.meaning
