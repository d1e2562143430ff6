"""What EventBridge's event patterns and SNS's filter policies say to an event. Pure.

An event is known in part, and so the answer has three values: `None` is what cannot be told, of
the event or of an operator that is not known here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from console.policy.three import all_of, any_of, negation

Operator = Callable[[object, object], bool | None]
"""Whether a field's value, which is no array, is as an operator's argument wants it."""
Language = Mapping[str, Operator]
"""The operators that there are, by name, apart from `exists`."""


class Unsaid(Enum):
    """What stands in the place of a field's value: nothing is known of it, there is no such
    field, or some events have it and some do not, so that a filter on it decides nothing."""

    UNKNOWN = "unknown"
    ABSENT = "absent"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Fields:
    """An object in an event: its `known` fields, which are JSON values, `Fields`, `Unsaid` or
    lists of these, and what is said of all others."""

    known: Mapping[str, object]
    others: Unsaid = Unsaid.UNKNOWN


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a pattern matches; if that is not certain, the `parts` of it that it hangs on, as
    dotted paths. Texts of the pattern are hostile."""

    matches: bool | None
    parts: tuple[str, ...] = ()


def judge(pattern: Mapping[str, Any], event: object, language: Language) -> Judgement:
    """Whether a pattern matches an event: every field that it names must, with any of the values
    or filters that it lists."""
    told = tuple(_fields(pattern, event, "", language))
    matches = all_of(verdict for _, verdict in told)
    parts = () if matches else tuple(path for path, verdict in told if verdict is matches)
    return Judgement(matches, parts)


def _fields(
    pattern: Mapping[str, Any], node: object, path: str, language: Language
) -> Iterator[tuple[str, bool | None]]:
    """The verdict on each field that the pattern names."""
    node = _likeliest(pattern, node, language) if isinstance(node, list) else node
    for name, wanted in pattern.items():
        where = f"{path}.{name}" if path else name
        if name == "$or" and (alternatives := _alternatives(wanted)):
            yield where, any_of(judge(one, node, language).matches for one in alternatives)
        elif isinstance(wanted, dict):
            inner = cast("dict[str, Any]", wanted)
            yield from _fields(inner, _child(node, name), where, language)
        else:
            yield where, _leaf(wanted, _child(node, name), language)


def _likeliest(pattern: Mapping[str, Any], nodes: object, language: Language) -> object:
    """Of the objects in an array the one that fits best: one that matches is enough."""
    order = (True, None, False)
    elements = cast("list[object]", nodes)
    return min(
        elements,
        key=lambda node: order.index(judge(pattern, node, language).matches),
        default=Unsaid.ABSENT,
    )


def _alternatives(wanted: object) -> list[Mapping[str, Any]]:
    """What `$or` offers: at least two objects, or else it is a field's name like any other."""
    listed = _list(wanted)
    objects = [cast("Mapping[str, Any]", one) for one in listed if isinstance(one, dict)]
    return objects if len(objects) == len(listed) > 1 else []


def _child(node: object, name: str) -> object:
    if isinstance(node, Fields):
        return node.known.get(name, node.others)
    return node if isinstance(node, Unsaid) else Unsaid.ABSENT


def _leaf(wanted: object, node: object, language: Language) -> bool | None:
    choices = _list(wanted)
    if not choices:
        return None
    return True if node is Unsaid.ANY else any_of(_choice(one, node, language) for one in choices)


def _choice(choice: object, node: object, language: Language) -> bool | None:
    if not isinstance(choice, dict):
        return None if isinstance(choice, list) else _on_values(node, _equals, choice)
    filters = cast("dict[str, object]", choice)
    if len(filters) != 1:
        return None
    ((name, wanted),) = filters.items()
    if name == "exists":
        return _exists(wanted, node)
    operator = language.get(name)
    return _on_values(node, operator, wanted) if operator else None


def _exists(wanted: object, node: object) -> bool | None:
    if not isinstance(wanted, bool):
        return None
    present = _on_values(node, lambda _, __: True, None)
    return present if wanted else negation(present)


def _on_values(node: object, operator: Operator, wanted: object) -> bool | None:
    """What an operator says to the values of a field: of an array one is enough, and an object is
    none."""
    if isinstance(node, list):
        listed = cast("list[object]", node)
        return any_of(_on_values(one, operator, wanted) for one in listed)
    if isinstance(node, Unsaid):
        return False if node is Unsaid.ABSENT else None
    return False if isinstance(node, (Fields, dict)) else operator(wanted, node)


def _equals(wanted: object, value: object) -> bool | None:
    """AWS compares numbers as they are written: of two that are written differently nothing is
    certain."""
    if _is_number(wanted) and _is_number(value):
        return (True if type(wanted) is type(value) else None) if wanted == value else False
    return type(wanted) is type(value) and wanted == value


