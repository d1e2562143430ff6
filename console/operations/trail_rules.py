"""The notification rules inside a PUT that CloudTrail recorded: S3's XML turned into JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from console.models.notification import NotificationRule
from console.models.trail import TrailEvent
from console.notification import explain_match

_CREATED = "s3:ObjectCreated"


def queue_rules(event: TrailEvent) -> tuple[NotificationRule, ...]:
    """The rules that send to queues, as far as they can be read; never raises."""
    configuration = _mapping(event.parameters.get("NotificationConfiguration"))
    return tuple(_rule(raw) for raw in _each(configuration.get("QueueConfiguration")))


def would_send(event: TrailEvent, queue_arn: str, key: str) -> bool:
    """Whether the PUT held a rule by which the queue hears of such an object being created."""
    return any(
        rule.destination == queue_arn
        and any(name.startswith(_CREATED) for name in rule.events)
        and explain_match(replace(rule, events=(f"{_CREATED}:*",)), key, f"{_CREATED}:Put").matches
        for rule in queue_rules(event)
    )


def _rule(raw: Mapping[str, Any]) -> NotificationRule:
    s3_key = _mapping(_mapping(raw.get("Filter")).get("S3Key"))
    filters = {
        str(rule.get("Name")).lower(): str(rule.get("Value") or "")
        for rule in _each(s3_key.get("FilterRule"))
    }
    events = raw.get("Event")
    names = cast("list[object]", events) if isinstance(events, list) else [events]
    return NotificationRule(
        id=str(raw.get("Id") or ""),
        kind="queue",
        destination=str(raw.get("Queue") or "") or None,
        events=tuple(str(name) for name in names if name),
        prefix=filters.get("prefix") or None,
        suffix=filters.get("suffix") or None,
    )


def _each(value: object) -> Iterator[Mapping[str, Any]]:
    """What XML has once is no list."""
    for item in cast("list[object]", value) if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield cast("Mapping[str, Any]", item)


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
