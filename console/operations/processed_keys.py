"""Which objects this console has processed, from the copies of messages in the journal."""

from __future__ import annotations

import sqlite3
import threading
from datetime import datetime

from console.errors import JournalError
from console.events import parsed_body
from console.journal.store import Journal

_DONE = ("done", "kept")
_CHUNK = 200


class ProcessedKeys:
    """Keys of one bucket and when they were processed; in a temporary file, however many."""

    def __init__(self, journal: Journal, bucket: str) -> None:
        self._lock = threading.Lock()
        self._loaded = False
        self._journal, self._bucket = journal, bucket
        # An empty name is a file of SQLite's own, which is gone with the connection.
        self._index = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._index.execute("CREATE TABLE keys (key TEXT PRIMARY KEY, at TEXT) WITHOUT ROWID")

    def at(self, key: str) -> datetime | None:
        """When the object was last processed, `None` where it was not. Raises `JournalError`."""
        try:
            with self._lock:
                if not self._loaded:
                    self._load()
                    self._loaded = True
                row = self._index.execute("SELECT at FROM keys WHERE key = ?", (key,)).fetchone()
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                "Temporary file", f"No temporary file can be used: {error}.", "Check disk space."
            ) from error
        return datetime.fromisoformat(row[0]) if row else None

    def _load(self) -> None:
        if not self._journal.path.exists():
            return
        self._index.execute("BEGIN")
        for at, body in self._journal.moves.bodies("process", _DONE, chunk=_CHUNK):
            keys = [e.key for e in parsed_body(body).events if e.bucket == self._bucket]
            self._index.executemany(
                "INSERT INTO keys VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET at = MAX(at, excluded.at)",
                [(key, at.isoformat()) for key in keys if _storable(key)],
            )
        self._index.execute("COMMIT")


def _storable(key: str) -> bool:
    """SQLite stores UTF-8, and so do the keys of S3."""
    return not any("\ud800" <= character <= "\udfff" for character in key)
