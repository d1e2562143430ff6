"""What is said of a journal that cannot be used: before an operation, and in the middle of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from console.errors import JournalError
from console.journal.schema import NewerFormat

_TITLE = "Journal unusable"


def unusable(path: Path, error: Exception, begun: Sequence[str]) -> JournalError:
    """The error for a failure of the file at `path`; `begun` are the operations of this process
    that had begun and not ended: what they need to go on stands in that file alone."""
    sentence = f"The journal at {path} cannot be used: {error}."
    if not begun:
        return JournalError(
            _TITLE,
            sentence,
            f"Nothing is changed on AWS without it. {_mend(error)}{_or_else(error)}.",
        )
    ids = " ".join(begun)
    return JournalError(
        _TITLE,
        f"{sentence} What has begun cannot go on without it: {ids}.",
        f"Keep the file: what was done till then stands in it. {_mend(error)}, then see "
        f"event-console journal show {begun[-1]}; event-console journal resume {ids} finishes "
        "what can be finished.",
    )


def _mend(error: Exception) -> str:
    if isinstance(error, NewerFormat):
        return "Use that newer version"
    if locked(error):
        return "Wait until what has it locked is through"
    return "Check disk space and permissions"


def _or_else(error: Exception) -> str:
    """The last resort, for a file that is good for nothing as it is."""
    if isinstance(error, NewerFormat) or locked(error):
        return ""
    return ", or move the file away; resume and restore then know nothing of what is in it"


def locked(error: Exception) -> bool:
    """Whether it is another process's lock that was in the way."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorname", "").startswith(
        ("SQLITE_BUSY", "SQLITE_LOCKED")
    )
