"""The meter around the emulator's own queue actions, which run in this process here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from console.local.emulator import service
from console.local.meter import Gauges, Meter

_ACCOUNT = "000000000000"


class Queues:
    """The emulator's SQS without a server."""

    def __init__(self) -> None:
        self._sqs = service("sqs")
        dlq_arn = self._create("metered-dlq", {})
        redrive = {"deadLetterTargetArn": dlq_arn, "maxReceiveCount": 1}
        self.arns = [self._create("metered", {"RedrivePolicy": json.dumps(redrive)}), dlq_arn]

    def call(self, action: str, **data: Any) -> dict[str, Any]:
        data.setdefault("QueueUrl", f"http://localhost:4566/{_ACCOUNT}/metered")
        result: dict[str, Any] = asyncio.run(self._sqs._dispatch(action, data, data["QueueUrl"]))
        return result

    def _create(self, name: str, attributes: dict[str, str]) -> str:
        url = f"http://localhost:4566/{_ACCOUNT}/{name}"
        self.call("CreateQueue", QueueName=name, QueueUrl=url, Attributes=attributes)
        found = self.call("GetQueueAttributes", QueueUrl=url, AttributeNames=["QueueArn"])
        arn: str = found["Attributes"]["QueueArn"]
        return arn


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    sqs = service("sqs")
    monkeypatch.setattr(sqs, "_HANDLERS", dict(sqs._HANDLERS))
    sqs.reset()
    yield Queues()
    sqs.reset()


@pytest.fixture
def meter(queues: Queues) -> Meter:
    made = Meter(queues.arns)
    made.install()
    return made


def receive(queues: Queues, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = queues.call("ReceiveMessage", **options).get("Messages", [])
    return found


def test_each_message_is_counted_once_with_its_size(queues: Queues, meter: Meter) -> None:
    queues.call("SendMessage", MessageBody="abc")
    meter.look()
    queues.call("SendMessage", MessageBody="ü")
    meter.look()
    assert meter.take("metered").sent_sizes == [3.0, 2.0]
    assert meter.take("metered").sent_sizes == []


def test_receives_empty_receives_and_deletes_are_counted(queues: Queues, meter: Meter) -> None:
    assert receive(queues) == []
    for body in ("a", "b", "c"):
        queues.call("SendMessage", MessageBody=body)
    handles = [one["ReceiptHandle"] for one in receive(queues, MaxNumberOfMessages=10)]
    queues.call("DeleteMessage", ReceiptHandle=handles[0])
    entries = [{"Id": str(n), "ReceiptHandle": one} for n, one in enumerate(handles)]
    queues.call("DeleteMessageBatch", Entries=entries)
    flow = meter.take("metered")
    assert (flow.received, flow.empty_receives, flow.deleted) == (3, 1, 3)
    assert len(flow.sent_sizes) == 3


def test_a_message_that_came_and_went_between_two_looks_is_counted(
    queues: Queues, meter: Meter
) -> None:
    queues.call("SendMessage", MessageBody="quick")
    handle = receive(queues)[0]["ReceiptHandle"]
    queues.call("DeleteMessage", ReceiptHandle=handle)
    assert meter.take("metered").sent_sizes == [5.0]


def test_gauges_tell_visible_in_flight_and_delayed(queues: Queues, meter: Meter) -> None:
    for body in ("a", "b"):
        queues.call("SendMessage", MessageBody=body)
    queues.call("SendMessage", MessageBody="c", DelaySeconds=60)
    receive(queues, VisibilityTimeout=60)
    gauges = meter.gauges("metered")
    assert (gauges.visible, gauges.in_flight, gauges.delayed) == (1, 1, 1)
    assert 0.0 <= gauges.oldest_age < 5.0


def test_the_age_is_that_of_the_oldest_message(
    queues: Queues, meter: Meter, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.call("SendMessage", MessageBody="old")
    message = service("sqs")._queue_by_arn(queues.arns[0])["messages"][0]
    message["sent_at"] -= 100.0
    queues.call("SendMessage", MessageBody="new")
    assert meter.gauges("metered").oldest_age == pytest.approx(100.0, abs=5.0)
    # CloudWatch leaves out what was received three times or more.
    message["receive_count"] = 3
    assert meter.gauges("metered").oldest_age < 5.0


def test_a_move_to_the_dlq_is_not_sent_and_ages_from_the_move(queues: Queues, meter: Meter) -> None:
    queues.call("SendMessage", MessageBody="poison")
    service("sqs")._queue_by_arn(queues.arns[0])["messages"][0]["sent_at"] -= 100.0
    receive(queues, VisibilityTimeout=0)
    assert receive(queues) == []
    dlq = meter.gauges("metered-dlq")
    assert dlq.visible == 1
    assert dlq.oldest_age < 5.0
    assert meter.take("metered-dlq").sent_sizes == []


def test_a_deleted_queue_counts_as_empty(queues: Queues, meter: Meter) -> None:
    queues.call("DeleteQueue")
    assert meter.gauges("metered") == Gauges(0, 0, 0, 0.0)
