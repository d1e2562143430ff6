"""The doctor on the DLQ: it looks where it may, gives everything back, and says what it saw."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.errors import AwsError
from console.models.finding import Diagnosis
from console.models.object import ObjectHead
from console.models.pipeline import Mode
from console.operations.doctor import dlq_look
from console.operations.doctor.consumer_checks import CONSUMER_CHECKS
from console.operations.doctor.delivery_checks import DELIVERY_CHECKS
from console.operations.doctor.dlq_bodies import DLQ_BODY_CHECKS
from console.operations.doctor.dlq_checks import DLQ_CHECKS
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.emulator.examining import event_body, examine, fails, said
from tests.fakes import AheadClock

CHECKS = (*DLQ_CHECKS, *DLQ_BODY_CHECKS, *CONSUMER_CHECKS, *DELIVERY_CHECKS)
TEST_EVENT = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"})
Install = Callable[..., Installation]
BenchOn = Callable[..., Bench]


def bury(bench: Bench, *bodies: str) -> None:
    for body in bodies:
        bench.sqs.send_message(QueueUrl=bench.dlq.url, MessageBody=body)


def event(bench: Bench, key: str, **more: str) -> str:
    return event_body(bench.installation.bucket, key, **more)


def evidence(diagnosis: Diagnosis, finding_id: str) -> Any:
    finding = diagnosis.finding(finding_id)
    assert finding is not None
    return finding.evidence


def test_an_empty_dlq_passes_and_nothing_is_received(bench: Bench) -> None:
    bench.workbench.gateway.sqs.receive = None  # type: ignore[method-assign,assignment]
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "consumer.dead-lettered") == ("pass", "proven")
    assert said(diagnosis, "consumer.foreign-body") == ("pass", "proven")
    assert diagnosis.finding("delivery.duplicate") is None
    assert diagnosis.verdict == "healthy"


def test_what_consumers_failed_on_is_dead_lettered_and_given_back(
    install: Install, bench_on: BenchOn
) -> None:
    bench = bench_on(install(max_receive_count=1))
    bench.s3.put_object(Bucket=bench.installation.bucket, Key="poison.mp3", Body=b"x")
    for _ in range(2):
        bench.sqs.receive_message(QueueUrl=bench.queue.url, VisibilityTimeout=0)
    assert bench.counts(bench.dlq) == (1, 0)
    diagnosis = examine(bench.workbench, CHECKS, "poison.mp3")
    assert diagnosis.root_causes == ("consumer.dead-lettered",)
    assert said(diagnosis, "consumer.dead-lettered") == ("fail", "proven")
    told = evidence(diagnosis, "consumer.dead-lettered")
    assert told["receive_count"] >= 1
    assert told["message_id"]
    assert told["sent_at"].endswith("Z")
    assert bench.counts(bench.dlq) == (1, 0)


def test_without_a_key_whatever_is_in_the_dlq_is_named(bench: Bench) -> None:
    bury(bench, event(bench, "a.mp3"), event(bench, "b.mp3"))
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.dead-lettered",)
    assert evidence(diagnosis, "consumer.dead-lettered")["keys"] == ["a.mp3", "b.mp3"]
    assert bench.counts(bench.dlq) == (2, 0)


def test_a_dlq_without_the_key_is_no_cause_of_its_missing(bench: Bench) -> None:
    bury(bench, event(bench, "other.mp3"), TEST_EVENT)
    diagnosis = examine(bench.workbench, CHECKS, "mine.mp3")
    assert said(diagnosis, "consumer.dead-lettered") == ("warn", "proven")
    assert said(diagnosis, "consumer.foreign-body") == ("warn", "proven")
    assert diagnosis.root_causes == ()


@pytest.mark.parametrize("timeout", [0, 30])
def test_dead_letters_of_another_bucket_are_no_failure_here(
    install: Install, bench_on: BenchOn, timeout: int
) -> None:
    bench = bench_on(install(visibility_timeout=timeout))
    bury(bench, event_body("another-bucket", "a.mp3"))
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "consumer.dead-lettered") == ("warn", "proven")
    assert (diagnosis.root_causes, diagnosis.verdict) == ((), "healthy")
    bury(bench, event(bench, "b.mp3"))
    assert fails(examine(bench.workbench, CHECKS))[0] == "consumer.dead-lettered"


def test_the_dead_letter_of_an_earlier_upload_is_not_that_of_this_one(bench: Bench) -> None:
    bench.s3.put_object(Bucket=bench.installation.bucket, Key="a.mp3", Body=b"x")
    bury(bench, event(bench, "a.mp3"))
    assert fails(examine(bench.workbench, CHECKS, "a.mp3")) == ["consumer.dead-lettered"]
    head = bench.workbench.gateway.s3.head
    later = timedelta(seconds=10)

    def overwritten(bucket: str, key: str) -> ObjectHead:
        found = head(bucket, key)
        assert found.last_modified is not None
        return replace(found, last_modified=found.last_modified + later)

    bench.workbench.gateway.s3.head = overwritten  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert said(diagnosis, "consumer.dead-lettered") == ("warn", "proven")
    assert diagnosis.root_causes == ()


def test_of_what_would_be_in_a_dlq_that_is_gone_nothing_is_said(bench: Bench) -> None:
    bench.sqs.delete_queue(QueueUrl=bench.dlq.url)
    diagnosis = examine(bench.workbench, CHECKS)
    assert {f.id for f in diagnosis.findings if f.status != "pass"} == {"consumer.dead-lettered"}
    assert said(diagnosis, "consumer.dead-lettered") == ("warn", "likely")
    assert diagnosis.verdict == "healthy"


@pytest.mark.parametrize("key", [None, "a.mp3"])
def test_read_only_receives_nothing_and_concludes_from_counts(
    bench_on: BenchOn, installation: Installation, key: str | None
) -> None:
    bench = bench_on(installation, Mode(read_only=True))
    bury(bench, event(bench, "a.mp3"))
    bench.workbench.gateway.sqs.receive = None  # type: ignore[method-assign,assignment]
    diagnosis = examine(bench.workbench, CHECKS, key)
    assert diagnosis.root_causes == ("consumer.dead-lettered",)
    assert said(diagnosis, "consumer.dead-lettered") == ("fail", "likely")
    assert "read-only" in evidence(diagnosis, "consumer.dead-lettered")["why_not_looked_at_all"]
    assert diagnosis.finding("consumer.foreign-body") is None


def test_read_only_with_leave_to_peek_looks(bench_on: BenchOn, installation: Installation) -> None:
    bench = bench_on(installation, Mode(read_only=True, allow_peek=True))
    bury(bench, event(bench, "a.mp3"))
    diagnosis = examine(bench.workbench, CHECKS, "a.mp3")
    assert said(diagnosis, "consumer.dead-lettered") == ("fail", "proven")


def test_a_dlq_with_attempts_of_its_own_is_not_looked_into(bench: Bench) -> None:
    last = bench.sqs.create_queue(QueueName=bench.dlq.name + "-2")["QueueUrl"]
    policy = {"deadLetterTargetArn": bench.queue_at(last).arn, "maxReceiveCount": 3}
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.dlq.url, Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    bury(bench, event(bench, "a.mp3"))
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "consumer.dead-lettered") == ("fail", "likely")
    received = bench.sqs.receive_message(
        QueueUrl=bench.dlq.url, AttributeNames=["ApproximateReceiveCount"]
    )
    assert received["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_queue_that_a_rule_sends_to_is_never_looked_into(bench: Bench) -> None:
    """A source queue is one, also where another queue has it as its DLQ."""
    policy = json.loads(bench.workbench.gateway.sqs.attributes(bench.queue).policy or "{}")
    policy["Statement"][0]["Resource"] = bench.dlq.arn
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.dlq.url, Attributes={"Policy": json.dumps(policy)}
    )
    bench.s3.put_bucket_notification_configuration(
        Bucket=bench.installation.bucket,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": bench.dlq.arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    bench.workbench.gateway.sqs.receive = None  # type: ignore[method-assign,assignment]
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "consumer.dead-lettered") == ("fail", "likely")


def test_a_look_that_is_refused_is_no_failure_of_the_check(bench: Bench) -> None:
    def denied(*_: Any, **__: Any) -> Any:
        raise AwsError("access-denied", "Denied", "Not allowed.", permission="sqs:ReceiveMessage")

    bury(bench, event(bench, "a.mp3"))
    bench.workbench.gateway.sqs.receive = denied  # type: ignore[method-assign]
    diagnosis = examine(bench.workbench, CHECKS)
    assert said(diagnosis, "consumer.dead-lettered") == ("fail", "likely")
    assert evidence(diagnosis, "consumer.dead-lettered")["why_not_looked_at_all"] == "Not allowed."
    asked = examine(bench.workbench, CHECKS, "a.mp3").finding("consumer.dead-lettered")
    assert asked is not None
    assert (asked.status, asked.permission) == ("unknown", "sqs:ReceiveMessage")


def test_a_look_is_bounded(bench: Bench) -> None:
    bench.send(80, bench.dlq)
    diagnosis = examine(bench.workbench, CHECKS, "x.mp3")
    told = evidence(diagnosis, "consumer.dead-lettered")
    assert told["looked_at"] == 50
    assert told["messages"] == 80
    assert bench.counts(bench.dlq) == (80, 0)


def test_a_look_that_hangs_is_given_up(
    bench_on: BenchOn, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dlq_look, "MOST_SECONDS", 3.0)
    clock, answered = AheadClock(), threading.Event()
    bench = bench_on(installation, clock=clock)
    bury(bench, event(bench, "a.mp3"))

    def hung(*_: Any, **__: Any) -> Any:
        clock.advance(4)
        assert answered.wait(60)
        return []

    bench.workbench.gateway.sqs.receive = hung  # type: ignore[method-assign]
    try:
        diagnosis = examine(bench.workbench, DLQ_CHECKS, "a.mp3")
    finally:
        answered.set()
    assert said(diagnosis, "consumer.dead-lettered") == ("fail", "likely")
    assert evidence(diagnosis, "consumer.dead-lettered")["why_not_looked_at_all"]


@pytest.mark.parametrize("body", [TEST_EVENT, "not JSON [/b]", '{"a": 1}'])
def test_a_dlq_of_foreign_bodies_only_is_their_doing(bench: Bench, body: str) -> None:
    bury(bench, body)
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.foreign-body",)
    assert fails(diagnosis) == ["consumer.dead-lettered", "consumer.foreign-body"]


def test_among_events_a_foreign_body_is_a_warning(bench: Bench) -> None:
    bury(bench, TEST_EVENT, event(bench, "a.mp3"))
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.dead-lettered",)
    assert said(diagnosis, "consumer.foreign-body") == ("warn", "proven")


def test_what_no_consumer_understands_among_events_is_a_cause_beside(bench: Bench) -> None:
    bury(bench, '{"job": 1}', event(bench, "a.mp3"))
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.dead-lettered", "consumer.foreign-body")


@pytest.mark.parametrize(("timeout", "root"), [(0, "visibility-timeout"), (1, "dead-lettered")])
def test_messages_that_are_never_hidden_end_in_the_dlq_for_that(
    install: Install, bench_on: BenchOn, timeout: int, root: str
) -> None:
    bench = bench_on(install(visibility_timeout=timeout))
    bury(bench, event(bench, "a.mp3"))
    for key in (None, "a.mp3"):
        assert examine(bench.workbench, CHECKS, key).root_causes == (f"consumer.{root}",)
    assert examine(bench.workbench, CHECKS, "b.mp3").root_causes == ()


KEYS = ("a b.mp3", "käse+1.mp3")


def upload(bench: Bench, *keys: str) -> None:
    for key in keys:
        bench.s3.put_object(Bucket=bench.installation.bucket, Key=key, Body=b"x")


def test_dead_letters_with_encoded_keys_only_hint_at_the_consumer(bench: Bench) -> None:
    upload(bench, *KEYS)
    bury(bench, *(event(bench, key) for key in KEYS))
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.encoded-key",)
    assert said(diagnosis, "consumer.encoded-key") == ("fail", "likely")


def test_one_such_message_is_dead_lettered_first_of_all(bench: Bench) -> None:
    upload(bench, KEYS[0])
    bury(bench, event(bench, KEYS[0]))
    diagnosis = examine(bench.workbench, CHECKS, KEYS[0])
    assert diagnosis.root_causes == ("consumer.dead-lettered", "consumer.encoded-key")


def test_encoded_keys_of_others_explain_nothing_of_the_asked_one(bench: Bench) -> None:
    upload(bench, *KEYS, "plain.mp3")
    bury(bench, *(event(bench, key) for key in KEYS))
    diagnosis = examine(bench.workbench, CHECKS, "plain.mp3")
    assert diagnosis.root_causes == ()
    assert said(diagnosis, "consumer.encoded-key") == ("warn", "likely")


@pytest.mark.parametrize(
    ("uploaded", "buried"),
    [
        ((*KEYS, "plain.mp3"), (*KEYS, "plain.mp3")),
        ((), KEYS),
        ((*KEYS, "a+b.mp3"), KEYS),
    ],
)
def test_encoding_is_not_blamed_where_something_else_fits(
    bench: Bench, uploaded: tuple[str, ...], buried: tuple[str, ...]
) -> None:
    upload(bench, *uploaded)
    bury(bench, *(event(bench, key) for key in buried))
    diagnosis = examine(bench.workbench, CHECKS)
    assert diagnosis.root_causes == ("consumer.dead-lettered",)


def test_duplicates_and_old_after_new_are_seen_and_no_cause(bench: Bench) -> None:
    for sequencer in ("0B", "0A", "0A"):
        bury(bench, event(bench, "a.mp3", sequencer=sequencer))
    diagnosis = examine(bench.workbench, DELIVERY_CHECKS)
    assert said(diagnosis, "delivery.duplicate") == ("warn", "proven")
    assert said(diagnosis, "delivery.out-of-order") == ("warn", "proven")
    assert evidence(diagnosis, "delivery.out-of-order")["sequencers"] == ["0B", "0A"]
    assert diagnosis.verdict == "healthy"


def test_events_in_order_pass(bench: Bench) -> None:
    for sequencer in ("0A", "0B"):
        bury(bench, event(bench, "a.mp3", sequencer=sequencer))
    diagnosis = examine(bench.workbench, DELIVERY_CHECKS)
    assert said(diagnosis, "delivery.duplicate")[0] == "pass"
    assert said(diagnosis, "delivery.out-of-order")[0] == "pass"


@pytest.mark.parametrize(("kept", "expected"), [(345_600, "warn"), (345_601, "pass")])
def test_a_dlq_that_keeps_no_longer_than_the_queue_is_a_risk(
    install: Install, bench_on: BenchOn, kept: int, expected: str
) -> None:
    diagnosis = examine(bench_on(install(dlq_retention=kept)).workbench, CHECKS)
    assert said(diagnosis, "dlq.retention") == (expected, "likely" if kept == 345_600 else "proven")
    assert diagnosis.verdict == "healthy"


def test_a_dlq_that_was_deleted_is_a_warning(bench: Bench) -> None:
    bench.sqs.delete_queue(QueueUrl=bench.dlq.url)
    diagnosis = examine(bench.workbench, DLQ_CHECKS)
    assert said(diagnosis, "consumer.dead-lettered") == ("warn", "likely")
    assert diagnosis.verdict == "healthy"


def test_without_a_dlq_nothing_is_said_of_one(install: Install, bench_on: BenchOn) -> None:
    diagnosis = examine(bench_on(install(dlq=False)).workbench, CHECKS)
    assert diagnosis.finding("consumer.dead-lettered") is None
    assert diagnosis.finding("dlq.retention") is None
    assert diagnosis.verdict == "healthy"
