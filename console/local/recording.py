"""What the emulator's CloudTrail is taught: to record S3's bucket calls by their names with their
parameters, and no data events, as AWS does.

ministack 1.5.33 records every PUT on a bucket as CreateBucket without parameters, refused ones as
done, and each SendMessage and PutObject, which push the rest out of its history of 10,000 events.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4
from xml.etree import ElementTree

from console.local.emulator import service

# By the subresource in the query: what PUT and DELETE on it are called (S3 User Guide, bucket-level
# actions tracked by CloudTrail).
_CALLS: Mapping[str, Mapping[str, str]] = {
    "notification": {"PUT": "PutBucketNotification"},
    "policy": {"PUT": "PutBucketPolicy", "DELETE": "DeleteBucketPolicy"},
    "encryption": {"PUT": "PutBucketEncryption", "DELETE": "DeleteBucketEncryption"},
    "versioning": {"PUT": "PutBucketVersioning"},
    "lifecycle": {"PUT": "PutBucketLifecycle", "DELETE": "DeleteBucketLifecycle"},
    "publicAccessBlock": {
        "PUT": "PutBucketPublicAccessBlock",
        "DELETE": "DeleteBucketPublicAccessBlock",
    },
}
_BUCKET_CALLS = {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}
_MANAGEMENT = ("Create", "Delete", "Set", "Add", "Remove", "Purge", "Start", "Cancel", "Put")
_DATA = ("DeleteMessage", "DeleteMessageBatch")


def teach_trail() -> None:
    """Record what AWS's event history would hold of S3 and SQS."""
    app: Any = importlib.import_module("ministack.app")
    record, handle = app._maybe_record_cloudtrail, app.SERVICE_HANDLERS["s3"]

    def record_management(
        name: str, method: str, path: str, headers: Any, body: bytes, query: Any, *more: Any
    ) -> None:
        if name == "s3":
            return
        call = str(headers.get("x-amz-target", "")).rpartition(".")[2]
        if name != "sqs" or (call.startswith(_MANAGEMENT) and call not in _DATA):
            record(name, method, path, headers, body, query, *more)

    async def handle_and_record(
        method: str, path: str, headers: Any, body: bytes, query: Any
    ) -> Any:
        answer = await handle(method, path, headers, body, query)
        call = _bucket_call(method, path, query)
        if call is not None:
            _record(app, call, path, headers, body, query, answer)
        return answer

    app._maybe_record_cloudtrail = record_management
    app.SERVICE_HANDLERS["s3"] = handle_and_record


def set_back(age: timedelta) -> None:
    """Let all that is recorded so far be older: an installation that was put up just now has no
    history, and S3 would take minutes to follow its rules."""
    for events in list(service("cloudtrail")._events._data.values()):
        for event in list(events):
            event["EventTime"] -= age.total_seconds()
            record = json.loads(event["CloudTrailEvent"])
            at = datetime.fromtimestamp(event["EventTime"], UTC)
            event["CloudTrailEvent"] = json.dumps({**record, "eventTime": f"{at:%FT%TZ}"})


def _bucket_call(method: str, path: str, query: Mapping[str, Any]) -> str | None:
    if len([part for part in path.split("/") if part]) != 1 or method not in _BUCKET_CALLS:
        return None
    for subresource, calls in _CALLS.items():
        if subresource in query:
            return calls.get(method)
    return _BUCKET_CALLS[method] if not query else None


def _record(
    app: Any,
    call: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, Any],
    answer: tuple[int, Any, bytes],
) -> None:
    cloudtrail, bucket = service("cloudtrail"), unquote(path.strip("/"))
    key = app.extract_access_key_id(headers, query) or ""
    cloudtrail.record_event(
        service="s3",
        event_name=call,
        username=key,
        access_key_id=key,
        resources=[{"ResourceName": bucket, "ResourceType": "AWS::S3::Bucket"}],
        region=cloudtrail.get_region(),
        request_id=uuid4().hex,
        user_agent=headers.get("user-agent", ""),
        request_params={"bucketName": bucket, **parameters(call, body)},
        method="PUT",
    )
    if answer[0] >= 400:
        _mark_refused(cloudtrail._get_event_queue()[-1], answer[2])


def _mark_refused(event: dict[str, Any], body: bytes) -> None:
    told = _document(body)
    record = json.loads(event["CloudTrailEvent"])
    error = told if isinstance(told, dict) else {}
    record["errorCode"] = error.get("Code", "Unknown")
    record["errorMessage"] = error.get("Message", "")
    event["CloudTrailEvent"] = json.dumps(record)


def parameters(call: str, body: bytes) -> dict[str, Any]:
    """A call's body as CloudTrail shows it: S3's XML as JSON, a policy as it is."""
    if call == "PutBucketPolicy":
        try:
            return {"bucketPolicy": json.loads(body)}
        except ValueError:
            return {}
    told = _document(body)
    return {} if told is None else {_root_name(body): told}


def _root_name(body: bytes) -> str:
    return _local(ElementTree.fromstring(body).tag)


def _document(body: bytes) -> Any:
    try:
        return _as_json(ElementTree.fromstring(body))
    except ElementTree.ParseError:
        return None


def _as_json(element: ElementTree.Element) -> Any:
    """Children by name, in a list where there are several of one; the text where there are none."""
    if not len(element):
        return (element.text or "").strip()
    found: dict[str, Any] = {}
    for child in element:
        name, value = _local(child.tag), _as_json(child)
        if name in found:
            before = found[name]
            found[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[name] = value
    return found


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
