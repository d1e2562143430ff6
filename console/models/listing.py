"""What a bucket's listing tells, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LONGEST_KEY = 1024
"""Bytes of UTF-8 (S3 User Guide, object key naming)."""


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One object as a listing, or its head, tells of it: size in bytes, ETag without its quotes.

    `version_id` is `None` where the bucket has no versions, or the listing does not tell.
    """

    key: str
    size: int
    etag: str
    last_modified: datetime | None
    version_id: str | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it only stands for a folder, as consoles and tools make them."""
        return self.size == 0 and self.key.endswith("/")


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
