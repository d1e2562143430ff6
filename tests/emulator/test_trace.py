"""Following one object on the emulator: what is told of each step, and where it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from console.aws.gateway import open_gateway
from console.errors import Cancelled
from console.models.peek import PeekOptions
from console.models.pipeline import Mode
from console.models.signs import Signs
from console.models.trace import Trace, TraceStep
from console.operations import trace_queue
from console.operations.discover import discover
from console.operations.doctor.facts import Facts
from console.operations.peek import peek
from console.operations.trace import trace
from tests.conftest import Installation
from tests.emulator.conftest import Bench

KEY = "uploads/a b/[live] 50%.mp3"


def traced(bench: Bench, key: str = KEY, **options: Any) -> Trace:
    return trace(bench.workbench, key, cancel=threading.Event(), **options)


def step(found: Trace, name: str) -> TraceStep:
    [one] = [s for s in found.steps if s.name == name]
    return one


def upload(bench: Bench, key: str = KEY) -> None:
    bench.s3.put_object(Bucket=bench.installation.bucket, Key=key, Body=b"sound")


def wait_for(bench: Bench, visible: int = 1) -> None:
    """Until so many messages are there: events are sent from a thread of the emulator's."""
    tick = threading.Event()
    for _ in range(500):
        if bench.counts()[0] == visible:
            return
        tick.wait(0.01)
    raise AssertionError("no event came")


def test_an_event_that_waits_is_found_by_a_scan_and_given_back(bench: Bench) -> None:
    bench.send(3)
    upload(bench)
    wait_for(bench, 4)
    found = traced(bench, scan=True)
    assert (found.where, found.bucket) == ("waiting", bench.installation.bucket)
    waiting = step(found, "waiting")
    assert (waiting.status, waiting.source) == ("yes", "sqs:ReceiveMessage")
    assert waiting.at is not None
    assert bench.counts() == (4, 0)


