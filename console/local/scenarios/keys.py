"""Queues encrypted with a key that S3 may not or cannot use."""

from __future__ import annotations

import json
from typing import Any

from console.local.scenarios.model import Scenario
from console.local.scenarios.stage import Stage


def _key_policy(stage: Stage, *, for_s3: bool) -> dict[str, Any]:
    account = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{stage.plan.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    s3 = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Statement": [account, s3] if for_s3 else [account]}


def _encrypt(stage: Stage, *, for_s3: bool) -> str:
    """Encrypt the queue with a new key of the account's own; returns the key's id."""
    policy = json.dumps(_key_policy(stage, for_s3=for_s3))
    key: str = stage.client("kms").create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    stage.set_queue(SqsManagedSseEnabled="false", KmsMasterKeyId=key)
    return key


def _aws_managed_key(stage: Stage) -> None:
    stage.set_queue(SqsManagedSseEnabled="false", KmsMasterKeyId="alias/aws/sqs")
    stage.upload()


def _key_policy_lacks_s3(stage: Stage) -> None:
    _encrypt(stage, for_s3=False)
    stage.upload()


def _key_unusable(stage: Stage) -> None:
    key = _encrypt(stage, for_s3=True)
    stage.client("kms").disable_key(KeyId=key)
    stage.upload()


KEYS = (
    Scenario(
        "kms.aws-managed-key",
        "The queue is encrypted with the key aws/sqs, which S3 can never use.",
        _aws_managed_key,
    ),
    Scenario(
        "kms.key-policy",
        "The queue's own key has a policy that does not let S3 use it.",
        _key_policy_lacks_s3,
    ),
    Scenario("kms.key-unusable", "The queue's key is disabled.", _key_unusable),
)
