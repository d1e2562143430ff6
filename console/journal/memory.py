"""What the journal remembers of receive counts, across processes: the peek budget's memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.journal.database import Database
from console.journal.times import from_text, to_text

EMPTY_FOR = timedelta(minutes=1)
"""How long a queue must stay empty before its messages are believed gone: counts are
approximate, and consistent about a minute after producers stop (SQS API Reference)."""
_LONGEST_RETENTION = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A message as the console last received it.

    `hidden_until` is when it becomes visible again unless extended or released; `forget_at` when
    the queue's retention ends it.
    """

    queue_arn: str
    message_id: str
    receive_count: int
    seen_at: datetime
    hidden_until: datetime
    forget_at: datetime


class ReceiveMemory:
    """Remembers sightings. Every method raises `JournalError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remember(self, sightings: Iterable[Sighting]) -> None:
        """Store what was just received; the higher receive count wins."""
        with self._database.transaction() as db:
            db.executemany(
                "INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (queue_arn, message_id) DO UPDATE SET"
                " receive_count = MAX(receive_count, excluded.receive_count),"
                " seen_at = excluded.seen_at, hidden_until = excluded.hidden_until,"
                " forget_at = excluded.forget_at",
                [
                    (
                        s.queue_arn,
                        s.message_id,
                        s.receive_count,
                        to_text(s.seen_at),
                        to_text(s.hidden_until),
                        to_text(s.forget_at),
                    )
                    for s in sightings
                ],
            )

    def hold_longer(self, queue_arn: str, message_ids: Iterable[str], until: datetime) -> None:
        """The messages are held until a time, whether or not their receives were remembered."""
        moment, forget_at = to_text(until), to_text(until + _LONGEST_RETENTION)
        with self._database.transaction() as db:
            db.executemany(
                "INSERT INTO sightings VALUES (?, ?, 0, ?, ?, ?)"
                " ON CONFLICT (queue_arn, message_id) DO UPDATE SET"
                " hidden_until = excluded.hidden_until",
                [(queue_arn, message_id, moment, moment, forget_at) for message_id in message_ids],
            )

    def hide(self, queue_arn: str, message_ids: Iterable[str], until: datetime) -> None:
        """The messages are hidden until a time only: they are released now."""
        moment = to_text(until)
        with self._database.transaction() as db:
            db.executemany(
                "UPDATE sightings SET hidden_until = ? WHERE queue_arn = ? AND message_id = ?",
                [(moment, queue_arn, message_id) for message_id in message_ids],
            )

    def forget(self, queue_arn: str, message_ids: Iterable[str]) -> None:
        """The messages have left the queue: deleted, or seen in another one."""
        with self._database.transaction() as db:
            db.executemany(
                "DELETE FROM sightings WHERE queue_arn = ? AND message_id = ?",
                [(queue_arn, message_id) for message_id in message_ids],
            )

    def hidden_until(self, queue_arn: str, message_ids: Iterable[str]) -> datetime | None:
        """When the last of these messages becomes visible again, as far as that is known."""
        with self._database.transaction() as db:
            row = db.execute(
                "SELECT MAX(hidden_until) FROM sightings WHERE queue_arn = ?"
                " AND message_id IN (SELECT value FROM json_each(?))",
                (queue_arn, json.dumps(list(message_ids))),
            ).fetchone()
        return from_text(row[0]) if row[0] else None

    def receive_counts(self, queue_arn: str, message_ids: Iterable[str]) -> dict[str, int]:
        """How often each of these messages was received, as far as the console knows."""
        with self._database.transaction() as db:
            rows = db.execute(
                "SELECT message_id, receive_count FROM sightings WHERE queue_arn = ?"
                " AND message_id IN (SELECT value FROM json_each(?))",
                (queue_arn, json.dumps(list(message_ids))),
            ).fetchall()
        return {str(row[0]): int(row[1]) for row in rows}

    def at_risk(self, queue_arn: str, max_receive_count: int, now: datetime) -> int:
        """How many messages a receive could cost the last attempt of a consumer.

        These were received `max_receive_count - 1` times or more, and may be visible. One that
        was seen in the future, because the clock was set back, counts as visible.
        """
        at = to_text(now)
        with self._database.transaction() as db:
            row = db.execute(
                "SELECT COUNT(*) FROM sightings WHERE queue_arn = ? AND receive_count >= ?"
                " AND forget_at > ? AND (hidden_until <= ? OR seen_at > ?)",
                (queue_arn, max_receive_count - 1, at, at, at),
            ).fetchone()
        return int(row[0])

    def observe(self, queue_arn: str, messages: int, now: datetime) -> None:
        """Take note of a queue's count in all states; one empty for a minute is forgotten."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM sightings WHERE forget_at <= ?", (to_text(now),))
            if messages:
                db.execute("DELETE FROM empty_queues WHERE queue_arn = ?", (queue_arn,))
                return
            row = db.execute(
                "SELECT empty_since FROM empty_queues WHERE queue_arn = ?", (queue_arn,)
            ).fetchone()
            if row is None or from_text(row[0]) > now:
                db.execute(
                    "INSERT INTO empty_queues VALUES (?, ?)"
                    " ON CONFLICT (queue_arn) DO UPDATE SET empty_since = excluded.empty_since",
                    (queue_arn, to_text(now)),
                )
            elif now - from_text(row[0]) >= EMPTY_FOR:
                db.execute(
                    "DELETE FROM sightings WHERE queue_arn = ? AND seen_at < ?",
                    (queue_arn, row[0]),
                )