def test_without_a_scan_nothing_is_received_and_nothing_claimed(bench: Bench) -> None:
    upload(bench)
    wait_for(bench)
    found = traced(bench)
    assert (found.where, step(found, "waiting").status) == ("unknown", "unknown")
    assert "--scan" in found.sentence
    [message] = bench.sqs.receive_message(
        QueueUrl=bench.queue.url, AttributeNames=["ApproximateReceiveCount"]
    )["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_the_steps_of_an_upload_are_told_in_order_with_their_sources(bench: Bench) -> None:
    upload(bench)
    wait_for(bench)
    told: list[TraceStep] = []
    found = traced(bench, on_step=told.append)
    assert told == list(found.steps)
    assert [s.name for s in told[:5]] == ["created", "versions", "configured", "matched", "allowed"]
    created = step(found, "created")
    assert (created.status, created.source) == ("yes", "s3:HeadObject")
    assert "in one request" in created.detail
    assert created.at is not None
    assert step(found, "versions").status == "no"
    assert step(found, "matched").status == "yes"
    assert step(found, "allowed").status == "yes"
    assert step(found, "gone").status == "no"


def test_what_a_consumer_holds_may_be_it(bench: Bench) -> None:
    upload(bench)
    wait_for(bench)
    bench.sqs.receive_message(QueueUrl=bench.queue.url)
    found = traced(bench, scan=True)
    assert step(found, "waiting").status == "no"
    assert step(found, "in_flight").status == "unknown"
    assert found.where in ("in_flight", "unknown")


def test_a_key_that_no_rule_matches_is_lost_whatever_consumers_hold(bench: Bench) -> None:
    bench.send(1)
    bench.sqs.receive_message(QueueUrl=bench.queue.url)
    upload(bench, "uploads/NEW.MP3")
    found = traced(bench, "uploads/NEW.MP3", scan=True)
    assert step(found, "matched").status == "no"
    assert "case" in step(found, "matched").detail
    assert found.where == "lost"
    assert "no rule fires" in found.sentence
    assert found.root_causes == ("filter.suffix-case",)


def test_a_dead_letter_is_found_where_it_is(bench_on: Any, install: Any) -> None:
    bench: Bench = bench_on(install(max_receive_count=1, visibility_timeout=0))
    upload(bench)
    wait_for(bench)
    for _ in range(2):
        bench.sqs.receive_message(QueueUrl=bench.queue.url)
    found = traced(bench)
    assert found.where == "dead_lettered"
    assert step(found, "dead_lettered").at is not None


def test_an_event_that_s3_may_not_send_is_lost(bench_on: Any, install: Any) -> None:
    # Put unchecked, as S3 would refuse a rule to a queue that it may not send to.
    bench: Bench = bench_on(install())
    bench.sqs.set_queue_attributes(QueueUrl=bench.queue.url, Attributes={"Policy": ""})
    upload(bench)
    found = traced(bench)
    assert step(found, "allowed").status == "no"
    assert (found.where, found.root_causes[:1]) == ("lost", ("policy.no-allow",))


def test_an_object_that_was_deleted_is_gone(bench_on: Any, install: Any) -> None:
    bench: Bench = bench_on(install(versioned=True))
    upload(bench)
    wait_for(bench)
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    bench.s3.delete_object(Bucket=bench.installation.bucket, Key=KEY)
    found = traced(bench)
    assert found.where == "gone"
    assert step(found, "created").status == "yes"
    assert step(found, "gone").at is not None
    assert "delete marker" in step(found, "versions").detail


def test_an_upload_in_parts_is_told_as_one(bench: Bench) -> None:
    names = {"Bucket": bench.installation.bucket, "Key": KEY}
    begun = bench.s3.create_multipart_upload(**names)["UploadId"]
    open_one = traced(bench)
    assert (open_one.where, step(open_one, "created").status) == ("lost", "no")
    assert step(open_one, "created").source == "s3:ListMultipartUploads"
    part = bench.s3.upload_part(**names, UploadId=begun, PartNumber=1, Body=b"sound")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    bench.s3.complete_multipart_upload(**names, UploadId=begun, MultipartUpload=parts)
    assert "1 part" in step(traced(bench), "created").detail


def test_read_only_no_scan_is_made_and_that_is_said(
    bench_on: Any, installation: Installation
) -> None:
    bench: Bench = bench_on(installation, mode=Mode(read_only=True))
    upload(bench)
    wait_for(bench)
    waiting = step(traced(bench, scan=True), "waiting")
    assert waiting.status == "unknown"
    assert "read-only" in waiting.detail


def test_the_budget_is_kept(bench_on: Any, install: Any) -> None:
    bench: Bench = bench_on(install(max_receive_count=1))
    upload(bench)
    wait_for(bench)
    found = traced(bench, scan=True)
    assert step(found, "waiting").status == "unknown"
    assert bench.counts() == (1, 0)


def test_what_may_not_be_read_is_unknown_and_named(
    bench_on: Any,
    installation: Installation,
    aws: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload_key = {"Bucket": installation.bucket, "Key": KEY}
    aws("s3").put_object(**upload_key, Body=b"sound")
    bench: Bench = bench_on(installation)
    bench.workbench.close()
    access_key, secret_key = create_reader(aws("iam"), "sqs:*", "s3:GetBucketNotification")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret_key)
    gateway = open_gateway(bench.settings())
    pipeline = discover(gateway, bench.settings(), Mode(), forgiving=True)
    workbench = replace(bench.workbench, gateway=gateway, pipeline=pipeline)
    found = traced(replace(bench, workbench=workbench))
    created = step(found, "created")
    assert created.status == "unknown"
    assert "s3:ListBucket" in created.detail
    assert step(found, "matched").status != "no"
    assert found.where == "unknown"


def create_reader(iam: Any, *actions: str) -> tuple[str, str]:
    """A user that may do nothing else; its access key."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="some", PolicyDocument=policy)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def test_a_cancel_ends_it(bench: Bench) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        trace(bench.workbench, KEY, cancel=cancel)


def test_messages_that_the_console_holds_itself_are_not_taken_for_waiting(bench: Bench) -> None:
    upload(bench)
    wait_for(bench)
    peek(
        bench.workbench,
        bench.queue,
        PeekOptions(hold=True),
        cancel=threading.Event(),
        on_message=lambda _: None,
    )
    assert step(traced(bench, scan=True), "in_flight").status == "unknown"


def test_a_message_that_is_dead_lettered_meanwhile_is_not_missed(
    bench_on: Any, install: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench: Bench = bench_on(install(max_receive_count=1, visibility_timeout=0))
    upload(bench)
    wait_for(bench)
    bench.sqs.receive_message(QueueUrl=bench.queue.url)
    look = trace_queue.look

    def look_before_it_moves(facts: Facts, *, scanning: bool) -> trace_queue.Seen:
        seen = look(facts, scanning=scanning)
        bench.sqs.receive_message(QueueUrl=bench.queue.url)
        return seen

    monkeypatch.setattr(trace_queue, "look", look_before_it_moves)
    assert traced(bench).where == "dead_lettered"


@pytest.mark.parametrize(
    ("result", "where"), [("results/[live] 50%.json", "processed"), ("", "lost")]
)
def test_a_sign_of_processing_tells_what_became_of_it(
    bench: Bench, result: str, where: str
) -> None:
    upload(bench)
    wait_for(bench)
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    if result:
        upload(bench, result)
    pipeline = replace(bench.workbench.pipeline, signs=Signs(object="results/{stem}.json"))
    found = traced(replace(bench, workbench=replace(bench.workbench, pipeline=pipeline)))
    assert found.where == where
    assert step(found, "processed").status == ("yes" if result else "no")


def test_a_bucket_that_is_not_there_is_told(bench: Bench) -> None:
    bench.s3.delete_bucket(Bucket=bench.installation.bucket)
    found = traced(bench)
    assert step(found, "created").detail == "There is no such bucket."
    assert found.root_causes[:1] == ("bucket.wrong-bucket",)
