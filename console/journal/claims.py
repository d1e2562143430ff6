"""Which operations a living process works on: one locked file for each.

The system takes a lock away when its process ends in whatever way, so that what was killed can
be told from what runs, and two consoles never finish the same operation at once.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from console.errors import JournalError

_TRIES = 5
"""Who only looks whether an operation is claimed has its file locked for a moment too."""
_PAUSE = 0.02


class Claims:
    """The claims of one process, kept beside the journal's file."""

    def __init__(self, journal: Path) -> None:
        self._folder = journal.with_name(f"{journal.name}-running")
        self._lock = threading.Lock()
        self._held: dict[str, int] = {}

    def take(self, operation_id: str) -> bool:
        """Claim an operation; false where a living process has it. Raises `JournalError`."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = None
            for _ in range(_TRIES):
                descriptor = self._locked(self._folder / operation_id)
                if descriptor is not None:
                    break
                time.sleep(_PAUSE)
        except OSError as error:
            raise JournalError(
                "Journal unusable",
                f"{self._folder} cannot be written: {error}.",
                "Nothing is changed on AWS without it. Check disk space and permissions.",
            ) from error
        if descriptor is None:
            return False
        with self._lock:
            self._held[operation_id] = descriptor
        return True

    def _locked(self, file: Path) -> int | None:
        """The descriptor of the locked file; `None` where somebody else has it, or had it so
        lately that the file was removed under this one."""
        descriptor = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except BlockingIOError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        return None

    def drop(self, operation_id: str) -> None:
        """Give a claim back; does nothing for one that is not held."""
        with self._lock:
            descriptor = self._held.pop(operation_id, None)
        if descriptor is not None:
            with suppress(OSError):
                (self._folder / operation_id).unlink()
            os.close(descriptor)

    def alive(self, operation_id: str) -> bool:
        """Whether a living process, this one or another, works on an operation."""
        with self._lock:
            if operation_id in self._held:
                return True
        try:
            descriptor = os.open(self._folder / operation_id, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            os.close(descriptor)
        return False

    def close(self) -> None:
        """Give back every claim."""
        with self._lock:
            held = list(self._held)
        for operation_id in held:
            self.drop(operation_id)
