"""Configurations taken apart by name and put together again; changes merged into them. Pure.

A part is what one author writes as a whole: a notification rule, a policy statement, an
attribute. Two authors who change different parts do not disturb each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from console.errors import ConsoleError
from console.models.repair import Change, Parts

_RULES = {
    "QueueConfigurations": "queue rule",
    "TopicConfigurations": "topic rule",
    "LambdaFunctionConfigurations": "function rule",
}
_STATEMENT = "statement "
_VERSION = "2012-10-17"


class ChangedMeanwhile(ConsoleError):
    """Somebody else changed the very part that is to be changed."""


def notification_parts(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """A bucket's notification configuration by rule."""
    parts: dict[str, Any] = {}
    for name, value in configuration.items():
        if name not in _RULES:
            parts[name] = value
            continue
        for rule in cast("list[dict[str, Any]]", value):
            parts[_free(parts, f"{_RULES[name]} {rule.get('Id', '')}")] = comparable(rule)
    return parts


def comparable(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as it compares equal however it was written: events and filters have no order, and
    filter names no case."""
    made = dict(rule)
    if "Events" in rule:
        made["Events"] = sorted(rule["Events"])
    filters = ((rule.get("Filter") or {}).get("Key") or {}).get("FilterRules")
    if filters:
        values = {str(f.get("Name", "")).capitalize(): f.get("Value", "") for f in filters}
        named = [{"Name": name, "Value": value} for name, value in sorted(values.items())]
        made["Filter"] = {"Key": {"FilterRules": named}}
    return made


def notification_document(parts: Parts) -> dict[str, Any]:
    """The configuration that the parts make."""
    document: dict[str, Any] = {}
    for part, value in parts.items():
        kind = next((n for n, words in _RULES.items() if part.startswith(f"{words} ")), None)
        if kind is None:
            document[part] = value
        else:
            document.setdefault(kind, []).append(value)
    return document


def policy_parts(policy: Mapping[str, Any] | None) -> dict[str, Any]:
    """A policy by statement; no policy has no parts."""
    parts: dict[str, Any] = {}
    for name, value in (policy or {}).items():
        if name != "Statement":
            parts[name] = value
            continue
        for number, statement in enumerate(statements_of(value), 1):
            parts[_free(parts, f"{_STATEMENT}{statement.get('Sid') or number}")] = statement
    return parts


def policy_document(parts: Parts) -> dict[str, Any]:
    """The policy that the parts make; empty where nothing is left."""
    statements = [value for part, value in parts.items() if part.startswith(_STATEMENT)]
    if not statements:
        return {}
    rest = {part: value for part, value in parts.items() if not part.startswith(_STATEMENT)}
    return {"Version": _VERSION, **rest, "Statement": statements}


def with_statement(parts: Parts, statement: Mapping[str, Any]) -> dict[str, Any]:
    """The policy with one statement more, or with its own earlier one replaced."""
    return {"Version": _VERSION, **parts, f"{_STATEMENT}{statement['Sid']}": dict(statement)}


def statements_of(value: object) -> list[dict[str, Any]]:
    """A policy's statements: AWS takes a single one for a list."""
    listed = cast("list[object]", value if isinstance(value, list) else [value])
    return [cast("dict[str, Any]", s) for s in listed if isinstance(s, dict)]


def changes_between(before: Parts, after: Parts) -> tuple[Change, ...]:
    """What has to be changed, part by part."""
    names = dict.fromkeys([*before, *after])
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def merged(now: Parts, changes: Iterable[Change]) -> dict[str, Any]:
    """`now` with the changes made; what others have changed beside them stays.

    Raises `ChangedMeanwhile` where a part is neither as it was nor as it shall be.
    """
    result = dict(now)
    for change in changes:
        current = now.get(change.part)
        if current == change.after:
            continue
        if current != change.before:
            raise ChangedMeanwhile(
                "Changed meanwhile",
                f"Somebody else has changed {change.part}, so nothing was written.",
                "Run the doctor again and look at the new difference.",
            )
        if change.after is None:
            del result[change.part]
        else:
            result[change.part] = change.after
    return result


def readable(kind: str, parts: Parts) -> str:
    """The whole configuration as people and diffs read it, one value a line."""
    document: Any = dict(parts)
    if kind == "notification":
        document = notification_document(parts)
    elif kind in ("policy", "key-policy"):
        document = policy_document(parts)
    return json.dumps(document, indent=2, default=str, ensure_ascii=False)


def _free(parts: Parts, name: str) -> str:
    """The name, or a name beside it where it is taken."""
    number = 2
    free = name
    while free in parts:
        free, number = f"{name} ({number})", number + 1
    return free
