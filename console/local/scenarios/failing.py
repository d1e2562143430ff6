"""Consumers that fail at messages, until they end in the dead-letter queue."""

from __future__ import annotations

import json
from dataclasses import replace

from console.local.reference import Plan
from console.local.scenarios.model import Scenario
from console.local.scenarios.stage import Stage

_MINUTE = 60
_SPACED = "uploads/acme/Team meeting (draft).mp3"
_PLUS = "uploads/acme/rock+roll.mp3"
_FOREIGN = ({"healthCheck": True}, {"job": "nightly-report"}, {"Event": "s3:TestEvent"})


def _fail(stage: Stage) -> None:
    """A consumer that cannot process anything and says so at once."""
    stage.give_back(stage.receive())


def _dead_lettered(stage: Stage) -> None:
    stage.upload()
    for _ in range(stage.plan.max_receive_count):
        _fail(stage)
    # A message is moved by the receive that would be one too many.
    stage.receive()


def _crash_on_foreign(stage: Stage) -> None:
    """A consumer that knows S3's events only, and dies of the first other message for good."""
    messages = stage.receive()
    if any("Records" not in json.loads(message["Body"]) for message in messages):
        stage.give_back(messages)
        return
    for message in messages:
        stage.delete(message)


def _foreign_body(stage: Stage) -> None:
    for body in _FOREIGN:
        stage.sqs.send_message(QueueUrl=stage.built.queue_url, MessageBody=json.dumps(body))
    for _ in range(stage.plan.max_receive_count + 1):
        _crash_on_foreign(stage)


def _confuse_keys(stage: Stage) -> None:
    """A consumer that asks S3 for keys as they are written in events, form-encoded."""
    for message in stage.receive():
        written = _written_key(message["Body"])
        try:
            if written is not None:
                stage.s3.head_object(Bucket=stage.plan.bucket, Key=written)
        except stage.s3.exceptions.ClientError:
            stage.give_back([message])
        else:
            stage.delete(message)


def _written_key(body: str) -> str | None:
    records = json.loads(body).get("Records")
    return records[0]["s3"]["object"]["key"] if records else None


def _encoded_key(stage: Stage) -> None:
    for key in (_SPACED, _PLUS):
        stage.upload(key)
    stage.wait_for(2)
    for _ in range(stage.plan.max_receive_count + 1):
        _confuse_keys(stage)


def _hide_briefly(plan: Plan) -> Plan:
    return replace(plan, visibility_timeout=0)


def _work_too_long(stage: Stage) -> None:
    """A consumer whose work takes longer than its messages stay hidden."""
    stage.receive()


def _too_short(stage: Stage) -> None:
    stage.upload()
    for _ in range(stage.plan.max_receive_count + 1):
        _work_too_long(stage)


def _allow_one_receive(plan: Plan) -> Plan:
    return replace(plan, max_receive_count=1)


def _looked_at(stage: Stage) -> None:
    """Somebody looked at the queue in a console, which spent the only receive."""
    stage.upload()
    stage.wait_for(1)
    stage.give_back(stage.receive())
    stage.receive()


def _forget_failures_soon(plan: Plan) -> Plan:
    return replace(plan, dlq_retention=_MINUTE)


FAILING: tuple[Scenario, ...] = (
    Scenario(
        "consumer.dead-lettered",
        "The consumer fails at every message.",
        _dead_lettered,
        turn=_fail,
    ),
    Scenario(
        "consumer.foreign-body",
        "Messages that are no S3 events crash the consumer.",
        _foreign_body,
        key=None,
        turn=_crash_on_foreign,
    ),
    Scenario(
        "consumer.encoded-key",
        "The consumer asks S3 for keys as events write them, encoded.",
        _encoded_key,
        key=_SPACED,
        turn=_confuse_keys,
    ),
    Scenario(
        "consumer.visibility-timeout",
        "Messages reappear before the consumer is done with them.",
        _too_short,
        turn=_work_too_long,
        change=_hide_briefly,
    ),
    Scenario(
        "queue.low-max-receive-count",
        "One look at the queue sends its messages to the dead-letter queue.",
        _looked_at,
        change=_allow_one_receive,
    ),
    Scenario(
        "dlq.retention",
        "The consumer fails at every message, and what failed is kept for a minute.",
        _dead_lettered,
        turn=_fail,
        change=_forget_failures_soon,
    ),
)
