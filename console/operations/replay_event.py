"""An event as S3 writes it, for an object that exists. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import quote_plus

from console.models.listing import ListedObject
from console.models.message import MessageAttribute
from console.models.pipeline import QueueRef
from console.operations.rulebook import Firing

EVENT_VERSION = "2.1"
"""The version of an event without data of replication, lifecycle or tiering (S3 User Guide, event
message structure)."""
REPLAY_ATTRIBUTE = "event-console.replay"
"""The message attribute that tells a consumer that this is no event of S3's own; its value is the
operation's id."""
_UNKNOWN_ADDRESS = "0.0.0.0"


def replay_attributes(operation: str) -> dict[str, MessageAttribute]:
    """The message attributes of every event of an operation."""
    return {REPLAY_ATTRIBUTE: MessageAttribute("String", operation)}


def encoded_key(key: str) -> str:
    """A key as S3 writes it in events: form-encoded, a space as `+`, `/` as it is."""
    return quote_plus(key, safe="/")


def replay_body(
    found: ListedObject,
    bucket: str,
    queue: QueueRef,
    firing: Firing,
    *,
    caller: str | None,
    request: str,
    at: datetime,
) -> str:
    """The body of one message.

    Its time is when the object was last changed, as in the event that S3 sent then, or `at` where
    that is not known. The sequencer is left out: no API returns it, and consumers compare it.
    Who caused the event is the caller; whose the bucket is, and from where, is not known.
    """
    described: dict[str, object] = {
        "key": encoded_key(found.key),
        "size": found.size,
        "eTag": found.etag,
    }
    if found.version_id is not None:
        described["versionId"] = found.version_id
    record = {
        "eventVersion": EVENT_VERSION,
        "eventSource": "aws:s3",
        "awsRegion": queue.region,
        "eventTime": _moment(found.last_modified or at),
        "eventName": firing.event,
        "userIdentity": {"principalId": f"AWS:{caller or 'unknown'}"},
        "requestParameters": {"sourceIPAddress": _UNKNOWN_ADDRESS},
        "responseElements": {"x-amz-request-id": request, "x-amz-id-2": request},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": firing.rule_id,
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "unknown"},
                "arn": f"arn:{queue.arn.split(':')[1]}:s3:::{bucket}",
            },
            "object": described,
        },
    }
    return json.dumps({"Records": [record]}, separators=(",", ":"))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
