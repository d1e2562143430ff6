"""What an operation is going to do, written down in advance, so that a resume knows of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from console.journal.database import Database
from console.journal.log import ENTRY_COLUMNS, EntryRecord, entry_of, next_number, storable
from console.journal.times import to_text

PLANNED = "planned"
"""The outcome of an entry that nobody has begun yet."""


class PlanLog:
    """Entries that wait for their turn. Every method raises `JournalError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, operation_id: str, action: str, subjects: Sequence[str], at: datetime) -> int:
        """Write down what is going to be done to subjects; returns the number of the first, which
        the others follow."""
        moment = to_text(at)
        with self._database.transaction() as db:
            first = next_number(db, operation_id)
            db.executemany(
                "INSERT INTO entries (operation_id, number, action, subject, intent_at, outcome)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (operation_id, number, action, storable(subject), moment, PLANNED)
                    for number, subject in enumerate(subjects, first)
                ],
            )
        return first

    def remember(self, operation_id: str, parameters: Mapping[str, object]) -> None:
        """Replace what a resume has to know."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE operations SET parameters = ? WHERE id = ?",
                (json.dumps(parameters), operation_id),
            )

    def last(self, operation_id: str) -> int:
        """The number of the newest entry, 0 where there is none."""
        with self._database.transaction() as db:
            return next_number(db, operation_id) - 1

    def waiting(
        self,
        operation_id: str,
        outcomes: Sequence[str],
        *,
        after: int,
        until: int,
        limit: int,
    ) -> tuple[EntryRecord, ...]:
        """The next entries with one of the outcomes, by their numbers."""
        with self._database.transaction() as db:
            rows = db.execute(
                f"SELECT {ENTRY_COLUMNS} FROM entries WHERE operation_id = ?"
                " AND number > ? AND number <= ?"
                " AND outcome IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?",
                (operation_id, after, until, json.dumps(list(outcomes)), limit),
            ).fetchall()
        return tuple(entry_of(row) for row in rows)
