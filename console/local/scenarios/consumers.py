"""Events that arrived, and that a consumer holds, somebody else takes, or nobody."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

from console.local.reference import Plan
from console.local.scenarios.model import Scenario, rest
from console.local.scenarios.stage import Stage

_LONGEST_VISIBILITY = 43_200
_MINUTE = 60
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


CONSUMERS: tuple[Scenario, ...] = (
    Scenario(
        "consumer.in-flight",
        "The consumer hangs and holds every message for twelve hours.",
        _in_flight,
        turn=_hoard,
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
)
