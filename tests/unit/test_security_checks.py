"""The security checks, on facts as AWS would tell them: warnings, and never a failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.errors import AwsError
from console.models.queue import QueueAttributes
from console.models.security import AccessKey, BucketEncryption, KeyUse
from tests.fakes import QUEUE, START
from tests.unit.security_account import (
    ACCOUNT,
    CLOSED,
    DAY,
    DLQ,
    OUR_ORGANISATION,
    S3,
    TLS,
    UPLOADER,
    USER,
    WORKER,
    Account,
    attributes,
    denied,
    endpoint,
    policy,
)

ONLY_BUCKET = {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"}}


def key(age: timedelta, *, active: bool = True) -> AccessKey:
    return AccessKey("", "AKIAIOSFODNN7EXAMPLE", active, START - age)


def queue(**changes: Any) -> QueueAttributes:
    return attributes(QUEUE, **changes)


def test_an_account_without_a_flaw_raises_nothing() -> None:
    account = Account(caller=USER, producer=UPLOADER, consumer=WORKER, keys=[key(DAY)])
    assert account.told() == {}
    assert sorted(account.asked) == sorted([
        ("s3:PutObject", "arn:aws:s3:::uploads/in/example.mp3"),
        ("sqs:ReceiveMessage", QUEUE.arn),
        ("sqs:DeleteMessage", QUEUE.arn),
        ("sqs:ChangeMessageVisibility", QUEUE.arn),
        ("s3:GetObject", "arn:aws:s3:::uploads/in/example.mp3"),
    ])  # fmt: skip


def test_what_nobody_named_is_not_asked_about() -> None:
    ids = {finding.id for finding in Account(has_dlq=False).look().findings}
    assert ids.isdisjoint(
        {
            "security.producer-denied",
            "security.consumer-denied",
            "security.access-key-age",
            "security.user-key-age",
            "security.dlq-unencrypted",
            "security.dlq-retention",
        }
    )


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (Account(queue=queue(sse_sqs=False)), "security.queue-unencrypted"),
        (Account(dlq=attributes(DLQ, sse_sqs=False)), "security.dlq-unencrypted"),
        (Account(queue=queue(policy=policy(S3))), "security.tls-only-queue"),
        (Account(queue=queue(policy="no JSON")), "security.tls-only-queue"),
        (Account(dlq=attributes(DLQ, retention=4 * 86_400)), "security.dlq-retention"),
        (Account(bucket_policy=None), "security.tls-only-bucket"),
        (Account(encryption=None), "security.bucket-unencrypted"),
        (Account(block=replace(CLOSED, block_public_policy=False)), "security.public-access"),
        (
            Account(bucket_policy=policy(TLS, {**S3, "Principal": "*", "Condition": {}})),
            "security.bucket-policy-wide",
        ),
        (
            Account(queue=queue(policy=policy(TLS, {**S3, "Principal": "*", "Condition": {}}))),
            "security.policy-wide",
        ),
        (
            Account(queue=queue(policy=policy(TLS, {**S3, "Condition": {}}))),
            "security.confused-deputy",
        ),
        (
            Account(queue=queue(policy=policy(TLS, {**S3, "Condition": ONLY_BUCKET}))),
            "security.confused-deputy",
        ),
        (
            Account(
                queue=queue(policy=policy(TLS, {**S3, "Principal": "*", "Condition": ONLY_BUCKET}))
            ),
            "security.confused-deputy",
        ),
        (Account(caller=f"arn:aws:iam::{ACCOUNT}:root"), "security.root-credentials"),
        (Account(caller=USER, keys=[key(91 * DAY)]), "security.access-key-age"),
        (
            Account(caller=USER, keys=[key(DAY)], use=KeyUse(START - 91 * DAY, "s3")),
            "security.access-key-unused",
        ),
        (Account(producer=UPLOADER, keys=[key(91 * DAY)]), "security.user-key-age"),
        (
            Account(consumer=UPLOADER, keys=[key(DAY)], use=KeyUse(START - 91 * DAY, "s3")),
            "security.user-key-unused",
        ),
        (Account(endpoints=[endpoint("s3")]), "security.endpoints-absent"),
        (
            Account(endpoints=[endpoint("s3"), endpoint("sqs", state="deleting")]),
            "security.endpoints-absent",
        ),
    ],
)
def test_each_weakness_is_one_warning(account: Account, expected: str) -> None:
    found = account.told()
    assert {i: f.status for i, f in found.items()} == {expected: "warn"}
    assert found[expected].remedy
    assert found[expected].evidence


@pytest.mark.parametrize(
    "account",
    [
        Account(queue=queue(sse_sqs=False, kms_key_id="alias/own")),
        Account(queue=queue(fifo=True), dlq=attributes(DLQ, retention=345_600, fifo=True)),
        Account(
            queue=queue(
                policy=policy(
                    TLS, {**S3, "Principal": "*", "Condition": OUR_ORGANISATION}
                )
            )
        ),
        Account(
            queue=queue(policy=policy(TLS, {**S3, "Principal": {"AWS": ACCOUNT}, "Condition": {}}))
        ),
        Account(caller=USER, keys=[key(900 * DAY, active=False)]),
        Account(endpoints=[endpoint("s3", None), endpoint("sqs", "")]),
        Account(endpoints=[endpoint("s3", "no JSON"), endpoint("sqs", "{}")]),
    ],
)  # fmt: skip
def test_what_is_unusual_but_well_raises_nothing(account: Account) -> None:
    assert account.told() == {}


def test_an_old_key_that_was_never_used_is_both() -> None:
    found = Account(caller=USER, keys=[key(400 * DAY)], use=KeyUse(None, None)).told()
    assert set(found) == {"security.access-key-age", "security.access-key-unused"}
    assert found["security.access-key-unused"].evidence["keys"] == [
        {
            "user": "me",
            "access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "age_days": 400,
            "last_used_at": None,
            "service": None,
        }
    ]


@pytest.mark.parametrize(
    ("changes", "unknown"),
    [
        (
            {"queue": denied("sqs:GetQueueAttributes")},
            {
                "security.policy-wide",
                "security.confused-deputy",
                "security.queue-unencrypted",
                "security.tls-only-queue",
                "security.dlq-retention",
            },
        ),
        (
            {"bucket_policy": denied("s3:GetBucketPolicy")},
            {"security.bucket-policy-wide", "security.tls-only-bucket"},
        ),
        ({"encryption": denied("s3:GetEncryptionConfiguration")}, {"security.bucket-unencrypted"}),
        ({"block": denied("s3:GetBucketPublicAccessBlock")}, {"security.public-access"}),
        (
            {"caller": USER, "keys": denied("iam:ListAccessKeys")},
            {"security.access-key-age", "security.access-key-unused"},
        ),
        (
            {"caller": USER, "keys": [key(DAY)], "use": denied("iam:GetAccessKeyLastUsed")},
            {"security.access-key-unused"},
        ),
        (
            {"endpoints": denied("ec2:DescribeVpcEndpoints")},
            {
                "network.vpc-endpoint-policy",
                "security.endpoints-absent",
                "security.endpoint-policy-wide",
            },
        ),
        (
            {
                "producer": UPLOADER,
                "decisions": {"s3:PutObject": denied("iam:SimulatePrincipalPolicy")},
            },
            {"security.producer-denied"},
        ),
    ],
)
def test_what_may_not_be_read_is_unknown_and_names_the_permission(
    changes: dict[str, Any], unknown: set[str]
) -> None:
    found = Account(**changes).told()
    assert {i: f.status for i, f in found.items()} == dict.fromkeys(unknown, "unknown")
    (error,) = (e for v in changes.values() for e in _errors(v))
    assert {f.permission for f in found.values()} == {error.permission}


def _errors(value: Any) -> list[AwsError]:
    values = value.values() if isinstance(value, dict) else [value]
    return [v for v in values if isinstance(v, AwsError)]


@pytest.mark.parametrize(
    ("word", "certainty"),
    [("implicitDeny", "likely"), ("explicitDeny", "proven"), ("depends", "likely")],
)
def test_a_consumer_that_may_not_do_its_part(word: str, certainty: str) -> None:
    account = Account(consumer=WORKER, decisions={"sqs:DeleteMessage": word})
    (finding,) = account.told().values()
    assert (finding.id, finding.status) == ("security.consumer-denied", "warn")
    assert finding.certainty == certainty
    assert finding.title == "By IAM's simulation the consumer may not sqs:DeleteMessage."
    assert finding.evidence["consumer"] == WORKER


def test_a_session_stands_for_its_role_and_own_keys_are_asked_about() -> None:
    key_arn = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/k"
    account = Account(
        producer=f"arn:aws:sts::{ACCOUNT}:assumed-role/uploader/session",
        consumer=WORKER,
        queue=queue(sse_sqs=False, kms_key_id="k"),
        encryption=BucketEncryption("aws:kms", key_arn),
        decisions={"kms:GenerateDataKey": "implicitDeny", "kms:Decrypt": "implicitDeny"},
    )
    found = account.told()
    assert set(found) == {"security.producer-denied", "security.consumer-denied"}
    assert account.asked.count(("kms:Decrypt", key_arn)) == 2
    assert ("kms:GenerateDataKey", key_arn) in account.asked


@pytest.mark.parametrize("word", ["implicitDeny", "explicitDeny"])
def test_a_policy_of_the_resource_grants_too_but_overrides_no_denial(word: str) -> None:
    grant = {
        "Effect": "Allow",
        "Principal": {"AWS": WORKER},
        "Action": "sqs:*",
        "Resource": QUEUE.arn,
    }
    account = Account(
        consumer=WORKER,
        queue=queue(policy=policy(S3, TLS, grant)),
        decisions={"sqs:ReceiveMessage": word},
    )
    refused = "security.consumer-denied" in account.told()
    assert refused is (word == "explicitDeny")


def test_a_denial_is_told_even_where_another_answer_is_missing() -> None:
    account = Account(
        consumer=WORKER,
        decisions={"s3:GetObject": "implicitDeny"},
        queue=denied("sqs:GetQueueAttributes"),
    )
    assert account.told()["security.consumer-denied"].status == "warn"


def test_a_principal_that_iam_does_not_know_is_a_mistake_of_the_configuration() -> None:
    unknown = AwsError("invalid", "Refused", "No such role.", code="NoSuchEntity")
    account = Account(producer=WORKER, decisions={"s3:PutObject": unknown})
    (finding,) = account.told().values()
    assert (finding.status, finding.certainty) == ("warn", "likely")
    assert "producer_arn" in finding.remedy


def test_a_principal_of_another_account_cannot_be_asked_about() -> None:
    (finding,) = Account(producer="arn:aws:iam::999999999999:role/x").told().values()
    assert (finding.id, finding.status) == ("security.producer-denied", "unknown")
    assert "999999999999" in finding.title


ALLOW_ALL = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "refused"),
    [
        ([ALLOW_ALL], []),
        ([{**ALLOW_ALL, "Action": "sqs:*", "Resource": "arn:aws:sqs:*:*:orders"}], []),
        ([{**ALLOW_ALL, "Resource": "arn:aws:sqs:*:${aws:PrincipalAccount}:*"}], []),
        ([{**ALLOW_ALL, "Principal": {"AWS": WORKER}}], []),
        ([ALLOW_ALL, {**TLS, "Action": "sqs:*"}], []),
        ([{**ALLOW_ALL, "Action": "sqs:SendMessage"}], ["all"]),
        ([{**ALLOW_ALL, "Resource": "arn:aws:sqs:*:*:others-*"}], ["all"]),
        (
            [ALLOW_ALL, {**ALLOW_ALL, "Effect": "Deny", "Action": "sqs:Delete*"}],
            ["sqs:DeleteMessage"],
        ),
    ],
)
def test_an_endpoints_policy_that_refuses_a_consumer_is_likely_one(
    statements: list[dict[str, Any]], refused: list[str]
) -> None:
    if refused == ["all"]:
        refused = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
    there = [endpoint("s3"), endpoint("sqs", policy(*statements))]
    found = Account(endpoints=there).told()
    finding = found.pop("network.vpc-endpoint-policy", None)
    assert (finding is not None) is bool(refused)
    if finding:
        assert (finding.status, finding.certainty) == ("warn", "likely")
        told_endpoint = {"endpoint": "vpce-sqs", "vpc": "vpc-1", "refused": refused}
        assert finding.evidence["endpoints"] == [told_endpoint]
    assert set(found) <= {"security.endpoint-policy-wide"}


def test_the_endpoint_policy_that_aws_makes_by_default_is_wide() -> None:
    found = Account(endpoints=[endpoint("s3", policy(ALLOW_ALL)), endpoint("sqs")]).told()
    assert set(found) == {"security.endpoint-policy-wide"}
