"""Queue policies that keep S3 from sending."""

from __future__ import annotations

from typing import Any

from console.local.reference import queue_policy
from console.local.scenarios.model import Scenario
from console.local.scenarios.stage import Stage

_OTHER_ACCOUNT = "111122223333"
_OUR_ENDPOINT = "vpce-0f3a1c5e7b9d2468a"
_OUR_ORGANISATION = "o-a1b2c3d4e5"


def _policy(stage: Stage, *more: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The usual policy with a statement changed and others added."""
    policy = queue_policy(stage.plan)
    policy["Statement"] = [policy["Statement"][0] | changes, *more]
    return policy


def _no_allow(stage: Stage) -> None:
    stage.set_queue(Policy="")
    stage.upload()


def _wrong_resource(stage: Stage) -> None:
    stage.set_policy(_policy(stage, Resource=stage.plan.queue_arn(f"{stage.plan.queue}-staging")))
    stage.upload()


def _wrong_source_arn(stage: Stage) -> None:
    condition = {"ArnLike": {"aws:SourceArn": f"{stage.plan.bucket_arn}/*"}}
    stage.set_policy(_policy(stage, Condition=condition))
    stage.upload()


def _wrong_source_account(stage: Stage) -> None:
    condition = {
        "ArnEquals": {"aws:SourceArn": stage.plan.bucket_arn},
        "StringEquals": {"aws:SourceAccount": _OTHER_ACCOUNT},
    }
    stage.set_policy(_policy(stage, Condition=condition))
    stage.upload()


def _wildcard_in_string_equals(stage: Stage) -> None:
    condition = {"StringEquals": {"aws:SourceArn": f"arn:aws:s3:*:*:{stage.plan.bucket}"}}
    stage.set_policy(_policy(stage, Condition=condition))
    stage.upload()


def _explicit_deny(stage: Stage) -> None:
    deny = {
        "Sid": "OnlyThroughOurEndpoint",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": stage.plan.queue_arn(stage.plan.queue),
        "Condition": {"StringNotEquals": {"aws:SourceVpce": _OUR_ENDPOINT}},
    }
    stage.set_policy(_policy(stage, deny))
    stage.upload()


def _absent_condition_key(stage: Stage) -> None:
    condition = {"StringEquals": {"aws:PrincipalOrgID": _OUR_ORGANISATION}}
    stage.set_policy(_policy(stage, Condition=condition))
    stage.upload()


def _wrong_principal(stage: Stage) -> None:
    account = {"AWS": f"arn:aws:iam::{stage.plan.account}:root"}
    stage.set_policy(_policy(stage, Principal=account))
    stage.upload()


POLICIES = (
    Scenario("policy.no-allow", "The queue has no policy that allows S3 to send.", _no_allow),
    Scenario(
        "policy.wrong-resource",
        "The queue policy's Resource names another queue.",
        _wrong_resource,
    ),
    Scenario(
        "policy.wrong-source-arn",
        "aws:SourceArn in the queue policy names the bucket's objects, not the bucket.",
        _wrong_source_arn,
    ),
    Scenario(
        "policy.wrong-source-account",
        "aws:SourceAccount in the queue policy is not the bucket's account.",
        _wrong_source_account,
    ),
    Scenario(
        "policy.wildcard-in-string-equals",
        "The queue policy compares a wildcard by StringEquals, which takes it literally.",
        _wildcard_in_string_equals,
    ),
    Scenario(
        "policy.explicit-deny",
        "A Deny for everything outside a VPC endpoint shuts S3 out too.",
        _explicit_deny,
    ),
    Scenario(
        "policy.absent-condition-key",
        "The queue policy wants a condition key that S3's calls do not carry.",
        _absent_condition_key,
    ),
    Scenario(
        "policy.wrong-principal",
        "The queue policy allows an AWS account, not the service S3.",
        _wrong_principal,
    ),
)
