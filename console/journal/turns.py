"""Whose turn it is at a queue: receives go on side by side, a release of what is at risk waits.

Consoles that share a journal look into it before each receive. What one of them releases while
another's receive is under way would still be caught by that, and could lose its last attempt.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from console.errors import JournalError

_LOOK_SECONDS = 0.02


class Turns:
    """The turns of every process on one journal: a locked file for each queue beside it."""

    def __init__(self, journal: Path) -> None:
        self._folder = journal.with_name(f"{journal.name}-running")

    @contextmanager
    def receiving(self, queue_arn: str, seconds: float) -> Generator[bool]:
        """Look into the memory and receive inside; yields whether nobody is releasing, after
        `seconds` at most. Raises `JournalError`."""
        with self._turn(queue_arn, fcntl.LOCK_SH, seconds) as own:
            yield own

    @contextmanager
    def releasing(self, queue_arn: str, seconds: float) -> Generator[bool]:
        """Release inside; yields whether nobody is receiving, after `seconds` at most.
        Raises `JournalError`."""
        with self._turn(queue_arn, fcntl.LOCK_EX, seconds) as own:
            yield own

    @contextmanager
    def _turn(self, queue_arn: str, kind: int, seconds: float) -> Generator[bool]:
        descriptor = self._opened(queue_arn)
        try:
            yield _locked(descriptor, kind, seconds)
        finally:
            os.close(descriptor)

    def _opened(self, queue_arn: str) -> int:
        name = hashlib.sha256(queue_arn.encode("utf-8", "backslashreplace")).hexdigest()[:32]
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC
            return os.open(self._folder / f"queue-{name}", flags, 0o600)
        except OSError as error:
            raise JournalError(
                "Journal unusable",
                f"{self._folder} cannot be written: {error}.",
                "Nothing is changed on AWS without it. Check disk space and permissions.",
            ) from error


def _locked(descriptor: int, kind: int, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= ends:
                return False
        threading.Event().wait(_LOOK_SECONDS)
