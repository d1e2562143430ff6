"""Keys that fire no rule by a hair: another case, a space too many, an encoding. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from console.models.notification import NotificationRule, Obstacle
from console.notification import obstacles

Miss = tuple[NotificationRule, Obstacle]


@dataclass(frozen=True, slots=True)
class Misses:
    """How many keys fired a rule, and those that nearly did by what kept them."""

    fired: int
    missed: dict[Miss, list[str]]


def near_misses(rules: Sequence[NotificationRule], keys: Iterable[str]) -> Misses:
    """The keys that all but fire one of `rules`; keys that are simply others are left out."""
    fired, missed = 0, dict[Miss, list[str]]()
    for key in keys:
        if any(not obstacles(rule, key, None) for rule in rules):
            fired += 1
        elif (miss := _nearly(rules, key)) is not None:
            missed.setdefault(miss, []).append(key)
    return Misses(fired, missed)


def _nearly(rules: Sequence[NotificationRule], key: str) -> Miss | None:
    for rule in rules:
        found = obstacles(rule, key, None)
        if len(found) != 1:
            continue
        if _fires_tidied(rule, key) or (found[0].kind == "case" and _telling(rule, found[0])):
            return rule, found[0]
    return None


def _telling(rule: NotificationRule, obstacle: Obstacle) -> bool:
    """Whether a difference in case is hardly by chance: `Index.html` is no miss of the prefix
    `in`."""
    if obstacle.field == "prefix":
        return bool(rule.suffix) or (rule.prefix or "").endswith("/")
    return "." in (rule.suffix or "")


def _fires_tidied(rule: NotificationRule, key: str) -> bool:
    """Whether the key would fire with or without a leading slash, without the spaces around it, or
    decoded."""
    plain = unquote_plus(key)
    forms = {key.strip(), key.lstrip("/"), f"/{key}", plain, plain.strip().lstrip("/")}
    return any(not obstacles(rule, form, None) for form in forms - {key})
