"""The child's tie to its parent: the private folder, and the end of both when the parent ends.

The parent holds the writing end of the child's standard input and nothing else has it, so the
input ends when the parent closes it or dies, by whatever signal. Whoever is left removes the
folder: the child when the parent is gone, the parent when the child was killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from pathlib import Path

_STDIN, _STDOUT, _STDERR = 0, 1, 2


class Lifeline:
    """Owns the child's private folder and leaves the process when the parent is gone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder_lock = threading.Lock()
        self._answer_fd = os.dup(_STDOUT)

    def watch(self) -> None:
        """Start to watch for the parent's end; from now on the process may end at any time."""
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        threading.Thread(target=self._leave_with_parent, name="lifeline", daemon=True).start()

    def open_folder(self) -> None:
        """Create the private folder and send everything printed from now on to its log.

        Raises `FileExistsError` where the folder is already there, so that nobody can prepare
        one for us.
        """
        with self._folder_lock:
            self._folder.mkdir(mode=0o700)
            log = os.open(
                self._folder / "backend.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
            )
        os.dup2(log, _STDOUT)
        os.dup2(log, _STDERR)
        os.close(log)

    def answer(self, line: bytes) -> None:
        """Write the one line that the parent waits for, and close that pipe."""
        os.write(self._answer_fd, line)
        os.close(self._answer_fd)

    def _leave_with_parent(self) -> None:
        while os.read(_STDIN, 1024):
            continue
        # The lock is never released: the main thread must not create the folder once it is gone.
        self._folder_lock.acquire()
        _remove_tree(self._folder)
        os._exit(0)


def _remove_tree(folder: Path) -> None:
    """Remove `folder` while other threads of this process may still write into it."""
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
