"""Keys that people and programs take for the same, and S3 does not. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote_plus

_MOST_BEGINNINGS = 8


def writings(key: str) -> tuple[str, ...]:
    """How the same key may have been written by mistake: decoded, encoded, with or without a
    leading slash, without spaces around it, in another Unicode form."""
    forms = (
        key,
        unquote_plus(key),
        quote(key),
        quote_plus(key, safe="/"),
        key.lstrip("/"),
        f"/{key}",
        key.strip(),
        key.lower(),
        unicodedata.normalize("NFC", key),
        unicodedata.normalize("NFD", key),
    )
    return tuple(dict.fromkeys(forms))


def beginnings(key: str) -> tuple[str, ...]:
    """What to list to find the key in another writing: each without the extension."""
    stems = (_stem(form) for form in writings(key))
    return tuple(dict.fromkeys(stem for stem in stems if stem))[:_MOST_BEGINNINGS]


def same_but_for_writing(key: str, others: Iterable[str]) -> list[str]:
    """Those of `others` that are `key` in another writing."""
    plain = _plain(key)
    return [other for other in others if other != key and _plain(other) == plain]


def same_name_elsewhere(key: str, others: Iterable[str]) -> list[str]:
    """Those of `others` with the same file name in another place."""
    name = _plain(key).rpartition("/")[2]
    return [o for o in others if o != key and name and _plain(o).rpartition("/")[2] == name]


def _plain(key: str) -> str:
    """A key without what differs between its writings."""
    decoded = unquote_plus(unquote_plus(key))
    parts = (part.strip() for part in unicodedata.normalize("NFC", decoded).casefold().split("/"))
    return "/".join(part for part in parts if part)


def _stem(key: str) -> str:
    folder, slash, name = key.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    return folder + slash + (stem if dot and stem else name)
