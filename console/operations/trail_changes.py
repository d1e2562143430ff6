"""What each call changed: its fields beside those that the calls before it had set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from console.models.trail import Change, FieldChange, TrailEvent
from console.operations.trail_families import Family
from console.operations.trail_fields import Fields, fields_of
from console.operations.trail_subjects import Subject, Subjects

_WHOLE = ""
_NAMES_OF_SUBJECT = ("bucketname", "queueurl", "queuename", "keyid", "host")
_EMPTY: tuple[object, ...] = ("", None, [""], {})

Parts = dict[str, Fields]
"""Fields by the part that a call sets as one: an attribute of the queue, or everything."""


def changes_of(events: Iterable[TrailEvent], family: Family, subjects: Subjects) -> list[Change]:
    """The calls of one family that are about this pipeline, newest first.

    Each is compared with what the calls before it had set, as far as they are among `events`. A
    refused call shows what it would have set, and counts for nothing afterwards.
    """
    known: dict[Subject, Parts] = {}
    changes: list[Change] = []
    for event in sorted(unique(events), key=lambda event: event.at):
        subject = subjects.of(event, family.about)
        if subject is None:
            continue
        before = known.setdefault(subject, {})
        parts = _parts(event, family)
        changes.append(Change(event, *subject, _compared(before, parts)))
        if event.error is None:
            _remember(before, parts, event, family)
    return changes[::-1]


def unique(events: Iterable[TrailEvent]) -> list[TrailEvent]:
    """Each event once; those without an id are taken for different ones."""
    seen = set[str]()
    kept: list[TrailEvent] = []
    for event in events:
        if event.event_id not in seen:
            kept.append(event)
        if event.event_id:
            seen.add(event.event_id)
    return kept


def _parts(event: TrailEvent, family: Family) -> Parts:
    """What the call sets, part by part."""
    if family.whole:
        return {_WHOLE: _told(event)} if event.parameters else {}
    attributes = _attributes(event.parameters)
    if attributes is not None:
        return {
            name: {} if value in _EMPTY else fields_of(value, name)
            for name, value in attributes.items()
        }
    return {name: {name: value} for name, value in _told(event).items()}


def _told(event: TrailEvent) -> Fields:
    """The call's parameters but for the name of what it is about. A Delete call sets nothing."""
    if event.name.startswith("Delete"):
        return {}
    told = {
        name: value
        for name, value in event.parameters.items()
        if name.lower() not in _NAMES_OF_SUBJECT and value not in _EMPTY
    }
    return fields_of(told)


def _attributes(parameters: Mapping[str, Any]) -> Mapping[str, object] | None:
    for name, value in parameters.items():
        if name.lower() == "attributes" and isinstance(value, Mapping):
            return cast("Mapping[str, object]", value)
    return None


def _compared(before: Parts, parts: Parts) -> tuple[FieldChange, ...]:
    changed: list[FieldChange] = []
    for part, now in parts.items():
        past = before.get(part)
        if past is None:
            values = now or ({part: None} if part else {})
            changed += [FieldChange(name, None, value) for name, value in values.items()]
        else:
            changed += [
                FieldChange(name, past.get(name), now.get(name), before_known=True)
                for name in dict.fromkeys((*past, *now))
                if past.get(name) != now.get(name)
            ]
    return tuple(changed)


def _remember(known: Parts, parts: Parts, event: TrailEvent, family: Family) -> None:
    """What is known after the call. One whose parameters cannot be read leaves nothing known,
    a permission added or removed leaves the policy unknown."""
    if event.name == "DeleteQueue" or (family.whole and not parts):
        known.clear()
    elif event.name in ("AddPermission", "RemovePermission"):
        known.pop("Policy", None)
    elif family.whole or _attributes(event.parameters) is not None:
        known.update(parts)
