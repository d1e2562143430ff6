"""The journal's SQLite file: opened on first use, durable, private, shared between processes."""

from __future__ import annotations

import math
import os
import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from console.journal.schema import migrate
from console.journal.unusable import locked, unusable
from console.models.clock import Clock, SystemClock

_BUSY_SECONDS = 10.0
"""How long a transaction waits for those of other processes."""
_BUSY_PAUSE = 0.02
_IN_VAIN_SECONDS = 2.0
"""After one has waited in vain, so long nobody else of this process waits."""
_MOST_IN_GROUP = 16
_LOOK_SECONDS = 0.5


class _Group:
    """Transactions of several threads that go to the disk together.

    The first needs no savepoint: where it fails, nobody else has written anything yet.
    """

    def __init__(self) -> None:
        self.members = 0
        self.ended = threading.Event()
        self.error: Exception | None = None

    def end(self, error: Exception | None = None) -> None:
        self.error = self.error or error
        self.ended.set()


class Database:
    """One connection, used from any thread, one transaction at a time.

    Nothing is opened or created before the first transaction, so that what only looks never
    fails for a journal that cannot be written. Threads that write at the same time share one
    commit: waiting for the disk is what costs. One that finds the file locked by another process
    waits for it, and where that is in vain, those behind it fail without a wait of their own.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self._clock = clock or SystemClock()
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._group: _Group | None = None
        self._inside: int | None = None
        self._counting = threading.Lock()
        self._later: list[Callable[[], None]] = []
        self._waiting = 0
        self._impatient_until = -math.inf
        self._begun: dict[str, None] = {}

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A write transaction that is on the disk when the block ends.

        Inside another one of the same thread it becomes a part of that. Raises `JournalError`
        where the file cannot be opened, read or written, a full disk included; the transaction
        is rolled back then.
        """
        if self._inside == threading.get_ident() and self._connection is not None:
            yield self._connection
            return
        try:
            with self._turn():
                connection, group = self._join()
                try:
                    self._write_later()
                    yield connection
                except BaseException:
                    self._undo(connection, group)
                    raise
                finally:
                    self._leave(connection, group)
            self._await(group)
        except (sqlite3.Error, OSError) as error:
            with self._counting:
                begun = tuple(self._begun)
            raise unusable(self.path, error, begun) from error

    def later(self, write: Callable[[], None]) -> None:
        """Do `write` at the beginning of the next transaction of any thread, or on closing.

        For outcomes: who makes another AWS call writes an intent first, and a crash before that
        leaves an outcome unknown, which is what it is then.
        """
        with self._counting:
            self._later.append(write)

    def begun(self, operation_id: str) -> None:
        """Remember that an operation has begun: from now on a failure stops it in its middle."""
        with self._counting:
            self._begun[operation_id] = None

    def ended(self, operation_id: str) -> None:
        """Forget an operation whose end is recorded."""
        with self._counting:
            self._begun.pop(operation_id, None)

    def close(self) -> None:
        """Close the file; a later transaction opens it again."""
        if self._later:
            with self.transaction():
                pass
        with self._lock:
            if self._group is not None:
                self._commit(self._group)
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _write_later(self) -> None:
        with self._counting:
            writes, self._later = self._later, []
        for write in writes:
            write()

    @contextmanager
    def _turn(self) -> Generator[None]:
        """Wait for the connection; who waits is counted, because the last one commits."""
        with self._counting:
            self._waiting += 1
        counted = True
        try:
            with self._lock:
                with self._counting:
                    self._waiting -= 1
                counted = False
                yield
        finally:
            if counted:
                with self._counting:
                    self._waiting -= 1

    def _join(self) -> tuple[sqlite3.Connection, _Group]:
        connection = self._connection
        if self._group is None or connection is None:
            connection = self._begin()
            self._group = _Group()
        self._group.members += 1
        if self._group.members > 1:
            connection.execute("SAVEPOINT one")
        self._inside = threading.get_ident()
        return connection, self._group

    def _begin(self) -> sqlite3.Connection:
        """Begin a transaction as soon as no other process is in one. Raises `sqlite3.Error`,
        `OSError`."""
        # Tried again from here, because a wait inside SQLite lets no signal through.
        clock, began = self._clock, self._clock.monotonic()
        patience = 0.0 if began < self._impatient_until else _BUSY_SECONDS
        while True:
            try:
                if self._connection is None:
                    self._connection = _connect(self.path)
                # Left by somebody who was interrupted before he could join it.
                if self._connection.in_transaction:
                    self._connection.rollback()
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                now = clock.monotonic()
                if not locked(error):
                    raise
                if now - began >= patience:
                    if patience:
                        self._impatient_until = now + _IN_VAIN_SECONDS
                    raise
                clock.wait(threading.Event(), _BUSY_PAUSE)
            else:
                self._impatient_until = -math.inf
                return self._connection

    def _undo(self, connection: sqlite3.Connection, group: _Group) -> None:
        """Take one member's writes back. SQLite ends the whole transaction where the disk failed,
        and then none of the group may believe in its writes."""
        if connection.in_transaction and group.members > 1:
            connection.execute("ROLLBACK TO one")
        elif connection.in_transaction:
            group.error = group.error or sqlite3.OperationalError("rolled back")
        else:
            group.error = sqlite3.OperationalError("a write failed and ended the transaction")

    def _leave(self, connection: sqlite3.Connection, group: _Group) -> None:
        self._inside = None
        if connection.in_transaction and group.members > 1 and group.error is None:
            connection.execute("RELEASE one")
        if not self._waiting or group.members >= _MOST_IN_GROUP or group.error:
            self._commit(group)

    def _commit(self, group: _Group) -> None:
        if self._group is not group or self._connection is None:
            return
        self._group = None
        try:
            if group.error is None:
                self._connection.commit()
            elif self._connection.in_transaction:
                self._connection.rollback()
        except sqlite3.Error as error:
            group.error = error
            if self._connection.in_transaction:
                self._connection.rollback()
        finally:
            group.end()

    def _await(self, group: _Group) -> None:
        """Until the group is on the disk. Whoever was counted on to commit it may have been
        interrupted, so after a while the one who waits does."""
        while not group.ended.wait(_LOOK_SECONDS):
            with self._lock:
                self._commit(group)
        if group.error is not None:
            raise group.error


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Made before SQLite opens it: SQLite gives its WAL files the permissions of the main file.
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # Copying the log back into the file costs as much as writing it: not every 4 MB.
        connection.execute("PRAGMA wal_autocheckpoint = 8000")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection
