"""`event-console local`: run the local backend alone until it is stopped."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from console.errors import EXIT_FAILED, EXIT_INTERRUPTED, Cancelled
from console.local.backend import LocalBackend, start_backend

_WATCH_SECONDS = 0.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_local(
    *,
    take_tests: bool = False,
    traffic: bool = True,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Run the backend in the foreground and return the exit code.

    Prints one line for a shell's `eval` to `stdout` once ready, says the rest on `stderr`,
    and ends on SIGINT (130), SIGTERM (143) or SIGHUP (129), or with 1 when the backend died.
    Must be called in the main thread. Raises what `start_backend` raises.
    """
    out, err = stdout or sys.stdout, stderr or sys.stderr
    with _signals() as stop:
        try:
            backend = start_backend(take_tests=take_tests, traffic=traffic, cancel=stop.event)
        except Cancelled:
            return stop.exit_code
        with backend:
            _announce(backend, out, err)
            while not stop.event.wait(_WATCH_SECONDS):
                if backend.process.poll() is not None:
                    _say(err, "The local backend has ended.\n" + backend.log_tail())
                    return EXIT_FAILED
        return stop.exit_code


def export_line(backend: LocalBackend) -> str:
    """The shell command that points AWS tools at this backend."""
    pairs = (f"{name}={shlex.quote(value)}" for name, value in backend.environment().items())
    return "export " + " ".join(pairs)


class _Stop:
    """Set by the first signal, which decides the exit code."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.exit_code = EXIT_INTERRUPTED

    def handle(self, number: int, _frame: FrameType | None) -> None:
        if not self.event.is_set():
            self.exit_code = 128 + number
        self.event.set()


@contextmanager
def _signals() -> Generator[_Stop]:
    stop = _Stop()
    before = {number: signal.signal(number, stop.handle) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _announce(backend: LocalBackend, out: TextIO, err: TextIO) -> None:
    _say(out, export_line(backend) + "\n")
    _release(out)
    names = f"  bucket  {backend.bucket}\n  queue   {backend.queue}\n  DLQ     {backend.dlq}\n"
    command = f"event-console --bucket {backend.bucket} --queue {backend.queue}"
    _say(
        err,
        f"Local backend ready at {backend.endpoint_url}, account {backend.account}.\n{names}"
        f"In a shell where the export line was run:\n  {command}\nCtrl-C stops it.\n",
    )


def _say(stream: TextIO, text: str) -> None:
    """Write and flush; a terminal or reader that is gone is no reason to end."""
    with suppress(OSError, ValueError):
        stream.write(text)
        stream.flush()


def _release(out: TextIO) -> None:
    """Close a piped standard output, so that `eval "$(event-console local &)"` can go on."""
    if out is not sys.stdout or out.isatty():
        return
    with suppress(OSError, ValueError):
        descriptor = out.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)
