"""The upload test on real pipelines: healthy, broken, busy, cancelled; it always cleans up."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from console.aws.errors import CallContext, translate
from console.errors import AwsError, Cancelled, Refused, UsageError
from console.models.pipeline import Mode
from console.models.upload import UploadOptions, UploadReport, UploadStep
from console.operations.upload_history import upload_history
from console.operations.upload_test import run_upload_test
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.fakes import AheadClock

Install = Callable[..., Installation]
BenchOn = Callable[..., Bench]


def run(
    bench: Bench,
    *,
    cancel: threading.Event | None = None,
    on_step: Callable[[UploadStep], None] = lambda step: None,
    **options: Any,
) -> UploadReport:
    """One run with a time-out short enough for a test."""
    return run_upload_test(
        bench.workbench,
        UploadOptions(**{"timeout": 5.0, **options}),
        cancel=cancel or threading.Event(),
        on_step=on_step,
    )


def statuses(report: UploadReport) -> dict[str, str]:
    return {step.name: step.status for step in report.steps}


def hold_for_a_few_looks(bench: Bench) -> None:
    """As long as these calls take, the run's own count watch can see who holds a message."""
    for _ in range(60):
        bench.counts()


ALL_PASS = dict.fromkeys(("upload", "event", "verify", "read", "clean-up"), "pass")


@pytest.mark.parametrize("presigned", [False, True])
def test_a_healthy_pipeline_passes_and_nothing_is_left(bench: Bench, presigned: bool) -> None:
    heard: list[tuple[str, str]] = []
    report = run(
        bench, presigned=presigned, on_step=lambda step: heard.append((step.name, step.status))
    )
    assert statuses(report) == ALL_PASS
    assert report.ok is True
    assert report.key.startswith("event-console-test/")
    assert report.key.endswith(".mp3")
    assert report.upload_to_event_seconds is not None
    assert 0 <= report.upload_to_event_seconds < 5
    assert heard == [(name, status) for name in ALL_PASS for status in ("running", "pass")]
    assert bench.counts() == (0, 0)
    assert bench.keys() == []


def test_messages_of_others_are_visible_again_after_one_attempt(bench: Bench) -> None:
    bench.send(40)
    report = run(bench)
    assert report.ok is True
    assert bench.counts() == (40, 0)
    counts: set[str] = set()
    for _ in range(4):
        answer = bench.sqs.receive_message(
            QueueUrl=bench.queue.url, MaxNumberOfMessages=10, AttributeNames=["All"]
        )
        counts |= {raw["Attributes"]["ApproximateReceiveCount"] for raw in answer["Messages"]}
    assert counts <= {"1", "2"}


