"""Keys from files: one a line, what `missing --json` prints, or an S3 Inventory. Pure."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

from console.errors import UsageError

DEFAULT_COLUMNS = ("Bucket", "Key")
_NO = "false"
# S3 User Guide, Amazon S3 Inventory list: what an inventory of all versions tells of each.
_FLAGS = ("true", "false")
_ALL_VERSIONS = ("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker")


def keys_in(lines: Iterable[str]) -> Iterator[str]:
    """The keys of a text with one a line; a line of `missing --json` gives its key.

    Empty lines are nothing. A key with a line break can only be given as JSON.
    """
    for line in lines:
        text = line.rstrip("\r\n")
        if not text:
            continue
        told = _json_line(text) if text.startswith('{"') else None
        if told is None:
            yield text
        elif isinstance(told.get("key"), str):
            yield told["key"]


def _json_line(text: str) -> dict[str, Any] | None:
    """The object of a JSON line that `missing` wrote; `None` for a key that looks like one."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    ours = isinstance(told, dict) and told.get("type") in ("object", "summary")
    return told if ours else None


@dataclass
class Inventory:
    """The current objects of one bucket in the rows of an inventory, one row at a time.

    What belongs to another bucket, is an older version or a delete marker is left out and counted
    in `skipped`. `columns` are their names in the inventory's order; without `given` ones they are
    guessed from the first row: those of all versions have two flags behind the version.
    """

    bucket: str
    given: Sequence[str] | None = None
    skipped: dict[str, int] = field(default_factory=dict[str, int])

    def keys(self, lines: Iterable[str], name: str = "the manifest") -> Iterator[str]:
        """The keys in CSV lines. Raises `UsageError`, naming the row, for what is no inventory."""
        columns: Sequence[str] | None = self.given
        rows = csv.reader(lines, strict=True)
        try:
            for row in rows:
                if not row:
                    continue
                columns = columns or guessed_columns(row)
                key = self._key(row, columns, f"row {rows.line_num} of {name}")
                if key is not None:
                    yield key
        except csv.Error as error:
            raise _unreadable(f"row {rows.line_num} of {name}", str(error)) from error

    def _key(self, row: Sequence[str], columns: Sequence[str], where: str) -> str | None:
        if len(row) < min(len(columns), len(DEFAULT_COLUMNS)):
            raise _unreadable(where, "it has too few columns")
        told = dict(zip(columns, row, strict=False))
        if told["Bucket"] != self.bucket:
            return self._skip("rows of other buckets")
        if told.get("IsDeleteMarker", _NO).lower() == "true":
            return self._skip("delete markers")
        if told.get("IsLatest", "true").lower() == _NO:
            return self._skip("older versions")
        try:
            return unquote_plus(told["Key"], errors="strict")
        except UnicodeDecodeError:
            raise _unreadable(where, "its key is not UTF-8") from None

    def _skip(self, what: str) -> None:
        self.skipped[what] = self.skipped.get(what, 0) + 1


def columns_named(text: str) -> tuple[str, ...]:
    """Column names as a `manifest.json`'s `fileSchema` and users write them: with commas.

    Raises `UsageError` where bucket or key is not among them.
    """
    columns = tuple(name.strip() for name in text.split(","))
    if not set(DEFAULT_COLUMNS) <= set(columns):
        raise UsageError(
            "Inventory columns",
            f"{text} names no Bucket or no Key column.",
            "Give them as in manifest.json: Bucket, Key, VersionId, …",
        )
    return columns


def guessed_columns(row: Sequence[str]) -> Sequence[str]:
    """The columns of an inventory nobody described, from one row."""
    flags = [value.lower() for value in row[3:5]]
    versions = len(flags) == 2 and all(flag in _FLAGS for flag in flags)
    return _ALL_VERSIONS if versions else DEFAULT_COLUMNS


def _unreadable(where: str, why: str) -> UsageError:
    return UsageError(
        "Inventory",
        f"{where} cannot be read: {why}.",
        "Only inventories in CSV format are read; --manifest-columns names their columns.",
    )
