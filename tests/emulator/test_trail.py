"""The trail of SQS's calls on a server, and of S3's as AWS would tell them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.aws.cloudtrail import CloudTrail
from console.aws.trail_records import trail_event
from console.errors import AwsError, Cancelled, UsageError
from console.local.backend import start_backend
from console.local.clients import Caller
from console.models.trail import Change, TrailPage, TrailReport
from console.operations.trail import trail
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.unit.trail_samples import notification, raw, rule

DAY = timedelta(hours=24)


def run(bench: Bench, window: timedelta = DAY, **options: Any) -> TrailReport:
    return trail(bench.workbench, window, **{"cancel": threading.Event(), **options})


def of_queues(report: TrailReport) -> list[tuple[str, str]]:
    return [(c.event.name, c.resource) for c in report.changes if c.resource != "bucket"]


@pytest.fixture
def bucket_events(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let CloudTrail tell these S3 events, which the emulator records under another name."""
    real = CloudTrail.events

    def tell(*events: dict[str, Any]) -> None:
        def answer(self: CloudTrail, name: str, **window: Any) -> TrailPage:
            if "Bucket" not in name:
                return real(self, name, **window)
            return TrailPage(tuple(trail_event(e) for e in events if e["EventName"] == name), None)

        monkeypatch.setattr(CloudTrail, "events", answer)

    return tell


def test_what_was_done_to_both_queues_comes_newest_first(bench: Bench) -> None:
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.queue.url, Attributes={"MessageRetentionPeriod": "600"}
    )
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.queue.url, Attributes={"MessageRetentionPeriod": "60"}
    )
    bench.sqs.purge_queue(QueueUrl=bench.dlq.url)
    report = run(bench)
    assert of_queues(report)[:3] == [
        ("PurgeQueue", "dlq"),
        ("SetQueueAttributes", "queue"),
        ("SetQueueAttributes", "queue"),
    ]
    newest = next(c for c in report.changes if c.event.name == "SetQueueAttributes")
    (field,) = newest.fields
    assert (field.field, field.before, field.after) == ("MessageRetentionPeriod", "600", "60")
    assert newest.event.who is not None
    assert bench.installation.account in newest.event.who
    times = [c.event.at for c in report.changes]
    assert times == sorted(times, reverse=True)
    assert report.errors == ()


def test_changes_of_other_queues_are_left_out(
    bench: Bench, install: Callable[..., Installation]
) -> None:
    other = install()
    bench.sqs.purge_queue(QueueUrl=other.queue_url)
    names = {c.name for c in run(bench).changes if c.resource != "bucket"}
    assert names == {bench.queue.name, bench.dlq.name}


def test_changes_are_told_as_they_are_found(bench: Bench) -> None:
    heard: list[Change] = []
    steps: list[str] = []
    report = run(bench, on_change=heard.append, on_progress=lambda p: steps.append(p.name))
    assert sorted(heard, key=id) == sorted(report.changes, key=id)
    assert steps[0] == "PutBucketNotification"
    assert len(steps) == len(set(steps))


def test_an_earlier_time_is_outside_the_window(bench: Bench) -> None:
    assert of_queues(run(bench, timedelta(milliseconds=1))) == []


def test_a_rule_that_was_replaced_shows_both(
    bench: Bench, bucket_events: Callable[..., None]
) -> None:
    name, now = bench.installation.bucket, bench.workbench.clock.now()
    bucket_events(
        raw("PutBucketNotification", 60, notification(rule(".mp3"), bucket=name), at=now),
        raw("PutBucketNotification", 5, notification(rule(".wav"), bucket=name), at=now),
        raw("PutBucketNotification", 4, notification(rule(".x"), bucket="another"), at=now),
    )
    put, _ = [c for c in run(bench).changes if c.resource == "bucket"]
    assert [(f.before, f.after) for f in put.fields] == [(".mp3", ".wav")]


def test_the_answer_says_what_it_cannot_show(bench: Bench) -> None:
    notes = " ".join(run(bench).notes)
    for word in ("15", "PutObject", "SendMessage", "90 days", bench.installation.region):
        assert word in notes


