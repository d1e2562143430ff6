"""A bucket that notifies nobody, somebody else, or of other things; or takes no uploads."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

from console.local.reference import queue_policy
from console.local.scenarios.model import Scenario
from console.local.scenarios.stage import Stage

_EVENTS = ["s3:ObjectCreated:*"]


def _no_notification(stage: Stage) -> None:
    stage.notify({})
    stage.upload()


def _other_queue(stage: Stage) -> None:
    other = replace(stage.plan, queue=f"{stage.plan.queue}-staging")
    stage.sqs.create_queue(
        QueueName=other.queue, Attributes={"Policy": json.dumps(queue_policy(other))}
    )
    stage.change_rule(QueueArn=other.queue_arn(other.queue))
    stage.upload()


def _events_not_covered(stage: Stage) -> None:
    stage.change_rule(Events=["s3:ObjectCreated:CompleteMultipartUpload"])
    stage.upload()


def _other_destination(stage: Stage) -> None:
    topic = stage.client("sns").create_topic(Name=f"{stage.plan.queue[:200]}-topic")["TopicArn"]
    stage.client("sns").set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps(_topic_policy(stage, topic)),
    )
    stage.notify({"TopicConfigurations": [{"TopicArn": topic, "Events": _EVENTS}]})
    stage.upload()


def _topic_policy(stage: Stage, topic: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnEquals": {"aws:SourceArn": stage.plan.bucket_arn}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _destination_missing(stage: Stage) -> None:
    stage.change_rule(QueueArn=stage.plan.queue_arn(f"{stage.plan.queue}-retired"))
    stage.upload()


def _upload_denied(stage: Stage) -> None:
    deny = {
        "Sid": "FrozenForMigration",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{stage.plan.bucket_arn}/*",
    }
    stage.s3.put_bucket_policy(
        Bucket=stage.plan.bucket,
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    with suppress(stage.producer.exceptions.ClientError):
        stage.upload()


def _wrong_bucket(stage: Stage) -> None:
    """The installation moved to a bucket of another name, and the pipeline names the old one."""
    stage.s3.delete_bucket(Bucket=stage.plan.bucket)
    stage.s3.create_bucket(
        Bucket=f"{stage.plan.bucket[:60]}-v2",
        CreateBucketConfiguration={"LocationConstraint": stage.plan.region},
    )


BUCKETS = (
    Scenario(
        "bucket.no-notification",
        "The bucket has no notification configuration.",
        _no_notification,
    ),
    Scenario(
        "bucket.wrong-bucket",
        "The bucket of the pipeline does not exist any more.",
        _wrong_bucket,
    ),
    Scenario("bucket.other-queue", "The bucket notifies another queue.", _other_queue),
    Scenario(
        "bucket.events-not-covered",
        "The rule is for multipart uploads, and these are uploaded in one part.",
        _events_not_covered,
    ),
    Scenario("bucket.other-destination", "The bucket notifies a topic only.", _other_destination),
    Scenario(
        "bucket.destination-missing",
        "The bucket notifies a queue that does not exist.",
        _destination_missing,
    ),
    Scenario(
        "bucket.upload-denied",
        "A statement of the bucket's policy refuses every upload.",
        _upload_denied,
    ),
)
