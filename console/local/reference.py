"""The reference installation: what it consists of, and how it is built over AWS's API.

A `Plan` is plain data, so that whatever wants an installation with a difference changes the
plan before it is built.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from console.local.names import BUCKET, DLQ, QUEUE, REGION, SUFFIX

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Plan:
    """An installation to build; times in seconds. `dlq` None builds it without one.

    `policy` and `notification` None mean the usual ones, made by `queue_policy` and
    `notification_configuration`; an empty one means none at all.
    """

    account: str
    region: str = REGION
    bucket: str = BUCKET
    queue: str = QUEUE
    dlq: str | None = DLQ
    prefix: str | None = None
    suffix: str | None = SUFFIX
    events: tuple[str, ...] = ("s3:ObjectCreated:*",)
    max_receive_count: int = 3
    visibility_timeout: int = 30
    retention: int = 4 * _DAY
    dlq_retention: int = 14 * _DAY
    versioned: bool = False
    policy: dict[str, Any] | None = None
    notification: dict[str, Any] | None = None

    @property
    def bucket_arn(self) -> str:
        """The bucket's ARN."""
        return f"arn:aws:s3:::{self.bucket}"

    def queue_arn(self, name: str) -> str:
        """The ARN of a queue of this account and region."""
        return f"arn:aws:sqs:{self.region}:{self.account}:{name}"


@dataclass(frozen=True, slots=True)
class Built:
    """What `build` made."""

    plan: Plan
    queue_url: str
    dlq_url: str | None


def queue_policy(plan: Plan) -> dict[str, Any]:
    """The queue policy that lets S3 deliver from this bucket of this account, and no other.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html
    """
    statement = {
        "Sid": "AllowBucketToSend",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": plan.queue_arn(plan.queue),
        "Condition": {
            "ArnEquals": {"aws:SourceArn": plan.bucket_arn},
            "StringEquals": {"aws:SourceAccount": plan.account},
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def notification_configuration(plan: Plan) -> dict[str, Any]:
    """The bucket's notification configuration: one rule to the queue."""
    filters = [
        {"Name": name, "Value": value}
        for name, value in (("Prefix", plan.prefix), ("Suffix", plan.suffix))
        if value is not None
    ]
    rule: dict[str, Any] = {
        "Id": "audio-file-created",
        "QueueArn": plan.queue_arn(plan.queue),
        "Events": list(plan.events),
    }
    if filters:
        rule["Filter"] = {"Key": {"FilterRules": filters}}
    return {"QueueConfigurations": [rule]}


def build(plan: Plan, sqs: Any, s3: Any) -> Built:
    """Create DLQ, queue, bucket and rule, in the order in which AWS accepts them.

    Putting the rule makes S3 send its TestEvent to the queue, as on AWS.
    """
    dlq_url = None if plan.dlq is None else _create_dlq(plan, plan.dlq, sqs)
    queue_url = sqs.create_queue(QueueName=plan.queue, Attributes=queue_attributes(plan))[
        "QueueUrl"
    ]
    _create_bucket(plan, s3)
    notification = plan.notification
    if notification is None:
        notification = notification_configuration(plan)
    if notification:
        s3.put_bucket_notification_configuration(
            Bucket=plan.bucket, NotificationConfiguration=notification
        )
    return Built(plan, queue_url, dlq_url)


def _create_dlq(plan: Plan, name: str, sqs: Any) -> str:
    allow = {"redrivePermission": "byQueue", "sourceQueueArns": [plan.queue_arn(plan.queue)]}
    attributes = {
        "MessageRetentionPeriod": str(plan.dlq_retention),
        "RedriveAllowPolicy": json.dumps(allow),
        "SqsManagedSseEnabled": "true",
    }
    url: str = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def queue_attributes(plan: Plan) -> dict[str, str]:
    """The attributes of the queue, as `create_queue` takes them."""
    policy = queue_policy(plan) if plan.policy is None else plan.policy
    attributes = {
        "VisibilityTimeout": str(plan.visibility_timeout),
        "MessageRetentionPeriod": str(plan.retention),
        "SqsManagedSseEnabled": "true",
    }
    if policy:
        attributes["Policy"] = json.dumps(policy)
    if plan.dlq is not None:
        target = {
            "deadLetterTargetArn": plan.queue_arn(plan.dlq),
            "maxReceiveCount": plan.max_receive_count,
        }
        attributes["RedrivePolicy"] = json.dumps(target)
    return attributes


def _create_bucket(plan: Plan, s3: Any) -> None:
    s3.create_bucket(
        Bucket=plan.bucket,
        CreateBucketConfiguration={"LocationConstraint": plan.region},
    )
    if plan.versioned:
        s3.put_bucket_versioning(Bucket=plan.bucket, VersioningConfiguration={"Status": "Enabled"})
