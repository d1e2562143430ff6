"""`doctor` from the command line, where the queue is the matter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Call
from tests.conftest import Installation

Aws = Callable[[str], Any]


def test_a_healthy_pipeline_is_told_with_exit_0(call: Call, on_emulator: Installation) -> None:
    outcome = call("doctor", "--json")
    assert outcome.code == 0, outcome.out
    assert (outcome.json["verdict"], outcome.json["root_causes"]) == ("healthy", [])


@pytest.mark.parametrize("named", [True, False])
def test_a_queue_that_is_gone_ends_no_diagnosis(
    call: Call,
    on_emulator: Installation,
    aws: Aws,
    named: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aws("sqs").delete_queue(QueueUrl=on_emulator.queue_url)
    monkeypatch.delenv("EVENT_CONSOLE_QUEUE")
    which = ("--queue", on_emulator.queue) if named else ()
    outcome = call("doctor", "--json", *which)
    assert outcome.code == 3
    assert outcome.json["root_causes"] == ["queue.missing"]
    found = [f for f in outcome.json["findings"] if f["id"] == "queue.missing"]
    assert found[0]["certainty"] == "proven"
    assert found[0]["evidence"]["queue"] == on_emulator.queue_arn


def test_a_dead_letter_is_proven_by_its_body(
    call: Call, on_emulator: Installation, aws: Aws
) -> None:
    record = {
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": on_emulator.bucket}, "object": {"key": "in/a.mp3"}},
    }
    body = json.dumps({"Records": [record]})
    aws("s3").put_object(Bucket=on_emulator.bucket, Key="in/a.mp3", Body=b"x")
    sent = aws("sqs").send_message(QueueUrl=on_emulator.dlq_url, MessageBody=body)
    for mode, certainty in (((), "proven"), (("--read-only",), "likely")):
        outcome = call("doctor", "--json", "--key", "in/a.mp3", *mode)
        assert outcome.code == 3
        found = {f["id"]: f for f in outcome.json["findings"]}["consumer.dead-lettered"]
        assert (found["status"], found["certainty"]) == ("fail", certainty)
        assert found["evidence"].get("message_id") in (sent["MessageId"], None)
        assert "consumer.dead-lettered" in outcome.json["root_causes"]
