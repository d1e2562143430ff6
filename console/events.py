"""What a message body says: S3 events in every version and wrapping, or something else.

Bodies are hostile: anybody who may send to the queue writes them. Nothing here raises, and the
work is bounded by the body's length.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast
from urllib.parse import unquote_plus

from console.models.event import ParsedBody, S3Event

# An SQS message has at most 1 MiB (SQS Developer Guide, quotas).
_LONGEST_BODY = 2 * 1024 * 1024
_MOST_WRAPPINGS = 3
_MOST_EVENTS = 1000
_LONGEST_INTEGER = 19
_HEX = re.compile(r"[0-9a-fA-F]+")

# S3 User Guide, "Using EventBridge", event type mapping; the reasons from its message structure.
_EVENTBRIDGE_NAMES = {
    ("Object Created", "PutObject"): "ObjectCreated:Put",
    ("Object Created", "POST Object"): "ObjectCreated:Post",
    ("Object Created", "CopyObject"): "ObjectCreated:Copy",
    ("Object Created", "CompleteMultipartUpload"): "ObjectCreated:CompleteMultipartUpload",
    ("Object Restore Initiated", None): "ObjectRestore:Post",
    ("Object Restore Completed", None): "ObjectRestore:Completed",
    ("Object Restore Expired", None): "ObjectRestore:Delete",
    ("Object Tags Added", None): "ObjectTagging:Put",
    ("Object Tags Deleted", None): "ObjectTagging:Delete",
    ("Object ACL Updated", None): "ObjectAcl:Put",
    ("Object Storage Class Changed", None): "LifecycleTransition",
    ("Object Access Tier Changed", None): "IntelligentTiering",
}
_DELETIONS = {"Permanently Deleted": "Delete", "Delete Marker Created": "DeleteMarkerCreated"}


def parse_body(body: str) -> ParsedBody:
    """Read a message body. Never raises; what is no S3 event is of kind `other`, with a note.

    Understands S3's own events (any minor version, several records), its test event, EventBridge
    events, and each of these inside SNS notifications. Unknown event names and fields are fine.
    """
    if len(body) > _LONGEST_BODY:
        return _other("longer than any SQS message")
    return _parse(body, wrappings=0)


_parsed = lru_cache(maxsize=2048)(parse_body)
_LONGEST_KEPT = 16 * 1024


def parsed_body(body: str) -> ParsedBody:
    """`parse_body`, remembering the bodies asked for last: a table asks again and again."""
    return _parsed(body) if len(body) <= _LONGEST_KEPT else parse_body(body)


def _parse(body: str, wrappings: int) -> ParsedBody:
    try:
        document = _load(body)
    except ValueError:
        return _other("not JSON")
    except RecursionError:
        return _other("nested too deeply to be an event")
    if not isinstance(document, dict):
        return _other("JSON, but not an object")
    fields = cast("dict[str, Any]", document)
    if isinstance(fields.get("Message"), str) and isinstance(fields.get("Type"), str):
        return _parse_sns(fields, wrappings)
    if fields.get("Event") == "s3:TestEvent" and "Records" not in fields:
        return ParsedBody("s3-test-event")
    if isinstance(fields.get("Records"), list):
        return _parse_records(fields["Records"])
    if fields.get("source") == "aws.s3" and isinstance(fields.get("detail-type"), str):
        return _parse_eventbridge(fields)
    return _other("JSON, but no S3 event")


def _load(body: str) -> object:
    # Python refuses integers of thousands of digits; one such number must not hide an event.
    return json.loads(
        body.removeprefix("\ufeff"),
        parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST_INTEGER else None,
        parse_constant=lambda _: None,
    )


def _other(note: str) -> ParsedBody:
    return ParsedBody("other", note=note)


def _parse_sns(fields: Mapping[str, Any], wrappings: int) -> ParsedBody:
    if fields["Type"] != "Notification":
        return _other(f"from SNS, but not a notification: {fields['Type'][:64]}")
    if wrappings == _MOST_WRAPPINGS:
        return _other("wrapped by SNS too many times")
    inner = _parse(fields["Message"], wrappings + 1)
    if inner.kind == "other":
        return inner if wrappings else _other(f"an SNS notification; its message is {inner.note}")
    # An EventBridge event stays one: that its key is not encoded matters more than the envelope.
    events = tuple(replace(e, wrapped_by=e.wrapped_by or "sns") for e in inner.events)
    twice = "wrapped by SNS more than once" if wrappings else None
    enveloped = "wrapped by SNS" if inner.kind != "s3" and not wrappings else None
    return ParsedBody(inner.kind, events, _joined(inner.note, twice, enveloped))


def _joined(*notes: str | None) -> str | None:
    return "; ".join(note for note in notes if note) or None


def _parse_records(records: list[Any]) -> ParsedBody:
    events = tuple(
        event for record in records[:_MOST_EVENTS] if (event := _record_event(record)) is not None
    )
    if not events:
        return _other(_why_no_event(records))
    left_out = len(records) - len(events)
    skipped = f"{left_out} of {len(records)} records are no readable S3 event" if left_out else None
    newer = next((e.event_version for e in events if not _known_version(e.event_version)), None)
    version = f"event version {newer[:16]} is not 2.x" if newer else None
    garbled = "a key is not valid UTF-8" if any("\ufffd" in e.key for e in events) else None
    return ParsedBody("s3", events, _joined(skipped, version, garbled))


def _why_no_event(records: list[Any]) -> str:
    first = _mapping(records[0]) if records else {}
    source = _text(first.get("eventSource"))
    if source is not None and not _is_s3(source):
        return f"records of {source[:64]}, not of S3"
    return "records without a bucket and key" if records else "an empty list of records"


def _known_version(version: str | None) -> bool:
    """AWS: accept an equal major and any minor version (S3 User Guide, event structure)."""
    return version is None or version.split(".", 1)[0] == "2"


def _record_event(record: object) -> S3Event | None:
    fields = _mapping(record)
    source = _text(fields.get("eventSource"))
    s3 = _mapping(fields.get("s3"))
    item = _mapping(s3.get("object"))
    bucket = _text(_mapping(s3.get("bucket")).get("name"))
    raw_key = _text(item.get("key"))
    raw_name = _text(fields.get("eventName"))
    if not (bucket and raw_key and raw_name) or (source is not None and not _is_s3(source)):
        return None
    version_id = _text(item.get("versionId"))
    return S3Event(
        name=raw_name.removeprefix("s3:"),
        bucket=bucket,
        key=unquote_plus(raw_key),
        raw_key=raw_key,
        size=_size(item.get("size")),
        etag=_text(item.get("eTag")),
        version_id=_version(version_id),
        sequencer=_text(item.get("sequencer")),
        time=_time(fields.get("eventTime")),
        raw_name=raw_name,
        raw_version_id=version_id,
        event_version=_text(fields.get("eventVersion")),
        region=_text(fields.get("awsRegion")),
        rule_id=_text(s3.get("configurationId")),
    )


def _is_s3(source: str) -> bool:
    """AWS writes `aws:s3`; S3-compatible servers write their own name before the colon."""
    return source.endswith(":s3")


def _parse_eventbridge(fields: Mapping[str, Any]) -> ParsedBody:
    detail = _mapping(fields.get("detail"))
    item = _mapping(detail.get("object"))
    bucket = _text(_mapping(detail.get("bucket")).get("name"))
    key = _text(item.get("key"))
    if not bucket or not key:
        return _other("from EventBridge, but without a bucket and key")
    version_id = _text(item.get("version-id"))
    event = S3Event(
        name=_eventbridge_name(fields["detail-type"], detail),
        bucket=bucket,
        key=key,
        raw_key=key,
        size=_size(item.get("size")),
        etag=_text(item.get("etag")),
        version_id=_version(version_id),
        sequencer=_text(item.get("sequencer")),
        time=_time(fields.get("time")),
        wrapped_by="eventbridge",
        raw_name=fields["detail-type"],
        raw_version_id=version_id,
        region=_text(fields.get("region")),
    )
    return ParsedBody("eventbridge", (event,))


def _eventbridge_name(detail_type: str, detail: Mapping[str, Any]) -> str:
    """The S3 event name that an EventBridge event stands for, else its detail type."""
    reason = _text(detail.get("reason"))
    if detail_type == "Object Deleted":
        group = "LifecycleExpiration" if reason == "Lifecycle Expiration" else "ObjectRemoved"
        deletion = _DELETIONS.get(_text(detail.get("deletion-type")) or "")
        return f"{group}:{deletion}" if deletion else detail_type
    by_type = _EVENTBRIDGE_NAMES.get((detail_type, None), detail_type)
    return _EVENTBRIDGE_NAMES.get((detail_type, reason), by_type)


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _size(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _version(raw: str | None) -> str | None:
    """`""` and `"null"` mean that the object has no version id."""
    return None if raw in ("", "null") else raw


def _time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def compare_sequencers(first: str | None, second: str | None) -> int | None:
    """Order two events of one key: negative, 0 or positive as `first` is older, equal, newer.

    Sequencers are hexadecimal numbers (S3 User Guide, event message structure: compare after
    left-padding with zeros). `None` where one is missing or is no such number: cannot tell.
    """
    if first is None or second is None:
        return None
    if not _HEX.fullmatch(first) or not _HEX.fullmatch(second):
        return None
    a, b = _comparable(first), _comparable(second)
    return (a > b) - (a < b)


def _comparable(sequencer: str) -> tuple[int, str]:
    digits = sequencer.lstrip("0").lower()
    return len(digits), digits
