"""A message, its object and its audio as text for the detail pane."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime

from textual.content import Content

from console.models.event import S3Event
from console.models.message import Message, MessageAttribute
from console.models.objectview import ObjectView
from console.text import human_count, human_duration, human_size
from console.tui.lines import LABEL, Line, heading, row
from console.tui.words import ago, day_time

BODY_SHOWN = 20_000
Show = Callable[[str], str]


def message_lines(message: Message, show: Show, now: datetime) -> list[Line]:
    """What the message says: its event, then its own figures."""
    lines: list[Line] = [heading(_kind(message))]
    if message.parsed.note:
        lines.append(Content.styled(show(message.parsed.note), "$text-warning"))
    for event in message.parsed.events:
        lines += [*_event(event, show, now), Content("")]
    if not message.parsed.events:
        lines.append(Content(""))
    lines += [heading("Message"), row("id", show(message.message_id))]
    if message.sent_at:
        lines.append(row("sent", f"{day_time(message.sent_at)} ({ago(message.sent_at, now)})"))
    lines.append(
        row("received", _receives(message), "$text-error" if message.at_last_attempt else "")
    )
    return lines


def _kind(message: Message) -> str:
    count = len(message.parsed.events)
    return {
        "s3": "S3 event" if count == 1 else f"S3 event, {count} records",
        "s3-test-event": "S3 test event: sent when a notification is configured",
        "eventbridge": "EventBridge event",
        "other": "No S3 event: the body as it is",
    }[message.parsed.kind]


def _receives(message: Message) -> str:
    times = "once" if message.receive_count == 1 else f"{message.receive_count} times"
    left = message.receives_left
    if left is None:
        return f"{times}; no redrive policy, so no limit"
    if left <= 0:
        return f"{times}; its next receive dead-letters it"
    return f"{times}; {left} left before it is dead-lettered"


def _event(event: S3Event, show: Show, now: datetime) -> list[Line]:
    lines: list[Line] = [
        row("event", show(event.name)),
        row("bucket", show(event.bucket)),
        row("key", show(event.key), "bold"),
    ]
    if event.raw_key != event.key:
        lines.append(row("key as written", show(event.raw_key), "$text-muted"))
    if event.size is not None:
        lines.append(row("size", _size(event.size)))
    if event.time is not None:
        lines.append(row("happened", f"{day_time(event.time)} ({ago(event.time, now)})"))
    told = (
        ("ETag", event.etag),
        ("version", event.version_id),
        ("sequencer", event.sequencer),
        ("rule", event.rule_id),
        ("wrapped by", event.wrapped_by),
    )
    return lines + [row(label, show(value)) for label, value in told if value]


def _size(size: int) -> str:
    return human_size(size) if size < 1000 else f"{human_size(size)} ({human_count(size)} bytes)"


def object_lines(view: ObjectView, show: Show) -> list[Line]:
    """The object as it is in S3 now."""
    lines: list[Line] = [heading(f"Object in S3, asked {day_time(view.at)[11:]}")]
    if view.gone:
        lines.append(Content.styled("✗ gone: there is no such object now", "$text-error"))
        return lines
    if view.error is not None:
        lines.append(Content.styled(f"? unknown: {show(view.error.sentence)}", "$text-warning"))
        lines += [Content(show(view.error.remedy))] if view.error.remedy else []
        return lines
    if view.head is not None:
        head = view.head
        state = f"! changed: {show(view.changed)}" if view.changed else "✓ there, as the event says"
        lines.append(Content.styled(state, "$text-warning" if view.changed else "$text-success"))
        lines.append(row("size", _size(head.size)))
        told = (
            ("modified", day_time(head.last_modified) if head.last_modified else None),
            ("content type", head.content_type),
            ("ETag", head.etag),
            ("version", head.version_id),
            ("storage class", head.storage_class),
            ("encryption", head.encryption),
        )
        lines += [row(label, show(value)) for label, value in told if value]
        lines += [row(f"meta {show(k)}", show(v)) for k, v in sorted(head.metadata.items())]
    return [*lines, *_audio_lines(view, show)]


def _audio_lines(view: ObjectView, show: Show) -> list[Line]:
    lines: list[Line] = [Content(""), heading("Audio")]
    if view.audio is None:
        why = show(view.audio_error) if view.audio_error else "not read"
        return [*lines, Content.styled(f"? {why}", "$text-muted")]
    audio = view.audio
    kbit = f"{audio.bit_rate / 1000:.0f} kbit/s {audio.bit_rate_mode}"
    sound = (
        f"{human_duration(audio.duration_seconds)}, {kbit}, {audio.sample_rate:,} Hz, {audio.mode}"
    )
    lines.append(row("sound", sound))
    lines += [row(show(name)[: LABEL - 1], show(value)) for name, value in audio.tags]
    if not audio.tags:
        lines.append(row("tags", "none", "$text-muted"))
    if audio.note:
        lines.append(Content.styled(show(audio.note), "$text-muted"))
    read = f"read {human_size(audio.bytes_read)} of the object for this"
    return [*lines, Content.styled(read, "$text-muted")]


def attribute_lines(message: Message, show: Show) -> list[Line]:
    """Message attributes, then SQS's own."""
    lines: list[Line] = [heading("Message attributes")]
    lines += [
        row(show(name), f"{show(_value(attribute))}  ({show(attribute.type)})")
        for name, attribute in sorted(message.attributes.items())
    ]
    if not message.attributes:
        lines.append(Content.styled("none", "$text-muted"))
    lines += [Content(""), heading("System attributes")]
    lines += [
        row(show(name), show(value), indent=max(LABEL, len(show(name)) + 2))
        for name, value in sorted(message.system_attributes.items())
    ]
    return lines


def _value(attribute: MessageAttribute) -> str:
    value = attribute.value
    return value if isinstance(value, str) else base64.b64encode(value[:600]).decode()


def body_text(message: Message, *, raw: bool) -> tuple[str, str]:
    """The body's title and text: as it is, or as indented JSON where it is JSON."""
    body = message.body
    size = f"{human_count(len(body))} characters"
    if not raw:
        try:
            body = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            return f"Body as it is, not JSON, {size}", _cut(message.body)
        return f"Body as indented JSON, {size} (b shows it as it is)", _cut(body)
    return f"Body as it is, {size} (b indents it)", _cut(body)


def _cut(body: str) -> str:
    if len(body) <= BODY_SHOWN:
        return body
    return body[:BODY_SHOWN] + f"\n… the first {BODY_SHOWN:,} characters; e exports all of it"
