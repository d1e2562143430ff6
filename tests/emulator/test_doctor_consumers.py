"""The doctor on the consumers: stuck, absent, expiring, impatient; and busy but well."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.errors import AwsError
from console.models.clock import SystemClock
from console.models.finding import Diagnosis
from console.models.pipeline import Mode
from console.models.queue import QueueAttributes
from console.models.status import Alarm
from console.operations.doctor.consumer_checks import CONSUMER_CHECKS
from console.operations.doctor.consumer_metric_checks import CONSUMER_METRIC_CHECKS
from console.operations.doctor.delivery_checks import DELIVERY_CHECKS
from console.operations.doctor.dlq_checks import DLQ_CHECKS
from console.operations.doctor.expiry_checks import EXPIRY_CHECKS
from console.operations.doctor.filter_checks import FILTER_CHECKS
from console.operations.doctor.metrics_checks import METRICS_CHECKS
from console.operations.doctor.queue_checks import QUEUE_CHECKS
from console.operations.doctor.queue_limit_checks import QUEUE_LIMIT_CHECKS
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.emulator.examining import event_body, examine, fails, put_points, said

CHECKS = (
    *QUEUE_CHECKS,
    *QUEUE_LIMIT_CHECKS,
    *DLQ_CHECKS,
    *CONSUMER_CHECKS,
    *EXPIRY_CHECKS,
    *CONSUMER_METRIC_CHECKS,
    *DELIVERY_CHECKS,
    *METRICS_CHECKS,
)
AGE = "ApproximateAgeOfOldestMessage"
VISIBLE = "ApproximateNumberOfMessagesVisible"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
SENT = "NumberOfMessagesSent"
RECEIVED = "NumberOfMessagesReceived"
DELETED = "NumberOfMessagesDeleted"
EMPTY = "NumberOfEmptyReceives"
Install = Callable[..., Installation]
BenchOn = Callable[..., Bench]


def take(bench: Bench, count: int = 10, seconds: int = 43_200) -> None:
    """A consumer receives and goes silent."""
    bench.sqs.receive_message(
        QueueUrl=bench.queue.url, MaxNumberOfMessages=count, VisibilityTimeout=seconds
    )


def counting(bench: Bench, **changes: Any) -> None:
    """Let the queue show other attributes than it has."""
    sqs = bench.workbench.gateway.sqs
    real, queue = sqs.attributes, bench.queue

    def attributes(of: Any) -> QueueAttributes:
        found = real(of)
        if of != queue:
            return found
        counts = {k: v for k, v in changes.items() if hasattr(found.counts, k)}
        rest = {k: v for k, v in changes.items() if k not in counts}
        return replace(found, counts=replace(found.counts, **counts), **rest)

    sqs.attributes = attributes  # type: ignore[method-assign]


def upload(bench: Bench, key: str = "a.mp3", age: float = 0) -> None:
    """An object, so many seconds old as far as the console can see."""
    bench.s3.put_object(Bucket=bench.installation.bucket, Key=key, Body=b"x")
    head = bench.workbench.gateway.s3.head(bench.installation.bucket, key)
    assert head.last_modified is not None
    older = replace(head, last_modified=head.last_modified - timedelta(seconds=age))
    bench.workbench.gateway.s3.head = lambda *_: older  # type: ignore[method-assign]
    if age:
        created = bench.workbench.clock.now() - timedelta(days=30)
        counting(bench, created_at=created)


def title(diagnosis: Diagnosis, finding_id: str) -> str:
    finding = diagnosis.finding(finding_id)
    assert finding is not None
    return finding.title


def test_a_consumer_that_holds_everything_for_hours_is_the_cause(
    install: Install, bench_on: BenchOn
) -> None:
    bench = bench_on(install(visibility_timeout=43_200))
    bench.send(5)
    take(bench)
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.in-flight", "consumer.visibility-timeout")
    assert said(diagnosis, "consumer.in-flight") == ("fail", "likely")
    assert "5 messages in flight" in title(diagnosis, "consumer.in-flight")


class Consumer(SystemClock):
    """Whoever waits finds that a consumer has worked meanwhile."""

    def __init__(self) -> None:
        self.work: Callable[[], Any] = lambda: None

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        self.work()
        return cancel.is_set()


@pytest.mark.parametrize("key", [None, "a.mp3"])
def test_a_consumer_that_is_seen_at_work_holds_nothing_up(
    install: Install, bench_on: BenchOn, key: str | None
) -> None:
    clock = Consumer()
    bench = bench_on(install(visibility_timeout=5400), clock=clock)
    upload(bench)
    take(bench)
    assert "consumer.in-flight" in examine(bench.workbench, CHECKS, key).root_causes
    clock.work = lambda: bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    assert examine(bench.workbench, CHECKS, key).root_causes == ()


def test_where_no_count_may_be_read_nothing_is_said_of_them(bench: Bench) -> None:
    def denied(_: Any) -> Any:
        permission = "sqs:GetQueueAttributes"
        raise AwsError("access-denied", "Denied", "Not allowed.", permission=permission)

    upload(bench)
    bench.workbench.gateway.sqs.attributes = denied  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, [*DELIVERY_CHECKS, *METRICS_CHECKS], "a.mp3")
    passed = [f.id for f in diagnosis.findings if f.status == "pass"]
    assert passed == []


def test_of_an_object_of_long_ago_nothing_need_be_in_flight(bench: Bench) -> None:
    upload(bench, age=301)
    take(bench)
    diagnosis = examine(bench.workbench, CONSUMER_CHECKS, "a.mp3")
    assert said(diagnosis, "consumer.in-flight") == ("warn", "likely")


def test_what_lambda_has_in_hand_is_not_stuck_whatever_the_timeout(
    install: Install, bench_on: BenchOn
) -> None:
    bench = bench_on(install(visibility_timeout=5400))
    bench.workbench.gateway.sqs.event_source_mappings = (  # type: ignore[method-assign]
        lambda _: ("arn:aws:lambda:us-east-2:111122223333:function:worker",)
    )
    bench.send(1)
    take(bench)
    assert examine(bench.workbench, CHECKS).root_causes == ()


def test_nothing_is_stuck_for_long_where_nothing_was_in_flight_lately(
    install: Install, bench_on: BenchOn, aws: Any
) -> None:
    bench = bench_on(install(visibility_timeout=5400))
    bench.send(1)
    take(bench)
    put_points(bench, aws, bench.queue.name, {IN_FLIGHT: [0.0] * 15, AGE: [0.0] * 15})
    assert examine(bench.workbench, CHECKS).root_causes == ()


def test_asked_about_a_key_what_is_in_flight_is_where_it_can_be(bench: Bench) -> None:
    upload(bench)
    take(bench)
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert diagnosis.root_causes == ("consumer.in-flight",)


def test_what_was_deleted_before_the_upload_is_no_sign_of_its_being_processed(
    bench: Bench, aws: Any
) -> None:
    upload(bench)
    take(bench)
    put_points(bench, aws, bench.queue.name, {DELETED: [9.0] * 15}, ago=1)
    assert examine(bench.workbench, CHECKS, "a.mp3").root_causes == ("consumer.in-flight",)


def test_what_was_never_sent_is_not_stuck_with_a_consumer(bench: Bench, aws: Any) -> None:
    bench.send(1)
    take(bench)
    bench.s3.put_object(Bucket=bench.installation.bucket, Key="A.MP3", Body=b"x")
    diagnosis = examine(bench.workbench, [*FILTER_CHECKS, *CHECKS], "A.MP3")
    assert diagnosis.root_causes == ("filter.suffix-case",)


def test_what_is_in_flight_is_not_blamed_for_a_key_in_the_dlq(bench: Bench) -> None:
    upload(bench)
    take(bench)
    body = event_body(bench.installation.bucket, "a.mp3")
    bench.sqs.send_message(QueueUrl=bench.dlq.url, MessageBody=body)
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert diagnosis.root_causes == ("consumer.dead-lettered",)


@pytest.mark.parametrize(
    "series",
    [
        {DELETED: [0.0] * 5, AGE: [1000.0]},
        {DELETED: [0.0] * 15, IN_FLIGHT: [5.0] * 15},
    ],
)
def test_cloudwatch_tells_held_from_busy(
    bench: Bench, aws: Any, series: dict[str, list[float]]
) -> None:
    bench.send(5)
    take(bench)
    put_points(bench, aws, bench.queue.name, series)
    assert examine(bench.workbench, CHECKS).root_causes == ("consumer.in-flight",)


def test_a_busy_consumer_is_no_fault(bench: Bench, aws: Any) -> None:
    bench.send(5)
    take(bench, 5, 30)
    series = {DELETED: [9.0] * 15, RECEIVED: [9.0] * 15, SENT: [9.0] * 15, AGE: [3.0] * 15}
    put_points(bench, aws, bench.queue.name, series | {IN_FLIGHT: [5.0] * 15})
    diagnosis = examine(bench.workbench, CHECKS, None)
    assert {f.id: f.status for f in diagnosis.findings if f.status != "pass"} == {}


def test_without_cloudwatch_a_few_in_flight_are_a_warning(bench: Bench) -> None:
    bench.send(2)
    take(bench, 2, 30)
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "consumer.in-flight") == ("warn", "likely")
    assert diagnosis.verdict == "healthy"


def test_what_this_console_holds_itself_is_nobodys_fault(bench: Bench) -> None:
    bench.send(2)
    bench.peek(hold=True)
    assert bench.counts() == (0, 2)
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert said(diagnosis, "consumer.in-flight")[0] == "pass"


@pytest.mark.parametrize(
    ("held", "expected"), [(95_999, "pass"), (100_000, "warn"), (119_000, "fail")]
)
def test_the_quota_in_flight(bench: Bench, held: int, expected: str) -> None:
    counting(bench, in_flight=held, visible=1)
    diagnosis = examine(bench.workbench, CONSUMER_CHECKS)
    assert said(diagnosis, "consumer.in-flight-quota") == (expected, "proven")


def test_messages_that_nobody_receives(bench: Bench, aws: Any) -> None:
    bench.send(4)
    series = {RECEIVED: [0.0] * 15, EMPTY: [0.0] * 15, VISIBLE: [4.0] * 15, AGE: [900.0]}
    put_points(bench, aws, bench.queue.name, series)
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.wrong-queue",)
    assert said(diagnosis, "consumer.wrong-queue") == ("fail", "likely")


@pytest.mark.parametrize(
    "series",
    [
        {RECEIVED: [0.0] * 15, AGE: [20.0]},
        {RECEIVED: [0.0] * 14 + [1.0], AGE: [2000.0], DELETED: [1.0]},
        {RECEIVED: [0.0] * 15, EMPTY: [3.0] * 15, AGE: [2000.0]},
    ],
)
def test_messages_that_wait_for_a_consumer_at_work_are_no_fault(
    bench: Bench, aws: Any, series: dict[str, list[float]]
) -> None:
    bench.send(4)
    put_points(bench, aws, bench.queue.name, series)
    assert fails(examine(bench.workbench, CHECKS)) == []


def test_messages_near_their_retention_expire(bench: Bench, aws: Any) -> None:
    bench.send(1)
    put_points(bench, aws, bench.queue.name, {AGE: [312_000.0], RECEIVED: [1.0]})
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.expired",)
    assert said(diagnosis, "consumer.expired") == ("fail", "likely")


def test_an_object_older_than_a_very_short_retention_has_expired(
    install: Install, bench_on: BenchOn
) -> None:
    bench = bench_on(install(retention=60))
    upload(bench, age=65)
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    assert examine(bench.workbench, CHECKS, "a.mp3").root_causes == ("consumer.expired",)


def test_what_may_be_in_a_dlq_that_hides_its_counts_has_not_expired(
    install: Install, bench_on: BenchOn
) -> None:
    bench = bench_on(install(retention=60))
    upload(bench, age=65)
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    sqs = bench.workbench.gateway.sqs
    real, dlq = sqs.attributes, bench.dlq

    def attributes(of: Any) -> QueueAttributes:
        if of == dlq:
            raise AwsError("access-denied", "No", "Denied.", permission="sqs:GetQueueAttributes")
        return real(of)

    sqs.attributes = attributes  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert fails(diagnosis) == []
    assert said(diagnosis, "consumer.dead-lettered")[0] == "unknown"


def test_an_old_object_that_may_well_be_processed_is_no_fault(bench: Bench) -> None:
    upload(bench, age=345_700)
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert (fails(diagnosis), diagnosis.verdict) == ([], "healthy")


def test_what_was_deleted_after_a_short_retention_did_not_expire(
    install: Install, bench_on: BenchOn, aws: Any
) -> None:
    bench = bench_on(install(retention=60))
    upload(bench, age=65)
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    put_points(bench, aws, bench.queue.name, {DELETED: [1.0]})
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert said(diagnosis, "consumer.expired") == ("warn", "likely")
    assert fails(diagnosis) == []


def test_impatient_polling_and_late_deletes_are_warnings(bench: Bench, aws: Any) -> None:
    series = {EMPTY: [500.0] * 15, RECEIVED: [30.0] * 15, DELETED: [2.0] * 15}
    put_points(bench, aws, bench.queue.name, series)
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "consumer.short-polling") == ("warn", "likely")
    assert said(diagnosis, "consumer.late-delete") == ("warn", "likely")
    assert diagnosis.verdict == "healthy"


def test_lambda_on_the_queue_is_told_and_no_fault(bench: Bench) -> None:
    arn = "arn:aws:lambda:us-east-2:1:function:thumbnails"
    sqs = bench.workbench.gateway.sqs
    sqs.event_source_mappings = lambda _: [arn]  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "consumer.other-consumer") == ("warn", "proven")
    assert diagnosis.verdict == "healthy"


def test_two_functions_on_the_queue_share_its_messages(bench: Bench) -> None:
    both = [f"arn:aws:lambda:us-east-2:1:function:{name}" for name in ("thumbnails", "audio")]
    sqs = bench.workbench.gateway.sqs
    sqs.event_source_mappings = lambda _: both  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.other-consumer",)
    cause = diagnosis.finding("consumer.other-consumer")
    assert cause is not None
    assert cause.evidence["functions"] == sorted(both)


def test_what_lambda_is_at_work_on_is_not_stuck(bench: Bench) -> None:
    upload(bench)
    take(bench, seconds=30)
    sqs = bench.workbench.gateway.sqs
    sqs.event_source_mappings = lambda _: ["arn"]  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert said(diagnosis, "consumer.in-flight") == ("warn", "likely")
    assert diagnosis.verdict == "healthy"


def test_what_may_not_be_read_is_unknown_with_its_permission(bench: Bench) -> None:
    def denied(*_: Any, **__: Any) -> Any:
        raise AwsError(
            "access-denied", "Denied", "Not allowed.", permission="cloudwatch:GetMetricData"
        )

    bench.send(1)
    bench.workbench.gateway.cloudwatch = denied  # type: ignore[method-assign]
    bench.workbench.gateway.sqs.event_source_mappings = denied  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS)
    unknown = {f.id for f in diagnosis.findings if f.status == "unknown"}
    assert unknown == {
        "consumer.expired",
        "consumer.wrong-queue",
        "consumer.late-delete",
        "consumer.short-polling",
        "consumer.other-consumer",
        "metrics.inactive-queue",
        "metrics.dlq-sent-not-counted",
        "metrics.age-hides-poison",
    }
    assert {f.permission for f in diagnosis.findings if f.status == "unknown"} == {
        "cloudwatch:GetMetricData"
    }
    assert diagnosis.verdict == "healthy"


def test_a_queue_that_may_not_be_read_makes_nothing_healthy(bench: Bench) -> None:
    def denied(*_: Any) -> Any:
        raise AwsError("access-denied", "Denied", "No.", permission="sqs:GetQueueAttributes")

    bench.workbench.gateway.sqs.attributes = denied  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS)
    assert (diagnosis.verdict, fails(diagnosis)) == ("unknown", [])
    assert said(diagnosis, "consumer.in-flight")[0] == "unknown"


def test_an_event_that_is_minutes_old_may_still_come(bench: Bench) -> None:
    upload(bench)
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert said(diagnosis, "delivery.delay") == ("warn", "likely")
    assert said(diagnosis, "metrics.approximate-counts") == ("warn", "likely")
    assert diagnosis.verdict == "healthy"


@pytest.mark.parametrize("key", [None, "a.mp3"])
def test_with_time_enough_or_no_key_nothing_is_on_its_way(bench: Bench, key: str | None) -> None:
    upload(bench, age=121)
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    diagnosis = examine(bench.workbench, CHECKS, key)
    told = diagnosis.finding("delivery.delay")
    assert (told.status if told else None) == ("pass" if key else None)


def test_metrics_that_stopped_mislead(bench: Bench, aws: Any) -> None:
    put_points(bench, aws, bench.queue.name, {SENT: [1.0]}, ago=60)
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "metrics.inactive-queue") == ("warn", "likely")
    assert diagnosis.verdict == "healthy"


def test_a_dlq_alarm_on_sent_messages_is_silent_for_ever(bench: Bench) -> None:
    alarm = Alarm("dlq", "OK", SENT, bench.dlq.name, 0.0, "", None)
    cloudwatch = bench.workbench.gateway.cloudwatch(bench.queue.region)
    cloudwatch.alarms = lambda _: (alarm,)  # type: ignore[method-assign]
    bench.workbench.gateway.cloudwatch = lambda _: cloudwatch  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "metrics.dlq-sent-not-counted") == ("warn", "proven")


def test_a_dlq_that_filled_without_a_count_of_it(bench: Bench, aws: Any) -> None:
    bench.send(2, bench.dlq)
    put_points(bench, aws, bench.dlq.name, {SENT: [0.0] * 10})
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "metrics.dlq-sent-not-counted") == ("warn", "proven")


def test_poison_goes_round_and_the_age_stays_low(bench: Bench, aws: Any) -> None:
    bench.send(2)
    series = {AGE: [5.0] * 15, VISIBLE: [2.0] * 15, RECEIVED: [4.0] * 15, DELETED: [0.0] * 15}
    put_points(bench, aws, bench.queue.name, series | {SENT: [0.0] * 15})
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "metrics.age-hides-poison") == ("warn", "likely")


def test_of_another_accounts_queue_no_metrics_are_believed(bench: Bench, aws: Any) -> None:
    """They are known by the queue's name only, and would be those of a namesake."""
    put_points(bench, aws, bench.queue.name, {AGE: [400_000.0]})
    bench.send(1)
    pipeline = bench.workbench.pipeline
    assert pipeline.identity is not None
    elsewhere = replace(pipeline, identity=replace(pipeline.identity, account="999988887777"))
    diagnosis = examine(replace(bench.workbench, pipeline=elsewhere), CHECKS)
    assert diagnosis.finding("consumer.wrong-queue") is None
    assert fails(diagnosis) == []