def _textual(holds: Callable[[str, str], bool | None]) -> Operator:
    """An operator on texts; other values it never takes."""

    def operator(wanted: object, value: object) -> bool | None:
        if not isinstance(wanted, str):
            return None
        return holds(wanted, value) if isinstance(value, str) else False

    return operator


def _or_ignoring_case(operator: Operator) -> Operator:
    """The same operator, with an argument that may ask to ignore case."""

    def either(wanted: object, value: object) -> bool | None:
        if not isinstance(wanted, dict):
            return operator(wanted, value)
        inner = cast("dict[str, object]", wanted)
        text = inner.get("equals-ignore-case")
        if len(inner) != 1 or not isinstance(text, str):
            return None
        return operator(text.lower(), value.lower() if isinstance(value, str) else value)

    return either


def wildcard_pieces(wanted: str) -> tuple[str, ...] | None:
    """The texts between the `*` of a wildcard, `None` where a backslash escapes anything but a
    star or a backslash."""
    pieces = [""]
    characters = iter(wanted)
    for character in characters:
        if character == "*":
            pieces.append("")
            continue
        if character == "\\" and (character := next(characters, "")) not in ("*", "\\"):
            return None
        pieces[-1] += character
    return tuple(pieces)


def _fits_wildcard(wanted: str, value: str) -> bool | None:
    pieces = wildcard_pieces(wanted)
    if pieces is None:
        return None
    if len(pieces) == 1:
        return value == pieces[0]
    first, *middle, last = pieces
    place = len(first)
    for piece in middle:
        found = value.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return value.startswith(first) and value[place:].endswith(last)


def _numeric(wanted: object, value: object) -> bool | None:
    """`[operator, number, …]`: every comparison must hold."""
    listed = _list(wanted)
    pairs = list(zip(listed[::2], listed[1::2], strict=False))
    known = [(_COMPARISONS.get(str(name)), number) for name, number in pairs]
    if not known or len(listed) % 2 or not all(c and _is_number(n) for c, n in known):
        return None
    return _is_number(value) and all(c(value, number) for c, number in known if c)


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _in_network(wanted: str, value: str) -> bool | None:
    try:
        network = ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return None
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


def _anything_but(inner: Language) -> Operator:
    """What none of the listed values is, or none of the texts that one of the `inner` operators
    wants."""

    def operator(wanted: object, value: object) -> bool | None:
        if not isinstance(wanted, dict):
            listed = _list(wanted) or [wanted]
            plain = all(isinstance(one, str) or _is_number(one) for one in listed)
            return negation(any_of(_equals(one, value) for one in listed)) if plain else None
        filters = cast("dict[str, object]", wanted)
        if len(filters) != 1 or not isinstance(value, str):
            return None
        ((name, text),) = filters.items()
        holds = inner.get(name)
        if holds is None:
            return None
        return negation(any_of(holds(one, value) for one in _list(text) or [text]))

    return operator


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


_PREFIX = _textual(lambda wanted, value: value.startswith(wanted))
_SUFFIX = _textual(lambda wanted, value: value.endswith(wanted))
_IGNORING_CASE = _textual(lambda wanted, value: value.lower() == wanted.lower())
_WILDCARD = _textual(_fits_wildcard)
_EVERYWHERE: Language = {
    "equals-ignore-case": _IGNORING_CASE,
    "numeric": _numeric,
    "cidr": _textual(_in_network),
}

# EventBridge User Guide, comparison operators for use in event patterns.
EVENTBRIDGE: Language = {
    **_EVERYWHERE,
    "prefix": _or_ignoring_case(_PREFIX),
    "suffix": _or_ignoring_case(_SUFFIX),
    "wildcard": _WILDCARD,
    "anything-but": _anything_but(
        {
            "prefix": _PREFIX,
            "suffix": _SUFFIX,
            "equals-ignore-case": _IGNORING_CASE,
            "wildcard": _WILDCARD,
        }
    ),
}

# SNS Developer Guide, subscription filter policies.
SNS: Language = {
    **_EVERYWHERE,
    "prefix": _PREFIX,
    "suffix": _SUFFIX,
    "anything-but": _anything_but({"prefix": _PREFIX, "suffix": _SUFFIX}),
}


def any_judgement(judgements: Iterable[Judgement]) -> Judgement:
    """What several judgements come to where one match is enough; with the parts of the one that
    comes nearest."""
    found = list(judgements)
    matches = any_of(one.matches for one in found)
    told = [one for one in found if one.matches is matches]
    return min(told, key=lambda one: len(one.parts), default=Judgement(False))