def test_a_bucket_elsewhere_is_asked_about_where_it_is(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[tuple[str, bool]] = set()

    def answer(self: CloudTrail, name: str, *, start: datetime, **_: Any) -> TrailPage:
        asked.add((self.region, "Bucket" in name))
        return TrailPage((), None)

    monkeypatch.setattr(CloudTrail, "events", answer)
    monkeypatch.setattr("console.aws.s3.S3.bucket_region", lambda *_: "eu-west-1")
    notes = " ".join(run(bench).notes)
    assert asked == {("eu-west-1", True), (bench.installation.region, False)}
    assert "eu-west-1" in notes


def denied(*_: Any, **__: Any) -> Any:
    raise AwsError("access-denied", "Access denied", "No.", permission="cloudtrail:LookupEvents")


def test_a_refused_history_is_asked_once_and_is_no_empty_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def answer(self: CloudTrail, name: str, **_: Any) -> TrailPage:
        calls.append(name)
        return denied()

    monkeypatch.setattr(CloudTrail, "events", answer)
    report = run(bench)
    assert len(calls) == 2  # one for the bucket's side, one for the queue's
    (error,) = report.errors
    assert isinstance(error, AwsError)
    assert error.permission == "cloudtrail:LookupEvents"


def test_one_side_that_is_denied_leaves_the_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = CloudTrail.events

    def answer(self: CloudTrail, name: str, **window: Any) -> TrailPage:
        return denied() if "Bucket" in name else real(self, name, **window)

    monkeypatch.setattr(CloudTrail, "events", answer)
    report = run(bench)
    assert len(report.errors) == 1
    assert of_queues(report)


def test_without_a_bucket_only_queues_are_asked_about(bench: Bench) -> None:
    alone = replace(bench.workbench, pipeline=replace(bench.workbench.pipeline, bucket=None))
    steps: list[str] = []
    report = run(replace(bench, workbench=alone), on_progress=lambda p: steps.append(p.name))
    assert not any("Bucket" in name for name in steps)
    assert any("No bucket" in note for note in report.notes)


def test_without_any_region_nothing_is_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.aws.s3.S3.bucket_region", denied)
    pipeline = replace(bench.workbench.pipeline, queue=None, dlq=None, region="unknown")
    with pytest.raises(UsageError) as caught:
        run(replace(bench, workbench=replace(bench.workbench, pipeline=pipeline)))
    assert "--region" in caught.value.remedy


def test_a_stopped_search_ends(bench: Bench) -> None:
    cancel = threading.Event()
    with pytest.raises(Cancelled):
        run(bench, cancel=cancel, on_progress=lambda p: cancel.set())


@pytest.mark.parametrize("days", [0, 91])
def test_a_window_cloudtrail_does_not_keep_is_wrong_usage(bench: Bench, days: int) -> None:
    with pytest.raises(UsageError):
        run(bench, timedelta(days=days))


def test_the_local_backend_records_what_aws_would(bench: Bench) -> None:
    bucket = bench.installation.bucket
    bench.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    with pytest.raises(bench.s3.exceptions.ClientError):
        bench.s3.put_bucket_notification_configuration(
            Bucket=bucket,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {"QueueArn": f"{bench.queue.arn}-gone", "Events": ["s3:ObjectCreated:*"]}
                ]
            },
        )
    bench.s3.put_bucket_policy(
        Bucket=bucket,
        Policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "No",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:PutObject",
                        "Resource": f"arn:aws:s3:::{bucket}/x/*",
                    }
                ],
            }
        ),
    )
    bench.s3.delete_bucket_policy(Bucket=bucket)
    bench.send(1)
    changes = [c for c in run(bench).changes if c.resource == "bucket"]
    assert [c.event.name for c in changes] == [
        "DeleteBucketPolicy", "PutBucketPolicy", "PutBucketNotification", "PutBucketNotification",
        "PutBucketNotification", "CreateBucket",
    ]  # fmt: skip
    deleted, put, refused, emptied, made, _ = changes
    assert ("bucketPolicy.Statement[No].Effect", "Deny", None) in fields(deleted)
    assert not any(f.before_known for f in put.fields)
    assert refused.event.error is not None
    assert emptied.event.error is None
    queue = "NotificationConfiguration.QueueConfiguration"
    assert any(f.startswith(queue) and after is None for f, _, after in fields(emptied))
    assert bench.queue.arn in [after for _, _, after in fields(made)]


def test_the_key_is_found_behind_its_alias(bench: Bench, aws: Callable[[str], Any]) -> None:
    kms = aws("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/uploads", TargetKeyId=key)
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.queue.url, Attributes={"KmsMasterKeyId": "alias/uploads"}
    )
    kms.disable_key(KeyId=other)
    kms.disable_key(KeyId=key)
    (change,) = [c for c in run(bench).changes if c.resource == "key"]
    assert change.event.name == "DisableKey"
    assert change.name.endswith(key)


def test_a_local_installation_has_stood_for_hours() -> None:
    with start_backend(traffic=False) as backend:
        caller = Caller(
            backend.endpoint_url, backend.region, backend.access_key, backend.secret_key
        )
        made = caller.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateQueue"}]
        )["Events"]
    read = [trail_event(event) for event in made]
    assert len(read) == 2
    for raw_event, event in zip(made, read, strict=True):
        age = datetime.now(UTC) - event.at
        assert timedelta(hours=19) < age < timedelta(hours=21)
        written = json.loads(raw_event["CloudTrailEvent"])["eventTime"]
        assert abs(datetime.fromisoformat(written) - event.at) < timedelta(seconds=2)


def fields(change: Change) -> list[tuple[str, str | None, str | None]]:
    return [(f.field, f.before, f.after) for f in change.fields]
