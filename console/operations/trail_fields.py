"""A request's parameters as names with plain values, so that two requests can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from console.text import strip_secrets

Fields = dict[str, str]
"""Values by path: `Policy.Statement[AllowS3].Action` to `sqs:SendMessage`."""

_DEEPEST = 12
_TOO_DEEP = "(nested too deep to be shown)"
# Names of the XML document around S3's parameters, not of anything set.
_FRAME = ("xmlns", "xsi:type")
_IDENTITIES = ("Sid", "Id", "ID", "id")


def fields_of(value: object, path: str = "") -> Fields:
    """Every value in a document of whatever shape, by its path.

    JSON texts such as a policy are opened. Elements of a list are named by their own id where they
    all have one, so that one more in front does not change the names of the others. Never raises.
    """
    found: Fields = {}
    _collect(value, path, _DEEPEST, found)
    return {strip_secrets(path): text for path, text in found.items()}


def _collect(value: object, path: str, depth: int, found: Fields) -> None:
    value = _opened(value)
    if depth == 0:
        found[path] = _TOO_DEEP
    elif isinstance(value, Mapping):
        _collect_mapping(cast("Mapping[Any, object]", value), path, depth, found)
    elif isinstance(value, list):
        _collect_list(cast("list[object]", value), path, depth, found)
    else:
        found[path] = _words(value)


def _collect_mapping(value: Mapping[Any, object], path: str, depth: int, found: Fields) -> None:
    pair = _name_and_value(value)
    if pair is not None:
        _collect(pair[1], f"{path}[{pair[0]}]", depth - 1, found)
        return
    for key, inner in value.items():
        name = str(key)
        if name.startswith(_FRAME):
            continue
        below = f"{path}.{name}" if path else name
        # What XML has once is no list, and would else have other paths than what it has twice.
        inner = [inner] if _is_one_of_several(name, inner) else inner
        _collect(inner, below, depth - 1, found)


def _collect_list(value: list[object], path: str, depth: int, found: Fields) -> None:
    if not any(isinstance(item, Mapping | list) for item in value):
        found[path] = ", ".join(sorted(_words(item) for item in value))
        return
    for label, item in zip(_labels(value), value, strict=True):
        below = path if label is None else f"{path}[{label}]"
        _collect(item, below, depth - 1, found)


def _labels(items: Iterable[object]) -> list[str | None]:
    """What tells the elements of a list apart: their ids, their filter names, or their places."""
    listed = list(items)
    if all(isinstance(i, Mapping) and _name_and_value(i) is not None for i in listed):
        return [None] * len(listed)
    ids = [_identity(item) for item in listed]
    if all(ids) and len(set(ids)) == len(ids):
        return ids
    return [str(number) for number in range(len(listed))]


def _identity(item: object) -> str | None:
    if isinstance(item, Mapping):
        for name in _IDENTITIES:
            if isinstance(found := item.get(name), str) and found:
                return found
    return None


def _name_and_value(value: Mapping[Any, object]) -> tuple[str, object] | None:
    """A filter rule of S3: `{"Name": "suffix", "Value": ".mp3"}`."""
    if set(value) != {"Name", "Value"} or not isinstance(value["Name"], str):
        return None
    return value["Name"].lower(), value["Value"]


def _is_one_of_several(name: str, value: object) -> bool:
    return isinstance(value, Mapping) and (
        name in ("Statement", "Rule") or (name.endswith("Configuration") and bool(_identity(value)))
    )


def _opened(value: object) -> object:
    """What a JSON text holds; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        opened = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return opened if isinstance(opened, dict) else value


def _words(value: object) -> str:
    if isinstance(value, str):
        return strip_secrets(value)
    try:
        return json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return _TOO_DEEP
