"""The ARNs that a least-privilege policy is made for."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from console.models.security import BucketEncryption
from console.operations.least_privilege import Ground
from console.operations.policy_ground import ground_of
from tests.fakes import QUEUE
from tests.unit.security_account import (
    ACCOUNT,
    DLQ,
    UPLOADER,
    USER,
    WORKER,
    Account,
    attributes,
    denied,
)

KEYS = f"arn:aws:kms:us-east-2:{ACCOUNT}:key"


def ground(**facts: Any) -> tuple[Ground, tuple[str, ...]]:
    return ground_of(Account(**facts).bench(), threading.Event())


def test_everything_of_the_pipeline_is_named() -> None:
    found, notes = ground(caller=USER, producer=UPLOADER, consumer=WORKER)
    assert notes == ()
    assert (found.bucket, found.dlq) == ("arn:aws:s3:::uploads", DLQ.arn)
    assert found.queues == [QUEUE.arn, DLQ.arn]
    assert found.principals == [UPLOADER, WORKER]
    own = f"arn:aws:iam::{ACCOUNT}:user"
    variables = [f"{own}/${{aws:username}}", f"{own}/*/${{aws:username}}"]
    assert found.users == [*variables, USER, UPLOADER]
    assert found.keys == []


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("alias/aws/sqs", []),
        (f"arn:aws:kms:us-east-2:{ACCOUNT}:alias/aws/sqs", []),
        ("alias/own", [f"{KEYS}/own"]),
        ("1234", [f"{KEYS}/1234"]),
        ("arn:aws:kms:us-east-2:999999999999:key/k", ["arn:aws:kms:us-east-2:999999999999:key/k"]),
    ],
)
def test_keys_by_whatever_name_they_go(key: str, expected: list[str]) -> None:
    queue = attributes(QUEUE, sse_sqs=False, kms_key_id=key)
    assert ground(queue=queue, encryption=None)[0].keys == expected


def test_a_key_of_queue_and_bucket_is_one() -> None:
    queue = attributes(QUEUE, kms_key_id="k")
    found, _ = ground(queue=queue, encryption=BucketEncryption("aws:kms", f"{KEYS}/k"))
    assert found.keys == [f"{KEYS}/k"]


def test_what_may_not_be_seen_is_told() -> None:
    found, notes = ground(encryption=denied("s3:GetEncryptionConfiguration"), has_dlq=False)
    assert (found.keys, found.dlq) == ([], None)
    assert notes == ("Which KMS key is used is not known: No.",)
    queue = attributes(QUEUE, kms_key_id="alias/own")
    found, notes = ground(queue=queue, aliases=denied("kms:DescribeKey"))
    assert (found.keys, len(notes)) == ([], 1)
