"""The journal's tables, and how older files become newer ones."""

from __future__ import annotations

import sqlite3

_FIRST = """
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
) STRICT, WITHOUT ROWID
"""

# Messages that move: what an operation was asked to do, where each message went under which id,
# whether it may be there twice, and its copy. Copies are large and never change, so they have a
# table of their own, in the order they come.
_MOVES = """
ALTER TABLE operations ADD COLUMN parameters TEXT NOT NULL DEFAULT '{}';
ALTER TABLE entries ADD COLUMN new_id TEXT;
ALTER TABLE entries ADD COLUMN twice INTEGER NOT NULL DEFAULT 0;
CREATE TABLE copies (
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    body BLOB NOT NULL,
    attributes TEXT NOT NULL,
    system_attributes TEXT NOT NULL,
    PRIMARY KEY (operation_id, number)
) STRICT
"""

# Until when an operation may hide messages, should its process be killed.
_HIDING = "ALTER TABLE operations ADD COLUMN hides_until TEXT"

_STEPS = (_FIRST, _MOVES, _HIDING)
SCHEMA_VERSION = len(_STEPS)


class NewerFormat(sqlite3.DatabaseError):
    """The file was written by a later version of the console."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to this version, in one transaction.

    Raises `NewerFormat` for a file of a newer version.
    """
    connection.execute("BEGIN IMMEDIATE")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    for step in _STEPS[version:]:
        for statement in step.split(";"):
            connection.execute(statement)
    if version < SCHEMA_VERSION:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")
    if version > SCHEMA_VERSION:
        raise NewerFormat(
            f"it was written by a newer event-console (version {version} of its format)"
        )
