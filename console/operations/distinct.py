"""Keys that somebody names, each once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from hashlib import blake2b

_DIGEST_BYTES = 16


def each_once(keys: Iterable[str], on_repeat: Callable[[], None]) -> Iterator[str]:
    """The keys in their order, each where it stands first; `on_repeat` is called for every other.

    What was seen is remembered on disk, in a file that goes with the iterator, so that millions of
    keys take no memory. Not thread-safe, but its reader may change threads.
    """
    with closing(sqlite3.connect("", check_same_thread=False)) as database:
        database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
        for key in keys:
            digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES)
            added = database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (digest.digest(),))
            if added.rowcount:
                yield key
            else:
                on_repeat()
