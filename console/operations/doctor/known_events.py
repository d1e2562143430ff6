"""What is known of the event of an upload before it is seen: on EventBridge's bus, and in the body
that SNS passes on. Pure.

S3 User Guide, EventBridge event message structure and event message structure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

from console.operations.doctor.event_patterns import Fields, Unsaid

REASONS: Mapping[str, str] = {
    "PutObject": "s3:ObjectCreated:Put",
    "POST Object": "s3:ObjectCreated:Post",
    "CopyObject": "s3:ObjectCreated:Copy",
    "CompleteMultipartUpload": "s3:ObjectCreated:CompleteMultipartUpload",
}
"""EventBridge names the API call, S3 the kind of event."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload to a bucket; `None` is what is not known.

    Where no `key` is asked about, it stands for any upload, and what a filter says to the object
    decides nothing. `size` is in bytes.
    """

    bucket: str
    partition: str = "aws"
    region: str | None = None
    account: str | None = None
    key: str | None = None
    size: int | None = None


def on_the_bus(upload: Upload, reason: str) -> Fields:
    """The event that EventBridge gets of an upload by one kind of request."""
    detail: dict[str, object] = {
        "version": "0",
        "bucket": Fields({"name": upload.bucket}),
        "object": _object(upload, upload.key),
        "reason": reason,
        "request-id": Unsaid.UNKNOWN,
        "requester": Unsaid.UNKNOWN,
        "source-ip-address": Unsaid.UNKNOWN,
    }
    return Fields(
        {
            "version": "0",
            "id": Unsaid.UNKNOWN,
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": _known(upload.account),
            "time": Unsaid.UNKNOWN,
            "region": _known(upload.region),
            "resources": [_arn(upload)],
            "detail": Fields(detail, Unsaid.ABSENT),
        },
        Unsaid.ABSENT,
    )


def in_the_body(upload: Upload, rule_id: str, name: str) -> Fields:
    """The body of S3's own message for an event type such as `ObjectCreated:Put`, by a rule."""
    s3: dict[str, object] = {
        "configurationId": rule_id,
        "bucket": Fields({"name": upload.bucket, "arn": _arn(upload)}),
        "object": _object(upload, _form_encoded(upload.key)),
    }
    record: dict[str, object] = {
        "eventSource": "aws:s3",
        "awsRegion": _known(upload.region),
        "eventName": name,
        "s3": Fields(s3),
    }
    return Fields({"Records": [Fields(record)]}, Unsaid.ABSENT)


def _object(upload: Upload, key: object) -> object:
    size = _known(upload.size)
    return Unsaid.ANY if upload.key is None else Fields({"key": key, "size": size})


def _form_encoded(key: str | None) -> object:
    """The key as S3 writes it; which of these characters it leaves alone is not documented."""
    if key is None or any(character in key for character in "!'()*~"):
        return Unsaid.UNKNOWN
    return quote_plus(key, "/", errors="replace")


def _arn(upload: Upload) -> str:
    return f"arn:{upload.partition}:s3:::{upload.bucket}"


def _known(value: object) -> object:
    return Unsaid.UNKNOWN if value is None else value
