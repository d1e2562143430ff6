"""Keys of queues as AWS has them and the emulator does not: its own, others', and unreadable."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from console.aws.sqs import parse_attributes
from console.errors import AwsError
from console.models.finding import Diagnosis
from console.models.key import KeyDescription
from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.pipeline import Identity, Mode, Pipeline
from console.operations.doctor.kms_checks import KMS_CHECKS
from console.operations.doctor.policy_checks import POLICY_CHECKS
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.workbench import Workbench
from tests.fakes import QUEUE, FakeClock

KEY = "arn:aws:kms:us-east-2:111122223333:key/1234"
OTHERS = "arn:aws:kms:us-east-2:999900001111:key/1234"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": ["sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt"],
    "Resource": "*",
}
ROOT = ALLOW | {"Principal": {"AWS": "111122223333"}, "Action": "kms:*"}

NOT_FOUND = AwsError("invalid", "Refused", "No such key.", code="NotFoundException")


def denied(operation: str) -> AwsError:
    return AwsError("access-denied", "Denied", "No.", permission=operation)


def answer(value: object) -> Any:
    """A call that returns the value, raises it, or is the value."""
    if callable(value):
        return value

    def call(*_: object, **__: object) -> Any:
        if isinstance(value, Exception):
            raise value
        return value

    return call


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def look(
    key_id: str, described: object, key_policy: object = None, owner: object = None, **queue: str
) -> Diagnosis:
    """The findings for a queue with this key, whatever AWS says of the key."""
    attributes = {"QueueArn": QUEUE.arn, "KmsMasterKeyId": key_id, "Policy": policy(ALLOW)} | queue
    rule = NotificationRule("r", "queue", QUEUE.arn, ("s3:ObjectCreated:*",))
    kms = SimpleNamespace(
        describe=answer(described), policy=answer(key_policy or policy(ROOT, ALLOW))
    )
    identity = Identity("111122223333", "arn:aws:iam::111122223333:user/me")
    gateway = SimpleNamespace(
        sqs=SimpleNamespace(attributes=answer(parse_attributes(QUEUE.url, attributes))),
        kms=lambda region: kms,
        s3=SimpleNamespace(notification=answer(NotificationConfiguration((rule,)))),
        sts=SimpleNamespace(identity=answer(identity)),
        has_bucket_access=False,
        bucket_security=SimpleNamespace(ask=answer(owner)),
    )
    pipeline = Pipeline("p", "us-east-2", "uploads", QUEUE, None, identity, Mode())
    bench = SimpleNamespace(
        gateway=gateway,
        pipeline=pipeline,
        clock=FakeClock(),
        need_queue=lambda: QUEUE,
        need_bucket=lambda: "uploads",
    )
    return diagnose(
        cast(Workbench, bench),
        DoctorOptions(late=False),
        cancel=threading.Event(),
        on_finding=lambda _: None,
        checks=(*POLICY_CHECKS, *KMS_CHECKS),
        late_checks=(),
    )


def key(**changes: str) -> KeyDescription:
    usual = {
        "key_id": "1234",
        "arn": KEY,
        "manager": "CUSTOMER",
        "state": "Enabled",
        "usage": "ENCRYPT_DECRYPT",
        "spec": "SYMMETRIC_DEFAULT",
    }
    return KeyDescription(**(usual | changes))  # type: ignore[arg-type]


def alarming(diagnosis: Diagnosis) -> list[tuple[str, str, str]]:
    return [(f.id, f.status, f.certainty) for f in diagnosis.findings if f.status != "pass"]


def test_a_key_that_is_well() -> None:
    assert alarming(look("1234", key())) == []


def test_the_key_of_aws_by_its_id() -> None:
    found = look("1234", key(manager="AWS"), denied("kms:GetKeyPolicy"))
    assert alarming(found) == [("kms.aws-managed-key", "fail", "proven")]


@pytest.mark.parametrize(
    ("key_id", "described"),
    [
        (KEY.replace("us-east-2", "eu-west-1"), NOT_FOUND),
        ("1234", key(state="PendingImport")),
        ("1234", key(state="Unavailable")),
        ("1234", key(usage="SIGN_VERIFY", spec="RSA_2048")),
        ("1234", key(usage="GENERATE_VERIFY_MAC", spec="HMAC_256")),
    ],
)
def test_a_key_that_cannot_encrypt_the_queue(key_id: str, described: object) -> None:
    assert alarming(look(key_id, described)) == [("kms.key-unusable", "fail", "proven")]


@pytest.mark.parametrize(
    ("key_id", "certainty"), [("1234", "proven"), (KEY, "proven"), (OTHERS, "likely")]
)
def test_a_key_that_is_not_found(key_id: str, certainty: str) -> None:
    assert alarming(look(key_id, NOT_FOUND)) == [("kms.key-unusable", "fail", certainty)]


def test_a_key_that_may_not_be_described() -> None:
    found = look("1234", denied("kms:DescribeKey"))
    unknown = {f.id: f.permission for f in found.findings if f.status == "unknown"}
    assert unknown == dict.fromkeys(
        ("kms.aws-managed-key", "kms.key-unusable", "kms.key-policy", "kms.consumer-denied"),
        "kms:DescribeKey",
    )
    assert (found.root_causes, found.verdict) == ((), "unknown")


def test_a_key_policy_that_may_not_be_read() -> None:
    found = look(OTHERS, key(arn=OTHERS), denied("kms:GetKeyPolicy"))
    unknown = {f.id: f.permission for f in found.findings if f.status == "unknown"}
    assert unknown == dict.fromkeys(("kms.key-policy", "kms.consumer-denied"), "kms:GetKeyPolicy")


def test_a_key_policy_for_the_service_alone_is_a_warning() -> None:
    found = look("1234", key(), policy(ALLOW))
    assert alarming(found) == [("kms.consumer-denied", "warn", "likely")]


def test_an_owner_that_may_not_be_asked_for_keeps_the_account_from_being_compared() -> None:
    conditioned = ALLOW | {"Condition": {"StringEquals": {"aws:SourceAccount": "999900001111"}}}
    found = look("1234", key(), owner=denied("s3:ListBucket"), Policy=policy(conditioned))
    cause = found.finding("policy.wrong-source-account")
    assert cause is not None
    assert (cause.status, cause.permission) == ("unknown", "s3:ListBucket")
    assert (found.root_causes, found.verdict) == ((), "unknown")


def owned_by(account: str) -> Any:
    """S3 as it answers for a bucket of this account."""

    def ask(bucket: str, *, owner: str | None = None) -> None:
        if owner not in (None, account):
            raise denied("s3:ListBucket")

    return ask


@pytest.mark.parametrize(
    ("owner", "named", "causes"),
    [
        ("111122223333", "111122223333", ()),
        ("999900001111", "999900001111", ()),
        ("111122223333", "999900001111", ("policy.wrong-source-account",)),
        ("555566667777", "999900001111", ("policy.wrong-source-account",)),
    ],
)
def test_the_owner_of_the_bucket(owner: str, named: str, causes: tuple[str, ...]) -> None:
    conditioned = ALLOW | {"Condition": {"StringEquals": {"aws:SourceAccount": named}}}
    found = look("1234", key(), owner=owned_by(owner), Policy=policy(conditioned))
    assert found.root_causes == causes
