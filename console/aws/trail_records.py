"""Reading one event of CloudTrail's event history: text from outside, of any shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from console.models.trail import TrailEvent
from console.text import strip_secrets

_LONGEST = 1_000_000
"""CloudTrail's own limit for an event is 256 kB (CloudTrail User Guide, quotas)."""

_NEVER = datetime.fromtimestamp(0, UTC)


def trail_event(raw: Mapping[str, Any]) -> TrailEvent:
    """An event as `LookupEvents` returns it; never raises, whatever stands in it.

    Most of it is in `CloudTrailEvent`, a JSON text that may be missing or be none.
    """
    record = _record(raw.get("CloudTrailEvent"))
    return TrailEvent(
        event_id=_text(raw.get("EventId")) or _text(record.get("eventID")) or "",
        name=_text(raw.get("EventName")) or _text(record.get("eventName")) or "",
        at=_moment(raw.get("EventTime"), record.get("eventTime")),
        who=_who(_mapping(record.get("userIdentity"))) or _text(raw.get("Username")),
        user_agent=_text(record.get("userAgent")),
        source_ip=_text(record.get("sourceIPAddress")),
        error=_error(record),
        account=_text(record.get("recipientAccountId")),
        resources=_resources(raw.get("Resources"), record.get("resources")),
        parameters=_mapping(record.get("requestParameters")),
        response=_mapping(record.get("responseElements")),
    )


def _record(text: object) -> Mapping[str, Any]:
    if not isinstance(text, str) or len(text) > _LONGEST:
        return {}
    try:
        return _mapping(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return strip_secrets(value) if isinstance(value, str) and value else None


def _who(identity: Mapping[str, Any]) -> str | None:
    """The caller's ARN; of an AWS service that acts by itself, its name."""
    for name in ("arn", "invokedBy", "userName", "principalId", "accountId"):
        if found := _text(identity.get(name)):
            return found
    return None


def _error(record: Mapping[str, Any]) -> str | None:
    """Why AWS refused the call, code first; `None` where it did not."""
    code, message = _text(record.get("errorCode")), _text(record.get("errorMessage"))
    return ": ".join(part for part in (code, message) if part) or None


def _moment(sent: object, written: object) -> datetime:
    """The event's time in UTC; the beginning of all time where it has none."""
    try:
        if isinstance(sent, datetime):
            return sent.astimezone(UTC)
        moment = datetime.fromisoformat(str(written))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return _NEVER


def _resources(named: object, recorded: object) -> tuple[str, ...]:
    """Names and ARNs of what the event is about, as far as it tells."""
    found = dict[str, None]()
    for group, keys in ((named, ("ResourceName",)), (recorded, ("ARN", "arn"))):
        for item in cast("list[object]", group) if isinstance(group, list) else ():
            for key in keys:
                if name := _text(_mapping(item).get(key)):
                    found[name] = None
    return tuple(found)
