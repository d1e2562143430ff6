"""The journal as operations use it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from console.journal.claims import Claims
from console.journal.database import Database
from console.journal.log import EntryRecord, OperationLog, OperationRecord
from console.journal.memory import ReceiveMemory
from console.journal.moves import MoveLog
from console.journal.plans import PlanLog
from console.journal.turns import Turns
from console.models.pipeline import JournalSettings


class Journal:
    """One journal file: `log` holds operations, `moves` what happens to messages with their
    copies, `plans` what is to be done yet, `memory` the receive counts; `claims` tells which
    operations are at work, `turns` keeps receives and releases of two consoles apart.

    The file is opened or created by the first read or write, which raises `JournalError` where
    that is impossible.
    """

    def __init__(self, path: Path, settings: JournalSettings | None = None) -> None:
        self.path = path
        self.settings = settings or JournalSettings()
        self._database = Database(path)
        self.log = OperationLog(self._database)
        self.moves = MoveLog(self._database)
        self.plans = PlanLog(self._database)
        self.memory = ReceiveMemory(self._database)
        self.claims = Claims(path)
        self.turns = Turns(path)

    @contextmanager
    def together(self) -> Generator[None]:
        """What is written inside goes to the disk as one."""
        with self._database.transaction():
            yield

    def later(self, write: Callable[[], None]) -> None:
        """Write an outcome with the next transaction: before the next AWS call of this thread,
        which has an intent to write."""
        self._database.later(write)

    def operations(self, limit: int = 50) -> tuple[OperationRecord, ...]:
        """The newest operations first."""
        return self.log.operations(limit)

    def entries(self, operation_id: str, most: int | None = None) -> tuple[EntryRecord, ...]:
        """The entries of one operation in their order; with `most`, at most so many, those that
        did not go well first."""
        return self.log.entries(operation_id, most)

    def prune(self, now: datetime) -> int:
        """Forget operations older than the retention; returns how many."""
        return self.log.prune(now - timedelta(days=self.settings.retention_days))

    def close(self) -> None:
        """Close the file and give back the claims on operations."""
        self._database.close()
        self.claims.close()
