"""A bucket read page by page: ranges of keys, and what one page holds."""

from __future__ import annotations

from dataclasses import dataclass

from console.models.listing import ListedObject

LONGEST_KEY = 1024
"""Bytes of UTF-8 (S3 User Guide, object key naming)."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Keys behind `after` up to and with `until`, in the order of their UTF-8 bytes; `None` is the
    end of the bucket."""

    after: str = ""
    until: str | None = None

    def holds(self, key: str) -> bool:
        """Whether a key lies in it."""
        return key > self.after and (self.until is None or key <= self.until)


@dataclass(frozen=True, slots=True)
class Page:
    """At most a thousand keys. `last` is the last key that was looked at, also where that is no
    object any more; `more` says whether there are keys behind it."""

    objects: tuple[ListedObject, ...]
    last: str | None
    more: bool


@dataclass(frozen=True, slots=True)
class Folders:
    """The common prefixes in one page of a listing with a delimiter, and the token of the next
    page; `keys` counts the keys between them."""

    prefixes: tuple[str, ...]
    keys: int
    token: str | None = None
