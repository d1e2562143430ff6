"""What of a queue's own attributes keeps S3's events out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.queue import QueueAttributes, QueueCounts
from console.operations.refusals import refusals
from tests.fakes import START

ARN = "arn:aws:sqs:us-east-2:111122223333:uploads"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": ARN,
    "Condition": {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"},
        "StringEquals": {"aws:SourceAccount": "111122223333"},
    },
}
QUEUE = QueueAttributes(
    url="https://sqs.us-east-2.amazonaws.com/111122223333/uploads",
    arn=ARN,
    counts=QueueCounts(0, 0, 0),
    visibility_timeout=30,
    retention=345_600,
    delay=0,
    receive_wait=20,
    maximum_message_size=262_144,
    redrive=None,
    redrive_allow_policy=None,
    policy=json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]}),
    sse_sqs=True,
    kms_key_id=None,
    fifo=False,
    created_at=START - timedelta(days=90),
    modified_at=START - timedelta(days=2),
)
DIRECT = NotificationRule("r", "queue", ARN, ("s3:ObjectCreated:*",))
INDIRECT = replace(DIRECT, kind="topic", destination="arn:aws:sns:us-east-2:111122223333:t")


def fields(queue: QueueAttributes, rule: NotificationRule = DIRECT) -> list[str]:
    found = refusals("uploads", NotificationConfiguration((rule,)), queue, START)
    return [refusal.field for refusal in found]


def policy(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_queue_that_lets_s3_in_refuses_nothing() -> None:
    assert fields(QUEUE) == []


def test_whose_bucket_it_is_stays_open() -> None:
    """The owner is not asked for here: a condition on it may hold."""
    other = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"}}
    other |= {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    assert fields(replace(QUEUE, policy=policy({**ALLOW, "Condition": other}))) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"policy": None},
        {"policy": policy({**ALLOW, "Effect": "Deny"})},
        {"policy": policy({**ALLOW, "Principal": {"AWS": "111122223333"}})},
        {"policy": policy({**ALLOW, "Condition": {"ArnLike": {"aws:SourceArn": "arn:x"}}})},
    ],
)
def test_a_policy_that_does_not_let_s3_in(changed: dict[str, str | None]) -> None:
    assert fields(replace(QUEUE, **changed)) == ["policy"]
    assert fields(replace(QUEUE, **changed), INDIRECT) == []


@pytest.mark.parametrize(
    ("key", "refused"),
    [
        ("alias/aws/sqs", True),
        ("arn:aws:kms:us-east-2:111122223333:alias/aws/sqs", True),
        ("alias/own", False),
    ],
)
def test_the_key_that_aws_keeps_lets_nobody_in(key: str, refused: bool) -> None:
    assert fields(replace(QUEUE, kms_key_id=key)) == ["encryption"] * refused


def test_a_fifo_queue_is_no_destination() -> None:
    assert fields(replace(QUEUE, fifo=True)) == ["queue"]
