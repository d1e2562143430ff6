"""Logic with three values: yes, no, and `None` for what cannot be told."""

from __future__ import annotations

from collections.abc import Iterable


def all_of(values: Iterable[bool | None]) -> bool | None:
    """No as soon as one is no; yes only where all are."""
    unknown = False
    for value in values:
        if value is False:
            return False
        unknown = unknown or value is None
    return None if unknown else True


def any_of(values: Iterable[bool | None]) -> bool | None:
    """Yes as soon as one is yes; no only where all are."""
    unknown = False
    for value in values:
        if value is True:
            return True
        unknown = unknown or value is None
    return None if unknown else False


def negation(value: bool | None) -> bool | None:
    """Yes for no, no for yes; what cannot be told stays so."""
    return None if value is None else not value


def agreed(values: Iterable[bool | None]) -> bool | None:
    """What all say, or `None` where they differ."""
    different = set(values)
    return different.pop() if len(different) == 1 else None
