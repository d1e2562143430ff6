"""Events as CloudTrail's event history returns them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from console.aws.trail_records import trail_event
from console.models.trail import TrailEvent
from tests.fakes import START

ACCOUNT = "111122223333"
REGION = "us-east-2"
BUCKET = "uploads"
ALICE = f"arn:aws:sts::{ACCOUNT}:assumed-role/OnCall/alice"


def raw(
    name: str, minutes_ago: float = 0, parameters: Any = None, *, at: datetime = START, **more: Any
) -> dict[str, Any]:
    """One event; `more` goes into its record, `None` takes a field out."""
    moment = (at - timedelta(minutes=minutes_ago)).astimezone(UTC)
    identifier = f"{name}-{minutes_ago}"
    record = {
        "eventVersion": "1.08",
        "userIdentity": {"type": "AssumedRole", "arn": ALICE, "accountId": ACCOUNT},
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.31",
        "requestParameters": parameters,
        "responseElements": None,
        "eventID": identifier,
        "recipientAccountId": ACCOUNT,
        **more,
    }
    return {
        "EventId": identifier,
        "EventName": name,
        "EventTime": moment,
        "Username": "alice",
        "Resources": [],
        "CloudTrailEvent": json.dumps(record),
    }


def event(name: str, minutes_ago: float = 0, parameters: Any = None, **more: Any) -> TrailEvent:
    """The same, read."""
    return trail_event(raw(name, minutes_ago, parameters, **more))


def rule(suffix: str, identifier: str = "mp3") -> dict[str, Any]:
    """A rule as S3's XML turns out in CloudTrail's JSON."""
    return {
        "Id": identifier,
        "Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders",
        "Event": "s3:ObjectCreated:*",
        "Filter": {"S3Key": {"FilterRule": {"Name": "suffix", "Value": suffix}}},
    }


def notification(*rules: dict[str, Any], bucket: str = BUCKET) -> dict[str, Any]:
    """The parameters of a notification PUT: one rule is no list."""
    configuration: dict[str, Any] = {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/"}
    if rules:
        configuration["QueueConfiguration"] = rules[0] if len(rules) == 1 else list(rules)
    return {
        "bucketName": bucket,
        "Host": f"{bucket}.s3.{REGION}.amazonaws.com",
        "notification": [""],
        "NotificationConfiguration": configuration,
    }


def attributes(queue: str = "orders", **values: str) -> dict[str, Any]:
    """The parameters of SetQueueAttributes."""
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}"
    return {"queueUrl": url, "attributes": values}
