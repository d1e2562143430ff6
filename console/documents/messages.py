"""The JSON Lines of `peek`: one document a message, and a summary at the end."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from console.documents.values import Document, time
from console.models.event import S3Event
from console.models.message import Message, MessageAttribute
from console.models.peek import PeekSummary


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
        "attributes": attributes_document(message.attributes),
        "system_attributes": dict(message.system_attributes),
        "note": message.parsed.note,
    }
    if len(events) > 1:
        document["events"] = events
    return document


def attributes_document(attributes: Mapping[str, MessageAttribute]) -> Document:
    """Message attributes with their types; binary values in base64."""
    return {name: _attribute(attribute) for name, attribute in attributes.items()}


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
        "in_flight_elsewhere": summary.elsewhere,
    }
