"""The JSON documents: models in, plain values out. Keys are never renamed, unknown is null.

Texts stay raw here, and are ASCII-escaped when they are written; times are ISO 8601 in UTC, sizes
bytes, durations seconds.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.errors import AwsError, ConsoleError
from console.models.event import S3Event
from console.models.message import Message, MessageAttribute
from console.models.peek import PeekSummary
from console.models.pipeline import Pipeline, QueueRef
from console.models.upload import UploadReport, UploadStep
from console.text import iso

Document = dict[str, Any]


def to_json(document: object, *, indent: int | None = None) -> str:
    """A document as ASCII text, so that no terminal or pipe can be harmed by what is in it.

    Numbers that JSON does not have, which a policy can hold in Python's reading, become null.
    """
    try:
        return json.dumps(document, ensure_ascii=True, allow_nan=False, indent=indent)
    except ValueError:
        return json.dumps(_finite(document), ensure_ascii=True, allow_nan=False, indent=indent)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list) else value


def time(moment: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC."""
    return None if moment is None else iso(moment)


def number(value: float | None) -> float | None:
    """A number that JSON can carry: a missing or infinite one is unknown."""
    return value if value is not None and math.isfinite(value) else None


def pipeline_document(pipeline: Pipeline) -> Document:
    """What a pipeline was found to be, and why what is missing is missing."""
    identity = pipeline.identity
    return {
        "name": pipeline.name,
        "region": pipeline.region,
        "account": identity.account if identity else None,
        "identity": identity.arn if identity else None,
        "bucket": pipeline.bucket,
        "queue": queue_ref_document(pipeline.queue),
        "dlq": queue_ref_document(pipeline.dlq),
        "endpoint_url": pipeline.endpoint_url,
        "production": pipeline.mode.production,
        "read_only": pipeline.mode.read_only,
        "allow_peek": pipeline.mode.may_peek,
        "expected": {
            "events": list(pipeline.expected_events),
            "prefix": pipeline.expected_prefix,
            "suffix": pipeline.expected_suffix,
        },
        "unknown": [{"field": u.field, "reason": u.reason} for u in pipeline.unknown],
    }


def queue_ref_document(queue: QueueRef | None) -> Document | None:
    """A queue by its three names."""
    return None if queue is None else {"name": queue.name, "url": queue.url, "arn": queue.arn}


def error_document(error: ConsoleError | None) -> Document:
    """The keys that tell of a failure; all null where there is none."""
    permission = error.permission if isinstance(error, AwsError) else None
    kind = error.kind if isinstance(error, AwsError) else None
    return {
        "error": error.sentence if error else None,
        "error_kind": kind,
        "remedy": error.remedy if error else None,
        "permission": permission,
    }


def message_document(message: Message) -> Document:
    """One line of `peek`; `events` is there where the body has several records."""
    events = [event_document(event) for event in message.parsed.events]
    document: Document = {
        "type": "message",
        "queue": message.queue_arn,
        "message_id": message.message_id,
        "kind": message.parsed.kind,
        "receive_count": message.receive_count,
        "receives_left": message.receives_left,
        "sent_at": time(message.sent_at),
        "first_received_at": time(message.first_received_at),
        "event": events[0] if events else None,
        "body": message.body,
        "attributes": {name: _attribute(a) for name, a in message.attributes.items()},
        "system_attributes": dict(message.system_attributes),
        "note": message.parsed.note,
    }
    if len(events) > 1:
        document["events"] = events
    return document


def event_document(event: S3Event) -> Document:
    """One event, its key decoded."""
    return {
        "name": event.name,
        "bucket": event.bucket,
        "key": event.key,
        "size": event.size,
        "etag": event.etag,
        "version_id": event.version_id,
        "sequencer": event.sequencer,
        "time": time(event.time),
        "wrapped_by": event.wrapped_by,
    }


def _attribute(attribute: MessageAttribute) -> Mapping[str, str]:
    value = attribute.value
    text = value if isinstance(value, str) else base64.b64encode(value).decode("ascii")
    return {"type": attribute.type, "value": text}


def peek_summary_document(summary: PeekSummary) -> Document:
    """The last line of `peek`."""
    return {
        "type": "summary",
        "received": summary.received,
        "matched": summary.matched,
        "released": summary.released,
        "held": summary.held,
        "withheld": summary.withheld,
        "unreleased": summary.unreleased,
        "partial": summary.partial,
        "warning": summary.warning,
        "reappear_at": time(summary.reappear_at),
    }


def upload_document(report: UploadReport) -> Document:
    """How an upload test ended."""
    return {
        "ok": report.ok,
        "bucket": report.bucket,
        "key": report.key,
        "steps": [_step(step) for step in report.steps],
        "upload_to_event_seconds": number(report.upload_to_event_seconds),
        "taken_by_consumer": report.taken_by_consumer,
        "root_causes": list(report.root_causes),
        "started_at": time(report.started_at),
        "conclusion": report.conclusion,
    }


def _step(step: UploadStep) -> Document:
    return {
        "name": step.name,
        "status": step.status,
        "seconds": number(step.seconds),
        "detail": step.detail,
    }