def received_counts(bench: Bench) -> list[str]:
    answer = bench.sqs.receive_message(
        QueueUrl=bench.queue.url,
        MaxNumberOfMessages=10,
        AttributeNames=["ApproximateReceiveCount"],
    )
    return [m["Attributes"]["ApproximateReceiveCount"] for m in answer["Messages"]]


@pytest.mark.parametrize("mode", [Mode(), Mode(read_only=True)])
def test_the_doctor_receives_nothing_from_the_queue(
    bench_on: BenchOn, installation: Installation, mode: Mode
) -> None:
    bench = bench_on(installation, mode)
    bench.send(3)
    bench.send(1, bench.dlq)
    examine(bench.workbench, CHECKS, "a.mp3")
    assert bench.counts() == (3, 0)
    assert received_counts(bench) == ["1", "1", "1"]


UNUSUAL = (
    {"ReceiveMessageWaitTimeSeconds": "20"},
    {"MessageRetentionPeriod": "1209600"},
    {"MessageRetentionPeriod": "86400"},
    {"MessageRetentionPeriod": "600"},
    {"VisibilityTimeout": "43200"},
    {"VisibilityTimeout": "0"},
    {"DelaySeconds": "1"},
    {"MaximumMessageSize": "65536"},
    {"MaximumMessageSize": "262144"},
    {"RedrivePolicy": ""},
    {"Policy": ""},
    {"SqsManagedSseEnabled": "false"},
)


