"""Messages on their way: each one's intent with its copy, what has happened to it so far."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.journal.database import Database
from console.journal.log import ENTRY_COLUMNS, EntryRecord, entry_of, next_number, storable
from console.journal.times import from_text, to_text
from console.models.message import Message, MessageAttribute
from console.text import strip_secrets


@dataclass(frozen=True, slots=True)
class Step:
    """What has come of one message: the entry's number, the outcome, and where it went. `twice`
    is how many more copies of it there may be."""

    number: int
    outcome: str
    error: str | None = None
    new_id: str | None = None
    twice: int = 0


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """So many entries have the same outcome for the same reason; of all of them together there
    may be `twice` copies too many."""

    outcome: str | None
    error: str | None
    twice: int
    count: int


@dataclass(frozen=True, slots=True)
class MessageCopy:
    """A message as the journal keeps it: what is needed to send it again."""

    number: int
    message_id: str
    body: str
    attributes: Mapping[str, MessageAttribute]
    system_attributes: Mapping[str, str]


class MoveLog:
    """Entries about messages, with copies. Every method raises `JournalError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(
        self,
        operation_id: str,
        action: str,
        messages: Sequence[Message],
        at: datetime,
        *,
        copies: bool,
    ) -> dict[str, int]:
        """Record what is about to be done to messages, each with its copy where `copies`;
        returns their entries' numbers by message id."""
        moment = to_text(at)
        with self._database.transaction() as db:
            first = next_number(db, operation_id)
            numbered = list(enumerate(messages, first))
            db.executemany(
                "INSERT INTO entries (operation_id, number, action, subject, intent_at)"
                " VALUES (?, ?, ?, ?, ?)",
                [(operation_id, n, action, storable(m.message_id), moment) for n, m in numbered],
            )
            if copies:
                db.executemany(
                    "INSERT INTO copies VALUES (?, ?, ?, ?, ?)",
                    [(operation_id, n, *_copied(message)) for n, message in numbered],
                )
        return {message.message_id: number for number, message in numbered}

    def again(self, operation_id: str, numbers: Iterable[int], at: datetime) -> None:
        """Record, before it, that something is tried again: its outcome is open until it is
        known anew, whatever was known of the try before."""
        moment = to_text(at)
        with self._database.transaction() as db:
            db.executemany(
                "UPDATE entries SET intent_at = ?, outcome_at = NULL, outcome = NULL, error = NULL"
                " WHERE operation_id = ? AND number = ?",
                [(moment, operation_id, number) for number in numbers],
            )

    def doubt(self, operation_id: str, action: str, at: datetime) -> None:
        """Record what a killed process left open as unknown: each may have been done, and may so
        be there once more when it is done again."""
        with self._database.transaction() as db:
            db.execute(
                "UPDATE entries SET outcome_at = ?, outcome = 'unknown', twice = twice + 1,"
                " error = 'its console was stopped before the answer was recorded'"
                " WHERE operation_id = ? AND action = ? AND outcome IS NULL",
                (to_text(at), operation_id, action),
            )

    def record(self, operation_id: str, steps: Iterable[Step], at: datetime) -> None:
        """Record how far messages have come. Doubts add up."""
        moment = to_text(at)
        with self._database.transaction() as db:
            db.executemany(
                "UPDATE entries SET outcome_at = ?, outcome = ?, error = ?,"
                " new_id = COALESCE(?, new_id), twice = twice + ?"
                " WHERE operation_id = ? AND number = ?",
                [
                    (
                        moment,
                        step.outcome,
                        None if step.error is None else storable(strip_secrets(step.error)),
                        step.new_id,
                        step.twice,
                        operation_id,
                        step.number,
                    )
                    for step in steps
                ],
            )

    def entries(self, operation_id: str, action: str) -> tuple[EntryRecord, ...]:
        """The entries of one action in their order."""
        with self._database.transaction() as db:
            rows = db.execute(
                f"SELECT {ENTRY_COLUMNS} FROM entries WHERE operation_id = ? AND action = ?"
                " ORDER BY number",
                (operation_id, action),
            ).fetchall()
        return tuple(entry_of(row) for row in rows)

    def outcomes(self, operation_id: str, action: str) -> tuple[OutcomeCount, ...]:
        """How many entries of one action ended how, and why."""
        with self._database.transaction() as db:
            rows = db.execute(
                "SELECT outcome, error, SUM(twice), COUNT(*) FROM entries"
                " WHERE operation_id = ? AND action = ? GROUP BY outcome, error",
                (operation_id, action),
            ).fetchall()
        return tuple(OutcomeCount(row[0], row[1], int(row[2]), int(row[3])) for row in rows)

    def bodies(
        self, action: str, outcomes: Sequence[str], *, chunk: int
    ) -> Iterator[tuple[datetime, str]]:
        """The bodies of all messages, of whatever operation, to which `action` was done with one
        of the outcomes, and when; `chunk` of them are read at a time."""
        last = ("", 0)
        while True:
            with self._database.transaction() as db:
                rows = db.execute(
                    "SELECT operation_id, number, outcome_at, body"
                    " FROM entries JOIN copies USING (operation_id, number)"
                    " WHERE action = ? AND outcome IN (SELECT value FROM json_each(?))"
                    " AND (operation_id, number) > (?, ?) ORDER BY operation_id, number LIMIT ?",
                    (action, json.dumps(list(outcomes)), *last, chunk),
                ).fetchall()
            for operation_id, number, at, body in rows:
                last = (str(operation_id), int(number))
                yield from_text(at), bytes(body).decode("utf-8", "surrogatepass")
            if len(rows) < chunk:
                return

    def copies(
        self, operation_id: str, numbers: Sequence[int] | None = None
    ) -> tuple[MessageCopy, ...]:
        """The copies an operation kept, in order; those of some entries where `numbers` says."""
        with self._database.transaction() as db:
            rows = db.execute(
                "SELECT number, subject, body, attributes, system_attributes"
                " FROM copies JOIN entries USING (operation_id, number)"
                " WHERE operation_id = ? AND (? IS NULL OR number IN (SELECT value FROM"
                " json_each(?))) ORDER BY number",
                (
                    operation_id,
                    None if numbers is None else 1,
                    json.dumps(list(numbers or ())),
                ),
            ).fetchall()
        return tuple(_copy(row) for row in rows)


def _copied(message: Message) -> tuple[bytes, str, str]:
    """The columns of a copy. A body may hold what UTF-8 has no place for, and comes back as it
    was all the same."""
    attributes = {name: _stored(a) for name, a in message.attributes.items()}
    return (
        message.body.encode("utf-8", "surrogatepass"),
        json.dumps(attributes),
        json.dumps(dict(message.system_attributes)),
    )


def _stored(attribute: MessageAttribute) -> list[str]:
    value = attribute.value
    if isinstance(value, bytes):
        return [attribute.type, base64.b64encode(value).decode("ascii"), "base64"]
    return [attribute.type, value]


def _restored(stored: Sequence[str]) -> MessageAttribute:
    value = stored[1] if len(stored) == 2 else base64.b64decode(stored[1])
    return MessageAttribute(stored[0], value)


def _copy(row: tuple[int, str, bytes, str, str]) -> MessageCopy:
    number, message_id, body, attributes, system = row
    stored: dict[str, list[str]] = json.loads(attributes)
    return MessageCopy(
        number=number,
        message_id=message_id,
        body=body.decode("utf-8", "surrogatepass"),
        attributes={name: _restored(value) for name, value in stored.items()},
        system_attributes=json.loads(system),
    )
