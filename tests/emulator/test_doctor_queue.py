"""The doctor on the queue itself: gone, of the wrong kind, elsewhere, too small, too slow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.local.clients import Caller
from console.models.pipeline import Mode
from console.operations.discover import discover
from console.operations.doctor.bucket_checks import BUCKET_CHECKS
from console.operations.doctor.queue_checks import QUEUE_CHECKS
from console.operations.doctor.queue_limit_checks import QUEUE_LIMIT_CHECKS
from console.operations.workbench import Workbench
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.emulator.examining import examine, fails, said

CHECKS = (*QUEUE_CHECKS, *QUEUE_LIMIT_CHECKS)
WITH_BUCKET = (*BUCKET_CHECKS, *CHECKS)
Install = Callable[..., Installation]
BenchOn = Callable[..., Bench]


def set_attributes(bench: Bench, **attributes: str) -> None:
    bench.sqs.set_queue_attributes(QueueUrl=bench.queue.url, Attributes=attributes)


def anew(bench: Bench, **named: Any) -> Workbench:
    """The bench's workbench as it is found now, by who looks for a fault."""
    gateway = bench.workbench.gateway
    pipeline = discover(gateway, bench.settings(**named), Mode(), forgiving=True)
    return replace(bench.workbench, pipeline=pipeline)


def test_a_reference_installation_is_healthy(bench: Bench) -> None:
    diagnosis = examine(bench.workbench, CHECKS)
    assert {f.status for f in diagnosis.findings} == {"pass"}
    assert diagnosis.verdict == "healthy"


def test_a_queue_that_is_gone_is_the_one_thing_said(bench: Bench) -> None:
    bench.sqs.delete_queue(QueueUrl=bench.queue.url)
    diagnosis = examine(anew(bench), CHECKS)
    assert diagnosis.root_causes == ("queue.missing",)
    assert said(diagnosis, "queue.missing") == ("fail", "proven")
    assert [f.id for f in diagnosis.findings] == ["queue.missing", "queue.other-account"]


def test_in_another_account_gone_is_likely_only(bench: Bench) -> None:
    arn = f"arn:aws:sqs:us-east-2:999988887777:{bench.queue.name}"
    diagnosis = examine(anew(bench, queue=arn), CHECKS)
    assert said(diagnosis, "queue.missing") == ("fail", "likely")
    assert said(diagnosis, "queue.other-account") == ("warn", "likely")


def test_where_no_queue_is_known_one_unknown_says_so(bench_on: BenchOn, install: Install) -> None:
    bench = bench_on(install(notification=False))
    diagnosis = examine(anew(bench, queue=None), CHECKS)
    assert [(f.id, f.status) for f in diagnosis.findings] == [("queue.missing", "unknown")]
    assert diagnosis.verdict == "unknown"


@pytest.mark.parametrize("relayed", [False, True])
def test_a_fifo_queue_cannot_be_sent_to_except_through_eventbridge(
    bench: Bench, relayed: bool
) -> None:
    name = bench.queue.name + ".fifo"
    bench.sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})
    relay = {"EventBridgeConfiguration": {}} if relayed else {}
    bench.s3.put_bucket_notification_configuration(
        Bucket=bench.installation.bucket, NotificationConfiguration=relay
    )
    diagnosis = examine(anew(bench, queue=name), CHECKS if relayed else WITH_BUCKET)
    assert diagnosis.root_causes == (() if relayed else ("queue.fifo",))


def test_a_queue_of_another_region_cannot_be_sent_to(bench: Bench) -> None:
    there = Caller(
        bench.installation.endpoint_url,
        "eu-central-1",
        bench.installation.access_key,
        bench.installation.secret_key,
    )
    there.client("sqs").create_queue(QueueName=bench.queue.name)
    arn = bench.queue.arn.replace("us-east-2", "eu-central-1")
    diagnosis = examine(anew(bench, queue=arn, region=None), WITH_BUCKET)
    assert diagnosis.root_causes == ("queue.other-region",)
    finding = diagnosis.finding("queue.other-region")
    assert finding is not None
    regions = finding.evidence["bucket_region"], finding.evidence["queue_region"]
    assert regions == ("us-east-2", "eu-central-1")


def test_a_queue_younger_than_the_object_cannot_have_its_event(bench: Bench) -> None:
    bench.s3.put_object(Bucket=bench.installation.bucket, Key="a b.mp3", Body=b"x")
    head = bench.workbench.gateway.s3.head(bench.installation.bucket, "a b.mp3")
    assert fails(examine(bench.workbench, CHECKS, "a b.mp3")) == []
    old = replace(head, last_modified=head.last_modified - timedelta(days=1))  # type: ignore[operator]
    bench.workbench.gateway.s3.head = lambda *_: old  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS, "a b.mp3")
    assert diagnosis.root_causes == ("queue.recreated",)
    assert said(diagnosis, "queue.recreated") == ("fail", "proven")


def test_a_multipart_upload_is_dated_by_its_beginning_and_proves_less(bench: Bench) -> None:
    bench.s3.put_object(Bucket=bench.installation.bucket, Key="a.mp3", Body=b"x")
    head = bench.workbench.gateway.s3.head(bench.installation.bucket, "a.mp3")
    assert head.last_modified is not None
    begun = replace(head, etag="0a-2", last_modified=head.last_modified - timedelta(hours=1))
    bench.workbench.gateway.s3.head = lambda *_: begun  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert said(diagnosis, "queue.recreated") == ("fail", "likely")


def test_an_object_that_is_not_there_says_nothing_about_the_queue(bench: Bench) -> None:
    assert examine(bench.workbench, CHECKS, "no such").finding("queue.recreated") is None


@pytest.mark.parametrize(("size", "expected"), [("65535", "fail"), ("65536", "pass")])
def test_a_small_maximum_message_size_refuses_some_events(
    bench: Bench, size: str, expected: str
) -> None:
    set_attributes(bench, MaximumMessageSize=size)
    assert said(examine(bench.workbench, CHECKS), "queue.max-message-size")[0] == expected


@pytest.mark.parametrize(
    ("delay", "sent", "expected"),
    [("900", 0, "fail"), ("20", 1, "fail"), ("5", 0, "warn"), ("5", 1, "warn"), ("0", 1, "pass")],
)
def test_a_delay_queue_makes_events_late(
    bench: Bench, delay: str, sent: int, expected: str
) -> None:
    set_attributes(bench, DelaySeconds=delay)
    bench.send(sent)
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "queue.delay") == (expected, "proven")
    assert fails(diagnosis) == (["queue.delay"] if expected == "fail" else [])


def test_the_commands_are_quoted_for_a_shell(bench: Bench) -> None:
    set_attributes(bench, DelaySeconds="900")
    finding = examine(bench.workbench, CHECKS).finding("queue.delay")
    assert finding is not None
    repair, by_hand = finding.commands
    assert repair.startswith("event-console doctor --repair queue.delay --bucket ")
    assert """--attributes '{"DelaySeconds": "0"}'""" in by_hand


@pytest.mark.parametrize(("most", "expected"), [(1, "warn"), (2, "warn"), (3, "pass")])
def test_few_attempts_are_a_risk_and_no_fault(bench: Bench, most: int, expected: str) -> None:
    policy = {"deadLetterTargetArn": bench.dlq.arn, "maxReceiveCount": most}
    set_attributes(bench, RedrivePolicy=json.dumps(policy))
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "queue.low-max-receive-count")[0] == expected
    assert diagnosis.verdict == "healthy"
