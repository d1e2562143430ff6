"""Messages as JSON Lines: the documents that `event-console peek --json` prints."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from console.models.event import S3Event
from console.models.message import Message, MessageAttribute
from console.text import iso


def export_lines(messages: Iterable[Message]) -> Iterator[str]:
    """One JSON document a message, ASCII-escaped, its body and attributes raw and whole."""
    for message in messages:
        yield json.dumps(_document(message), ensure_ascii=True)


def _document(message: Message) -> dict[str, Any]:
    events = [_event(event) for event in message.parsed.events]
    document: dict[str, Any] = {
        "type": "message",
        "queue": message.queue_arn,
        "message_id": message.message_id,
        "kind": message.parsed.kind,
        "receive_count": message.receive_count,
        "receives_left": message.receives_left,
        "sent_at": iso(message.sent_at) if message.sent_at else None,
        "first_received_at": iso(message.first_received_at) if message.first_received_at else None,
        "event": events[0] if events else None,
        "body": message.body,
        "attributes": {name: _attribute(a) for name, a in message.attributes.items()},
        "system_attributes": dict(message.system_attributes),
        "note": message.parsed.note,
    }
    if len(events) > 1:
        document["events"] = events
    return document


def _event(event: S3Event) -> dict[str, Any]:
    return {
        "name": event.name,
        "bucket": event.bucket,
        "key": event.key,
        "size": event.size,
        "etag": event.etag,
        "version_id": event.version_id,
        "sequencer": event.sequencer,
        "time": iso(event.time) if event.time else None,
        "wrapped_by": event.wrapped_by,
    }


def _attribute(attribute: MessageAttribute) -> dict[str, str]:
    value = attribute.value
    text = value if isinstance(value, str) else base64.b64encode(value).decode("ascii")
    return {"type": attribute.type, "value": text}