def test_unusual_settings_of_an_idle_queue_are_healthy(bench: Bench) -> None:
    """One after the other, each left as it is: together they are healthy, too."""
    for attributes in UNUSUAL:
        bench.sqs.set_queue_attributes(QueueUrl=bench.queue.url, Attributes=attributes)
        diagnosis = examine(bench.workbench, CHECKS)
        assert (attributes, fails(diagnosis), diagnosis.verdict) == (attributes, [], "healthy")


def test_a_dlq_of_another_account_that_may_not_be_seen_is_a_warning(bench: Bench) -> None:
    assert bench.workbench.pipeline.dlq is not None
    arn = f"arn:aws:sqs:us-east-2:999988887777:{bench.dlq.name}"
    dlq = replace(bench.dlq, arn=arn, url=bench.dlq.url + "-not-here")
    pipeline = replace(bench.workbench.pipeline, dlq=dlq)
    diagnosis = examine(replace(bench.workbench, pipeline=pipeline), CHECKS)
    assert said(diagnosis, "consumer.dead-lettered") == ("warn", "likely")
    assert diagnosis.verdict == "healthy"


def test_a_cancelled_diagnosis_ends_its_look(bench: Bench) -> None:
    from console.errors import Cancelled
    from console.operations.doctor.dlq_look import dlq_look
    from console.operations.doctor.facts import Facts

    bench.send(3, bench.dlq)
    cancel = threading.Event()
    facts = Facts(bench.workbench, None, cancel)
    cancel.set()
    with pytest.raises(Cancelled):
        facts(dlq_look)
    assert bench.counts(bench.dlq) == (3, 0)
