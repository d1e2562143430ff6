"""Where the journal lies."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_data_path

FILE_NAME = "journal.sqlite3"


def default_journal_path() -> Path:
    """`journal.sqlite3` in the platform's user data folder; nothing is created."""
    return user_data_path("event-console", appauthor=False) / FILE_NAME
