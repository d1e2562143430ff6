"""The journal's SQLite file: opened on first use, durable, private, shared between processes."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from console.errors import JournalError

SCHEMA_VERSION = 1
_BUSY_SECONDS = 5.0
_SCHEMA = """
CREATE TABLE operations (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    queue_arn TEXT,
    caller_arn TEXT NOT NULL,
    intent TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    state TEXT NOT NULL,
    summary TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX operations_by_time ON operations (started_at);
CREATE TABLE entries (
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    intent_at TEXT NOT NULL,
    outcome_at TEXT,
    outcome TEXT,
    error TEXT,
    PRIMARY KEY (operation_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE sightings (
    queue_arn TEXT NOT NULL,
    message_id TEXT NOT NULL,
    receive_count INTEGER NOT NULL,
    seen_at TEXT NOT NULL,
    hidden_until TEXT,
    forget_at TEXT NOT NULL,
    PRIMARY KEY (queue_arn, message_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE empty_queues (
    queue_arn TEXT PRIMARY KEY,
    empty_since TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""


class Database:
    """One connection, used from any thread, one transaction at a time.

    Nothing is opened or created before the first transaction, so that what only looks never
    fails for a journal that cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A write transaction that is on the disk when the block ends.

        Raises `JournalError` where the file cannot be opened, read or written, a full disk
        included; the transaction is rolled back then.
        """
        with self._lock:
            try:
                connection = self._opened()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()
            except (sqlite3.Error, OSError) as error:
                raise self._failure(error) from error

    def close(self) -> None:
        """Close the file; a later transaction opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(self.path)
        return self._connection

    def _failure(self, error: Exception) -> JournalError:
        return JournalError(
            "Journal unusable",
            f"The journal at {self.path} cannot be used: {error}.",
            "Nothing is changed on AWS without it. Check disk space and permissions, or move the "
            "file away.",
        )


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Made before SQLite opens it: SQLite gives its WAL files the permissions of the main file.
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version == 0:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
    if version > SCHEMA_VERSION:
        raise sqlite3.DatabaseError(
            f"it was written by a newer event-console (version {version} of its format)"
        )
