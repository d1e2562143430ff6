"""Canaries: processed, come back, or still waiting."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

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


def test_what_waits_in_another_source_of_the_dlq_is_not_taken_as_processed(bench: Bench) -> None:
    url = bench.sqs.create_queue(QueueName=f"{bench.queue.name}-other")["QueueUrl"]
    sent = bench.sqs.send_message(QueueUrl=url, MessageBody="canary")
    outcome = watch_canaries(
        bench.workbench, bench.dlq, [bench.queue, bench.queue_at(url)],
        frozenset({sent["MessageId"]}), cancel=threading.Event(), seconds=0,
    )  # fmt: skip
    assert outcome == CanaryOutcome(0, 0, 1)


def test_a_target_that_seems_empty_once_is_looked_at_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS counts a message only some time after it was sent."""
    ids = send(bench, 1)
    attributes, looks = bench.workbench.gateway.sqs.attributes, iter(range(100))

    def lagging(queue: QueueRef) -> QueueAttributes:
        found = attributes(queue)
        late = queue == bench.queue and next(looks) > 2
        return found if late else replace(found, counts=QueueCounts(0, 0, 0))

    monkeypatch.setattr(bench.workbench.gateway.sqs, "attributes", lagging)
    assert watch(bench, ids, 4) == CanaryOutcome(0, 0, 1)
