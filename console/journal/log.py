"""Operations and their entries: the intent before the AWS call, the outcome after it."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.errors import UsageError
from console.journal.database import Database
from console.journal.times import from_text, to_text
from console.text import strip_secrets

_COLUMNS = (
    "id, kind, pipeline, queue_arn, caller_arn, intent, started_at, ended_at, state, summary,"
    " parameters, hides_until"
)
ENTRY_COLUMNS = (
    "operation_id, number, action, subject, intent_at, outcome_at, outcome, error, new_id, twice"
)

State = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """One operation. `running` also marks one whose process was killed.

    `parameters` is what it was asked to do, as far as a resume needs it. `hides_until` is when the
    last message that it has ever held reappears, unless it was given back before.
    """

    id: str
    kind: str
    pipeline: str
    queue_arn: str | None
    caller_arn: str
    intent: str
    started_at: datetime
    ended_at: datetime | None
    state: State
    summary: Mapping[str, object]
    parameters: Mapping[str, object]
    hides_until: datetime | None = None

    @property
    def reappear_at(self) -> datetime | None:
        """When what it holds, or what a killed one held, reappears by itself at the latest;
        `None` where it has ended and held nothing then."""
        told = self.summary.get("reappear_at")
        if self.state == "running" or not isinstance(told, str):
            return self.hides_until if self.state == "running" else None
        return self.hides_until or datetime.fromisoformat(told)

    def state_now(self, *, alive: bool) -> str:
        """The state; `killed` where the journal says that it runs and no process does: `alive`
        tells whether one works on it."""
        return "killed" if self.state == "running" and not alive else self.state


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """One change inside an operation. `subject` is a message id or an object's key.

    `outcome` is `None` between intent and outcome: then it is not known whether it happened.
    `new_id` is the message's id in the queue it was sent to; `twice` is how many more
    copies of it there may be, because answers were lost.
    """

    operation_id: str
    number: int
    action: str
    subject: str
    intent_at: datetime
    outcome_at: datetime | None
    outcome: str | None
    error: str | None
    new_id: str | None = None
    twice: int = 0


@dataclass(frozen=True, slots=True)
class Receives:
    """How many receives were made, when the last one began, and the last one whose answer nobody
    recorded."""

    count: int
    last: datetime | None
    unanswered: datetime | None


def new_operation_id(at: datetime) -> str:
    """An id that no operation has; ids sort by time."""
    return f"{at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


class OperationLog:
    """Writes and reads operations. Every method raises `JournalError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        kind: str,
        *,
        pipeline: str,
        queue_arn: str | None,
        caller_arn: str | None,
        intent: str,
        at: datetime,
        parameters: Mapping[str, object] | None = None,
        operation_id: str | None = None,
    ) -> str:
        """Record that an operation starts; returns its id, new unless given."""
        operation_id = operation_id or new_operation_id(at)
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO operations"
                " (id, kind, pipeline, queue_arn, caller_arn, intent, started_at, parameters,"
                " state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'running')",
                (
                    operation_id,
                    kind,
                    storable(pipeline),
                    queue_arn,
                    caller_arn or "unknown",
                    storable(intent),
                    to_text(at),
                    json.dumps(parameters or {}),
                ),
            )
        self._database.begun(operation_id)
        return operation_id

    def reopen(self, operation_id: str) -> None:
        """Record that an operation goes on after it had ended early."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE operations SET state = 'running', ended_at = NULL WHERE id = ?",
                (operation_id,),
            )
        self._database.begun(operation_id)

    def intend(
        self, operation_id: str, action: str, subjects: Sequence[str], at: datetime
    ) -> dict[str, int]:
        """Record, before the AWS call, one entry for each subject; returns their numbers."""
        with self._database.transaction() as db:
            first = next_number(db, operation_id)
            numbers = {subject: first + index for index, subject in enumerate(subjects)}
            db.executemany(
                "INSERT INTO entries (operation_id, number, action, subject, intent_at)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (operation_id, number, action, storable(subject), to_text(at))
                    for subject, number in numbers.items()
                ],
            )
        return numbers

    def settle(
        self,
        operation_id: str,
        outcomes: Iterable[tuple[int, str, str | None]],
        at: datetime,
    ) -> None:
        """Record outcomes after the call: entry number, outcome, and the error where it failed."""
        with self._database.transaction() as db:
            db.executemany(
                "UPDATE entries SET outcome_at = ?, outcome = ?, error = ?"
                " WHERE operation_id = ? AND number = ?",
                [
                    (
                        to_text(at),
                        storable(outcome),
                        None if error is None else storable(strip_secrets(error)),
                        operation_id,
                        number,
                    )
                    for number, outcome, error in outcomes
                ],
            )

    def hides(self, operation_ids: Iterable[str], until: datetime) -> None:
        """Record, before the AWS call, that the operations hide messages until a time."""
        with self._database.transaction() as db:
            db.executemany(
                "UPDATE operations SET hides_until = MAX(COALESCE(hides_until, ''), ?)"
                " WHERE id = ?",
                [(to_text(until), operation_id) for operation_id in operation_ids],
            )

    def hides_no_more(self, operation_id: str, at: datetime) -> None:
        """Record that all that the operation held was given back, unless there is a receive whose
        answer nobody recorded."""
        with self._database.transaction() as db:
            if self.receives(operation_id).unanswered is None:
                db.execute(
                    "UPDATE operations SET hides_until = ? WHERE id = ?",
                    (to_text(at), operation_id),
                )

    def finish(
        self, operation_id: str, state: State, summary: Mapping[str, object], at: datetime
    ) -> None:
        """Record how the operation ended."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE operations SET ended_at = ?, state = ?, summary = ? WHERE id = ?",
                (to_text(at), state, json.dumps(summary), operation_id),
            )
        self._database.ended(operation_id)

    def operations(
        self, limit: int = 50, kind: str | None = None, state: State | None = None
    ) -> tuple[OperationRecord, ...]:
        """The newest operations first, of one kind or state where these are named."""
        with self._database.transaction() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM operations"
                " WHERE (? IS NULL OR kind = ?) AND (? IS NULL OR state = ?)"
                " ORDER BY started_at DESC, id DESC LIMIT ?",
                (kind, kind, state, state, limit),
            ).fetchall()
        return tuple(_operation(row) for row in rows)

    def operation(self, operation_id: str) -> OperationRecord:
        """One operation by its id. Raises `UsageError` where there is none."""
        with self._database.transaction() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM operations WHERE id = ?",
                (storable(operation_id),),
            ).fetchone()
        if row is None:
            raise UsageError(
                "No such operation",
                f"The journal has no operation {operation_id}.",
                "List them with event-console journal list.",
            )
        return _operation(row)

    def entries(self, operation_id: str, most: int | None = None) -> tuple[EntryRecord, ...]:
        """The entries of one operation in their order; with `most`, at most so many, those that
        did not go well first."""
        order = "number" if most is None else "outcome IS NOT NULL AND error IS NULL, number"
        with self._database.transaction() as db:
            rows = db.execute(
                f"SELECT {ENTRY_COLUMNS} FROM entries WHERE operation_id = ?"
                f" ORDER BY {order} LIMIT ?",
                (operation_id, -1 if most is None else most),
            ).fetchall()
        return tuple(entry_of(row) for row in rows)

    def receives(self, operation_id: str) -> Receives:
        """What receives an operation has made."""
        with self._database.transaction() as db:
            row = db.execute(
                "SELECT COUNT(*), MAX(intent_at), MAX(CASE WHEN outcome IS NULL THEN intent_at END)"
                " FROM entries WHERE operation_id = ? AND action = 'receive'",
                (operation_id,),
            ).fetchone()
        last, unanswered = (from_text(text) if text else None for text in row[1:])
        return Receives(int(row[0]), last, unanswered)

    def prune(self, before: datetime) -> int:
        """Forget finished operations that started before a time; returns how many."""
        with self._database.transaction() as db:
            cursor = db.execute(
                "DELETE FROM operations WHERE started_at < ? AND state != 'running'",
                (to_text(before),),
            )
            return cursor.rowcount


def next_number(db: sqlite3.Connection, operation_id: str) -> int:
    """The number of an operation's next entry."""
    row = db.execute(
        "SELECT COALESCE(MAX(number), 0) + 1 FROM entries WHERE operation_id = ?", (operation_id,)
    ).fetchone()
    return int(row[0])


def storable(text: str) -> str:
    """Text for a column: SQLite stores UTF-8, which has no lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _operation(row: Sequence[str | None]) -> OperationRecord:
    values = list(row)
    return OperationRecord(
        id=str(values[0]),
        kind=str(values[1]),
        pipeline=str(values[2]),
        queue_arn=values[3],
        caller_arn=str(values[4]),
        intent=str(values[5]),
        started_at=from_text(str(values[6])),
        ended_at=from_text(values[7]) if values[7] else None,
        state=str(values[8]),  # pyright: ignore[reportArgumentType]
        summary=json.loads(str(values[9])),
        parameters=json.loads(str(values[10])),
        hides_until=from_text(values[11]) if values[11] else None,
    )


def entry_of(row: Sequence[str | int | None]) -> EntryRecord:
    """The entry in a row of `ENTRY_COLUMNS`."""
    return EntryRecord(
        operation_id=str(row[0]),
        number=int(row[1] or 0),
        action=str(row[2]),
        subject=str(row[3]),
        intent_at=from_text(str(row[4])),
        outcome_at=from_text(str(row[5])) if row[5] else None,
        outcome=None if row[6] is None else str(row[6]),
        error=None if row[7] is None else str(row[7]),
        new_id=None if row[8] is None else str(row[8]),
        twice=int(row[9] or 0),
    )
