"""Events that arrived, and that a consumer holds, loses, or sends to the dead-letter queue."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

from console.local.reference import Plan
from console.local.scenarios.model import Scenario, Stage, rest

_LONGEST_VISIBILITY = 43_200
_MINUTE = 60
_SPACED = "uploads/acme/Team meeting (draft).mp3"
_PLUS = "uploads/acme/rock+roll.mp3"
_FOREIGN = ({"healthCheck": True}, {"job": "nightly-report"}, {"Event": "s3:TestEvent"})
_FUNCTION = "audio-thumbnailer"
_SOURCE = "def handler(event, context):\n    return 'done'\n"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def _upload(stage: Stage) -> None:
    stage.upload()


def _hoard(stage: Stage) -> None:
    """A consumer that hangs: it takes all there is and never deletes it."""
    stage.receive(VisibilityTimeout=_LONGEST_VISIBILITY)


def _in_flight(stage: Stage) -> None:
    stage.upload()
    _hoard(stage)


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
    for _ in range(2 * (stage.plan.max_receive_count + 1)):
        _confuse_keys(stage)


def _other_consumer(stage: Stage) -> None:
    """A function of somebody else's is attached to the queue, and deletes what it is given."""
    role = stage.client("iam").create_role(
        RoleName=_FUNCTION, AssumeRolePolicyDocument=json.dumps(_TRUST)
    )
    functions = stage.client("lambda")
    functions.create_function(
        FunctionName=_FUNCTION,
        Runtime="python3.11",
        Role=role["Role"]["Arn"],
        Handler="index.handler",
        Code={"ZipFile": _package()},
    )
    functions.create_event_source_mapping(
        EventSourceArn=stage.plan.queue_arn(stage.plan.queue), FunctionName=_FUNCTION
    )
    stage.upload()


def _package() -> bytes:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", _SOURCE)
    return package.getvalue()


def _forget_soon(plan: Plan) -> Plan:
    return replace(plan, retention=_MINUTE)


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
    stage.give_back(stage.receive())
    stage.receive()


def _forget_failures_soon(plan: Plan) -> Plan:
    return replace(plan, dlq_retention=_MINUTE)


CONSUMERS: tuple[Scenario, ...] = (
    Scenario(
        "consumer.in-flight",
        "The consumer hangs and holds every message for twelve hours.",
        _in_flight,
        turn=_hoard,
    ),
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
        "consumer.other-consumer",
        "Somebody's function takes the messages before the consumer does.",
        _other_consumer,
    ),
    Scenario(
        "consumer.expired",
        "Messages are kept for a minute, and no consumer runs.",
        _upload,
        turn=rest,
        change=_forget_soon,
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
