"""Canaries: processed, come back, or still waiting."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from console.aws.sqs import Sqs
from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes, QueueCounts
from console.operations.canary import CanaryOutcome, watch_canaries
from tests.emulator.conftest import Bench


def send(bench: Bench, count: int) -> frozenset[str]:
    """Messages in the queue, as a redrive of canaries leaves them."""
    bodies = [f"canary {n}" for n in range(count)]
    sent = [bench.sqs.send_message(QueueUrl=bench.queue.url, MessageBody=b) for b in bodies]
    return frozenset(answer["MessageId"] for answer in sent)


def receive(bench: Bench) -> list[dict[str, Any]]:
    answer = bench.sqs.receive_message(
        QueueUrl=bench.queue.url, MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return answer.get("Messages", [])


def watch(bench: Bench, ids: frozenset[str], seconds: float) -> CanaryOutcome:
    return watch_canaries(
        bench.workbench, bench.dlq, [bench.queue], ids, cancel=threading.Event(), seconds=seconds
    )


def test_what_is_consumed_is_taken_as_processed(bench: Bench) -> None:
    ids = send(bench, 2)
    for raw in receive(bench):
        bench.sqs.delete_message(QueueUrl=bench.queue.url, ReceiptHandle=raw["ReceiptHandle"])
    outcome = watch(bench, ids, 10)
    assert outcome == CanaryOutcome(2, 0, 0)
    assert outcome.good


def test_a_queue_that_is_empty_at_the_first_look_only_is_not_taken_for_processed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = send(bench, 2)
    real, looks = Sqs.attributes, 0

    def late(sqs: Sqs, queue: QueueRef) -> QueueAttributes:
        nonlocal looks
        attributes = real(sqs, queue)
        looks += 1
        return attributes if looks > 3 else replace(attributes, counts=QueueCounts(0, 0, 0))

    monkeypatch.setattr(Sqs, "attributes", late)
    assert watch(bench, ids, 3) == CanaryOutcome(0, 0, 2)


def test_every_queue_that_got_canaries_is_watched(bench: Bench) -> None:
    url = bench.sqs.create_queue(QueueName=f"{bench.queue.name}-other")["QueueUrl"]
    other = bench.queue_at(url)
    answer = bench.sqs.send_message(QueueUrl=url, MessageBody="canary")
    outcome = watch_canaries(
        bench.workbench, bench.dlq, [bench.queue, other], frozenset({answer["MessageId"]}),
        cancel=threading.Event(), seconds=0,
    )  # fmt: skip
    assert outcome == CanaryOutcome(0, 0, 1)


def test_what_waits_is_not_called_good(bench: Bench) -> None:
    outcome = watch(bench, send(bench, 2), 0)
    assert outcome == CanaryOutcome(0, 0, 2)
    assert not outcome.good


def test_what_is_dead_lettered_again_came_back(bench: Bench) -> None:
    bench.send(1, bench.dlq)
    ids = send(bench, 2)
    # Three attempts and one receive more: the queue gives both up.
    for _ in range(6):
        receive(bench)
    outcome = watch(bench, ids, 5)
    assert (outcome.came_back, outcome.waiting) == (2, 0)
    assert not outcome.good
    assert bench.counts(bench.dlq) == (3, 0)


def test_what_may_have_come_back_unseen_is_not_called_processed(bench: Bench) -> None:
    """A DLQ that may not be looked into, because that would cost a last attempt."""
    url = bench.sqs.create_queue(QueueName=f"{bench.queue.name}-last")["QueueUrl"]
    policy = {"deadLetterTargetArn": bench.queue_at(url).arn, "maxReceiveCount": 1}
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.dlq.url, Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    ids = send(bench, 2)

    def fail_them(_: object) -> None:
        for _ in range(6):
            receive(bench)

    outcome = watch_canaries(
        bench.workbench, bench.dlq, [bench.queue], ids, cancel=threading.Event(), seconds=2,
        on_progress=fail_them,
    )  # fmt: skip
    assert bench.counts(bench.dlq) == (2, 0)
    assert outcome == CanaryOutcome(0, 0, 2)


def test_a_dlq_that_may_not_be_looked_into_and_got_nothing_had_none_back(bench: Bench) -> None:
    policy = {"deadLetterTargetArn": bench.queue.arn, "maxReceiveCount": 1}
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.dlq.url, Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    bench.send(1, bench.dlq)
    outcome = watch(bench, frozenset({"processed meanwhile"}), 0)
    assert outcome == CanaryOutcome(1, 0, 0)
