"""EventBridge's rules read as notification rules. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote_plus

from console.models.notification import NotificationRule
from console.models.routes import BusRule
from console.notification import obstacles
from console.operations.doctor.event_patterns import (
    EVENTBRIDGE,
    Judgement,
    any_judgement,
    judge,
    wildcard_pieces,
)
from console.operations.doctor.known_events import REASONS, Upload, on_the_bus


@dataclass(frozen=True, slots=True)
class Taken:
    """What an EventBridge rule takes of a bucket's uploads: as notification rules, none where it
    takes nothing, and the judgement of its pattern that this rests on."""

    rules: tuple[NotificationRule, ...]
    judgement: Judgement


def taken(rule: BusRule, upload: Upload) -> Taken:
    """What an EventBridge rule takes of an upload.

    There is one notification rule for each of the filters that its pattern has on keys, with a
    prefix or suffix where the filter is one, or has one. Without event types it takes every event.
    A rule whose prefix or suffix alone keeps it from taking the key is among them.
    """
    if not rule.enabled or rule.pattern is None:
        return Taken((), Judgement(False))
    found, rules = _read(rule.name, rule.pattern, upload)
    if found.matches is False and upload.key is not None:
        rules = _refused_by_ends(rule.name, rule.pattern, upload, upload.key)
    return Taken(rules, found)


def _read(
    name: str, pattern: Mapping[str, Any], upload: Upload
) -> tuple[Judgement, tuple[NotificationRule, ...]]:
    by_event = {
        event: judge(pattern, on_the_bus(upload, reason), EVENTBRIDGE)
        for reason, event in REASONS.items()
    }
    found = any_judgement(by_event.values())
    if found.matches is False:
        return found, ()
    taken = tuple(event for event, one in by_event.items() if one.matches is not False)
    events = () if len(taken) == len(by_event) else taken
    choices = _mapping(_mapping(pattern.get("detail")).get("object")).get("key")
    ends = list(_ends(choices)) or [(None, None)]
    return found, tuple(NotificationRule(name, "eventbridge", None, events, *one) for one in ends)


def _refused_by_ends(
    name: str, pattern: Mapping[str, Any], upload: Upload, key: str
) -> tuple[NotificationRule, ...]:
    """Where a rule takes other keys of the bucket: the filters on keys that are to blame."""
    _, rules = _read(name, pattern, replace(upload, key=None))
    return tuple(rule for rule in rules if obstacles(rule, key, None))


def _ends(choices: object) -> Iterator[tuple[str | None, str | None]]:
    """Prefix and suffix of each filter on keys, encoded as in notification rules."""
    for choice in cast("list[object]", choices) if isinstance(choices, list) else []:
        found = _mapping(choice)
        prefix, suffix, wildcard = (found.get(name) for name in ("prefix", "suffix", "wildcard"))
        pieces = wildcard_pieces(wildcard) if isinstance(wildcard, str) else None
        if pieces and len(pieces) > 1:
            prefix, suffix = pieces[0], pieces[-1]
        yield _encoded(prefix), _encoded(suffix)


def _encoded(value: object) -> str | None:
    return quote_plus(value, "/", errors="replace") if isinstance(value, str) and value else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