def test_without_notification_it_fails_in_time_names_the_cause_and_leaves_nothing(
    install: Install, bench_on: BenchOn
) -> None:
    bench = bench_on(install(notification=False))
    bench.send(3)
    report = run(bench, timeout=2.0)
    assert report.ok is False
    assert statuses(report) == {**ALL_PASS, "event": "fail", "verify": "skipped"}
    assert report.root_causes == ("bucket.no-notification",)
    assert report.upload_to_event_seconds is None
    foreign = bench.sqs.receive_message(QueueUrl=bench.queue.url, AttributeNames=["All"])
    assert foreign["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "1"
    assert bench.keys() == []


@pytest.mark.parametrize(
    ("changes", "prefix", "cause"),
    [
        ({"events": ("s3:ObjectCreated:Copy",)}, None, "bucket.events-not-covered"),
        ({"prefix": "in/"}, "out/", "filter.prefix"),
    ],
)
def test_a_rule_that_does_not_fire_is_named(
    install: Install, bench_on: BenchOn, changes: dict[str, Any], prefix: str | None, cause: str
) -> None:
    bench = bench_on(install(**changes))
    report = run(bench, timeout=1.0, prefix=prefix)
    assert report.root_causes == (cause,)
    assert bench.keys() == []


def test_a_queue_policy_taken_away_is_named(bench: Bench) -> None:
    bench.sqs.set_queue_attributes(QueueUrl=bench.queue.url, Attributes={"Policy": ""})
    report = run(bench, timeout=1.0)
    assert report.root_causes == ("policy.no-allow",)
    assert report.ok is False


def test_the_key_follows_the_rules_prefix_and_suffix(install: Install, bench_on: BenchOn) -> None:
    bench = bench_on(install(prefix="in/", suffix=".MP3"))
    report = run(bench)
    assert report.ok is True
    assert report.key.startswith("in/event-console-test/")
    assert report.key.endswith(".MP3")


def test_a_versioned_bucket_keeps_no_version_and_no_marker(
    install: Install, bench_on: BenchOn
) -> None:
    bench = bench_on(install(versioned=True))
    assert run(bench).ok is True
    listed = bench.s3.list_object_versions(Bucket=bench.installation.bucket)
    assert listed.get("Versions", []) == []
    assert listed.get("DeleteMarkers", []) == []


def test_a_bucket_with_suspended_versioning_keeps_no_marker(
    install: Install, bench_on: BenchOn
) -> None:
    bench = bench_on(install(versioned=True))
    bench.s3.put_bucket_versioning(
        Bucket=bench.installation.bucket, VersioningConfiguration={"Status": "Suspended"}
    )
    assert run(bench).ok is True
    listed = bench.s3.list_object_versions(Bucket=bench.installation.bucket)
    assert listed.get("Versions", []) == []
    assert listed.get("DeleteMarkers", []) == []


def test_the_removal_event_it_causes_is_removed_too(install: Install, bench_on: BenchOn) -> None:
    bench = bench_on(install(events=("s3:ObjectCreated:*", "s3:ObjectRemoved:*")))
    bench.send(5)
    report = run(bench)
    assert report.ok is True
    assert "removal event deleted" in report.steps[-1].detail
    assert bench.counts() == (5, 0)


def test_the_removal_event_that_comes_through_a_topic_is_removed_too(
    install: Install, bench_on: BenchOn, aws: Callable[[str], Any]
) -> None:
    bench = bench_on(install(notification=False))
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    topic = aws("sns").create_topic(Name=bench.queue.name, Attributes={"Policy": policy})
    bench.sqs.set_queue_attributes(QueueUrl=bench.queue.url, Attributes={"Policy": policy})
    aws("sns").subscribe(TopicArn=topic["TopicArn"], Protocol="sqs", Endpoint=bench.queue.arn)
    rule = {
        "TopicArn": topic["TopicArn"],
        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
    }
    bench.s3.put_bucket_notification_configuration(
        Bucket=bench.installation.bucket, NotificationConfiguration={"TopicConfigurations": [rule]}
    )
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    report = run(bench)
    assert report.ok is True
    assert bench.keys() == []
    assert bench.counts() == (0, 0)


def test_a_scarce_message_of_somebody_else_stops_the_receiving(
    install: Install, bench_on: BenchOn
) -> None:
    bench = bench_on(install(max_receive_count=2))
    bench.send(30)
    report = run(bench)
    assert statuses(report)["event"] == "skipped"
    assert "one attempt left" in report.steps[1].detail
    assert "left to the consumer" in report.steps[-1].detail
    assert report.ok is False
    assert bench.counts()[1] == 0
    assert bench.keys() == []
    assert bench.counts(bench.dlq) == (0, 0)


def test_a_deep_queue_is_left_alone_and_nothing_is_uploaded(bench: Bench) -> None:
    bench.send(101)
    report = run(bench)
    assert statuses(report)["event"] == "skipped"
    assert "101" in report.steps[1].detail
    assert report.ok is False
    assert bench.keys() == []
    raw = bench.sqs.receive_message(QueueUrl=bench.queue.url, AttributeNames=["All"])
    assert raw["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "1"


def test_others_are_hidden_for_a_minute_at_most(install: Install, bench_on: BenchOn) -> None:
    clock = AheadClock()
    bench = bench_on(install(events=("s3:ObjectTagging:*",)), clock=clock)
    bench.send(5)
    steps: list[str] = []

    def a_slow_minute(step: UploadStep) -> None:
        steps.append(step.name)

    bench.workbench.leases.tick = lambda: clock.advance(19.0) or ()  # type: ignore[method-assign]
    report = run(bench, timeout=600.0, on_step=a_slow_minute)
    assert statuses(report)["event"] == "skipped"
    assert "60 s" in report.steps[1].detail


@pytest.mark.parametrize("deletes", [True, False])
def test_a_consumer_that_takes_the_event_is_no_failure_of_s3(
    install: Install, bench_on: BenchOn, deletes: bool
) -> None:
    bench = bench_on(install(visibility_timeout=3))
    kept: list[list[str]] = []
    told: list[str] = []

    def take_first(step: UploadStep) -> None:
        """Somebody receives the event between the upload and the console's first receive."""
        if (step.name, step.status) != ("upload", "pass"):
            return
        (raw,) = bench.sqs.receive_message(QueueUrl=bench.queue.url)["Messages"]
        hold_for_a_few_looks(bench)
        if deletes:
            bench.sqs.delete_message(QueueUrl=bench.queue.url, ReceiptHandle=raw["ReceiptHandle"])

    def object_while_consumer_may_read(step: UploadStep) -> None:
        take_first(step)
        if (step.name, step.status) == ("clean-up", "running"):
            kept.append(bench.keys())
            told.append(step.detail)

    report = run(bench, timeout=1.5, on_step=object_while_consumer_may_read)
    assert report.ok is None
    assert report.taken_by_consumer is True
    assert report.root_causes == ()
    assert statuses(report) == {**ALL_PASS, "event": "skipped", "verify": "skipped"}
    assert kept == [[report.key]]
    assert "3 s" in told[0]
    assert bench.keys() == []


def test_keep_leaves_object_and_message(bench: Bench) -> None:
    report = run(bench, keep=True)
    assert report.ok is True
    assert bench.keys() == [report.key]
    assert bench.counts() == (1, 0)


def test_a_file_of_ones_own_is_uploaded_as_it_is(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_bytes(b"no audio at all")
    report = run(bench, file=file)
    assert report.ok is True
    assert "no audio" in report.steps[3].detail


def test_a_file_that_is_not_there_is_a_usage_error(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        run(bench, file=tmp_path / "none.mp3")
    assert bench.workbench.journal.operations() == ()


def test_cancelled_while_waiting_it_cleans_up_first(install: Install, bench_on: BenchOn) -> None:
    bench = bench_on(install(events=("s3:ObjectTagging:*",)))
    bench.send(3)
    cancel = threading.Event()

    def stop(step: UploadStep) -> None:
        if step.name == "event":
            cancel.set()

    with pytest.raises(Cancelled):
        run(bench, cancel=cancel, on_step=stop, timeout=60.0)
    assert bench.keys() == []
    assert bench.counts() == (3, 0)
    (past,) = upload_history(bench.workbench.journal)
    assert past.steps[-1].status == "pass"


@pytest.mark.parametrize("heard", ["running", "pass"])
def test_cancelled_before_the_event_was_received_it_leaves_no_event(
    bench: Bench, heard: str
) -> None:
    bench.send(3)
    cancel = threading.Event()

    def at_the_upload(step: UploadStep) -> None:
        if (step.name, step.status) == ("upload", heard):
            cancel.set()

    with pytest.raises(Cancelled):
        run(bench, cancel=cancel, on_step=at_the_upload)
    assert bench.keys() == []
    assert bench.counts() == (3, 0)


def test_a_message_that_may_not_be_deleted_does_not_keep_the_object(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        answer = {"Error": {"Code": "AccessDenied", "Message": "no"}}
        raise translate(
            ClientError(answer, "DeleteMessageBatch"),  # pyright: ignore[reportArgumentType]
            CallContext("sqs:DeleteMessage", "queue q"),
        )

    monkeypatch.setattr(bench.workbench.gateway.sqs, "delete", refuse)
    report = run(bench)
    assert statuses(report) == {**ALL_PASS, "clean-up": "fail"}
    assert "sqs:DeleteMessage" in report.steps[-1].detail
    assert bench.keys() == []
    assert bench.counts() == (1, 0)


def test_an_upload_that_is_refused_fails_at_its_step(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        raise translate(
            ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject"),
            CallContext("s3:PutObject", "object x"),
        )

    monkeypatch.setattr(type(bench.workbench.gateway.s3), "put", refused)
    report = run(bench)
    assert statuses(report)["upload"] == "fail"
    assert "s3:PutObject" in report.steps[0].detail
    assert statuses(report)["event"] == "skipped"
    assert report.ok is False


def test_an_error_while_waiting_still_cleans_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def expired(*_: Any, **__: Any) -> None:
        raise AwsError("expired", "Credentials expired", "The session's credentials have expired.")

    monkeypatch.setattr(type(bench.workbench.gateway.sqs), "receive", expired)
    report = run(bench)
    assert statuses(report)["event"] == "fail"
    assert "expired" in report.steps[1].detail
    assert bench.keys() == []


def test_read_only_refuses_before_anything_is_written(
    installation: Installation, bench_on: BenchOn
) -> None:
    bench = bench_on(installation, Mode(read_only=True, allow_peek=True))
    with pytest.raises(Refused):
        run(bench)
    assert bench.keys() == []


def test_runs_are_kept_in_the_journal_newest_first(bench: Bench) -> None:
    first, second = run(bench), run(bench)
    history = upload_history(bench.workbench.journal)
    assert [r.key for r in history] == [second.key, first.key]
    assert history[0] == second
    entries = bench.workbench.journal.entries(bench.workbench.journal.operations()[0].id)
    changes = [(e.action, e.outcome) for e in entries if e.action != "receive"]
    assert changes == [("put-object", "ok"), ("delete-message", "ok"), ("delete-object", "ok")]
