"""Files that name keys, opened and read line by line: plain, compressed, or named by a manifest."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.errors import UsageError
from console.operations.inventory import Inventory, columns_named, keys_in

_LARGEST_MANIFEST = 50_000_000
_COMPRESSED = b"\x1f\x8b"


def keys_of_file(path: Path) -> Iterator[str]:
    """The keys in a file with one a line. Raises `UsageError` where it cannot be read."""
    with _reading(path):
        yield from keys_in(_lines(path))


def keys_of_stream(stream: Iterable[str]) -> Iterator[str]:
    """The keys that come from standard input. Raises `UsageError` where it is no text."""
    with _reading(Path("standard input")):
        yield from keys_in(stream)


def keys_of_inventory(path: Path, inventory: Inventory) -> Iterator[str]:
    """The keys in an inventory: a CSV file, plain or compressed, or the `manifest.json` of one,
    whose files lie beside it, in `data`, or as they lie in the bucket.

    Raises `UsageError` where something cannot be read.
    """
    files = _files_of(path, inventory) if path.suffix == ".json" else [path]
    for file in files:
        with _reading(file):
            yield from inventory.keys(_lines(file), str(file))


def _files_of(path: Path, inventory: Inventory) -> list[Path]:
    """The files that a `manifest.json` names; tells the inventory its columns."""
    with _reading(path):
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise _wrong(path, "it is too large for a manifest")
        told = _manifest(path)
        if str(told.get("fileFormat", "CSV")).upper() != "CSV":
            raise _wrong(path, f"its inventory is {told['fileFormat']}, not CSV")
        if inventory.given is None and told.get("fileSchema"):
            inventory.given = columns_named(str(told["fileSchema"]))
        return [_beside(path, str(file["key"])) for file in told["files"]]


def _manifest(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, RecursionError):
        raise _wrong(path, "it is no JSON") from None
    files = told.get("files") if isinstance(told, dict) else None
    if not isinstance(files, list) or not all(isinstance(f, dict) and "key" in f for f in files):
        raise _wrong(path, "it names no files")
    return told


def _beside(manifest: Path, key: str) -> Path:
    name, folder = key.rpartition("/")[2], manifest.parent
    places = (folder / name, folder / "data" / name, folder.parent / "data" / name)
    for place in places:
        if name and place.is_file():
            return place
    raise UsageError(
        "Inventory",
        f"{manifest} names {name or key}, which is neither beside it nor in a folder data.",
        "Download the inventory's files from its bucket too.",
    )


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        compressed = file.peek(2)[:2] == _COMPRESSED
        for line in gzip.GzipFile(fileobj=file) if compressed else file:
            yield line.decode("utf-8").removeprefix("\ufeff")


@contextmanager
def _reading(path: Path) -> Generator[None]:
    """Turn what reading a file raises into one sentence."""
    try:
        yield
    except UnicodeDecodeError:
        raise _wrong(path, "it is not UTF-8 text") from None
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _wrong(path, why) from error


def _wrong(path: Path, why: str) -> UsageError:
    return UsageError("Keys", f"{path} cannot be read: {why}.", "Check the file.")
