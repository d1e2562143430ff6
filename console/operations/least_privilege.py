"""The least that IAM has to allow this console for a pipeline, as one policy document.

`GRANTS` is the table: every AWS call of the console stands in it once. Resource types are from
AWS's Service Authorization Reference; `*` stands where AWS has none, and for alarms, since a
narrower scope hides composite ones (CloudWatch API Reference, DescribeAlarms).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from console.models.pipeline import Mode

PolicyMode = Literal["read-only", "peek", "operator", "repair"]
MODES: tuple[PolicyMode, ...] = ("read-only", "peek", "operator", "repair")
"""What the console may do, each mode what the ones before it may, too."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The ARNs that a policy is made for; empty or `None` where there are none.

    `keys` are the KMS keys of bucket and queues, `topics` those between bucket and queue, `users`
    those whose access keys are looked at, `principals` producer and consumer.
    """

    partition: str
    region: str
    account: str
    bucket: str | None
    queues: Sequence[str]
    dlq: str | None
    keys: Sequence[str] = ()
    topics: Sequence[str] = ()
    users: Sequence[str] = ()
    principals: Sequence[str] = ()

    def here(self, service: str, resource: str) -> str:
        """An ARN of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


_Resources = Callable[[Ground], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Grant:
    """One statement: `actions` on `resources`, needed from `mode` on."""

    sid: str
    mode: PolicyMode
    resources: _Resources
    actions: tuple[str, ...]


def _bucket(ground: Ground) -> Sequence[str]:
    return [ground.bucket] if ground.bucket else []


def _objects(ground: Ground) -> Sequence[str]:
    return [f"{ground.bucket}/*"] if ground.bucket else []


def _test_objects(ground: Ground) -> Sequence[str]:
    """Where the upload test puts its objects, behind the rule's prefix where it has one."""
    return [f"{ground.bucket}/*event-console-test/*"] if ground.bucket else []


def _queues(ground: Ground) -> Sequence[str]:
    return ground.queues


def _dlq(ground: Ground) -> Sequence[str]:
    return [ground.dlq] if ground.dlq else []


def _keys(ground: Ground) -> Sequence[str]:
    return ground.keys


def _topics(ground: Ground) -> Sequence[str]:
    return ground.topics


def _bus_rules(ground: Ground) -> Sequence[str]:
    """Any rule of the default bus, where S3's events go: which ones matter is asked there."""
    return [ground.here("events", "rule/*")]


def _users(ground: Ground) -> Sequence[str]:
    return ground.users


def _principals(ground: Ground) -> Sequence[str]:
    return ground.principals


def _anything(_: Ground) -> Sequence[str]:
    return ["*"]


GRANTS: tuple[Grant, ...] = (
    Grant(
        "BucketRead",
        "read-only",
        _bucket,
        (
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:ListBucketMultipartUploads",
            "s3:GetBucketNotification",
            "s3:GetBucketPolicy",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetBucketPublicAccessBlock",
        ),
    ),
    Grant(
        "ObjectRead",
        "read-only",
        _objects,
        ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging"),
    ),
    Grant(
        "QueueRead",
        "read-only",
        _queues,
        (
            "sqs:GetQueueUrl",
            "sqs:GetQueueAttributes",
            "sqs:ListDeadLetterSourceQueues",
            "sqs:ListMessageMoveTasks",
        ),
    ),
    Grant("KeyRead", "read-only", _keys, ("kms:Decrypt", "kms:DescribeKey", "kms:GetKeyPolicy")),
    Grant(
        "TopicRead",
        "read-only",
        _topics,
        ("sns:ListSubscriptionsByTopic", "sns:GetTopicAttributes"),
    ),
    Grant("RuleRead", "read-only", _bus_rules, ("events:DescribeRule",)),
    Grant("IamKeyRead", "read-only", _users, ("iam:ListAccessKeys", "iam:GetAccessKeyLastUsed")),
    Grant("IamSimulate", "read-only", _principals, ("iam:SimulatePrincipalPolicy",)),
    Grant(
        "AccountRead",
        "read-only",
        _anything,
        (
            "sts:GetCallerIdentity",
            "cloudwatch:GetMetricData",
            "cloudwatch:DescribeAlarms",
            "cloudtrail:LookupEvents",
            "events:ListRuleNamesByTarget",
            "sns:GetSubscriptionAttributes",
            "lambda:ListEventSourceMappings",
            "ec2:DescribeVpcEndpoints",
        ),
    ),
    Grant("QueuePeek", "peek", _queues, ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility")),
    Grant(
        "QueueWork",
        "operator",
        _queues,
        ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"),
    ),
    Grant(
        "DlqRedrive",
        "operator",
        _dlq,
        ("sqs:StartMessageMoveTask", "sqs:CancelMessageMoveTask"),
    ),
    Grant(
        "UploadTest",
        "operator",
        _test_objects,
        ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    ),
    Grant("KeyWork", "operator", _keys, ("kms:GenerateDataKey",)),
    Grant("BucketRepair", "repair", _bucket, ("s3:PutBucketNotification",)),
    Grant("QueueRepair", "repair", _queues, ("sqs:SetQueueAttributes",)),
    Grant("KeyRepair", "repair", _keys, ("kms:PutKeyPolicy",)),
)


def mode_for(mode: Mode) -> PolicyMode:
    """The mode of a policy that fits what the console may do to a pipeline."""
    if not mode.read_only:
        return "operator"
    return "peek" if mode.allow_peek else "read-only"


def policy_document(ground: Ground, mode: PolicyMode) -> Mapping[str, object]:
    """The identity policy for `mode`: as JSON, ready to be attached."""
    granted = MODES[: MODES.index(mode) + 1]
    statements = [
        {"Sid": grant.sid, "Effect": "Allow", "Action": sorted(grant.actions), "Resource": on}
        for grant in GRANTS
        if grant.mode in granted and (on := list(grant.resources(ground)))
    ]
    return {"Version": "2012-10-17", "Statement": statements}
