"""The handler that runs a program for each message."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from console.documents.messages import message_document
from console.documents.values import to_json
from console.errors import UsageError
from console.models.handling import Handled, HandlerOptions
from console.models.message import Message
from console.operations.handlers.material import NoFile, nested_too_deep, object_file
from console.operations.workbench import Workbench
from console.text import strip_secrets

_LOOK_SECONDS = 0.05
_TERM_SECONDS = 2.0
_MOST_OUTPUT = 64 * 1024
_MOST_ERROR = 400
_MOST_PRINTED = 16 * 1024 * 1024
_BLOCK = 512
"""Bytes in a unit of `st_blocks` (POSIX stat, as Linux and macOS have it)."""


@dataclass(frozen=True, slots=True)
class CommandHandler:
    """Runs `words` without a shell: the message as JSON on stdin, its main fields in the
    environment (`EVENT_CONSOLE_MESSAGE_KEY` and so on), `…_FILE` the object where it was asked for.

    Exit code 0 is done, and a JSON object on stdout is the result; the release exit code gives the
    message back; any other has failed, with the last words of stderr.
    """

    words: tuple[str, ...]
    workbench: Workbench
    options: HandlerOptions

    @classmethod
    def of(cls, text: str, workbench: Workbench, options: HandlerOptions) -> CommandHandler:
        """The handler for a command line. Raises `UsageError` where there is no such program."""
        try:
            words = tuple(shlex.split(text))
        except ValueError as error:
            raise UsageError("Bad command", f"{text!r} cannot be read: {error}.", "") from error
        if not words or shutil.which(words[0]) is None:
            name = words[0] if words else text
            raise UsageError("No such program", f"{name!r} is no program that can be run.", "")
        return cls(words, workbench, options)

    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        """Run the program on one message; it and what it started are ended after `seconds`."""
        try:
            with object_file(
                self.workbench, message, self.options, cancel=cancel, seconds=seconds
            ) as file:
                return self._run(message, file, cancel, seconds)
        except NoFile as error:
            return Handled("failed", error.sentence)
        except OSError as error:
            return Handled("failed", f"{self.words[0]} could not be run: {error}")

    def _run(
        self, message: Message, file: Path | None, cancel: threading.Event, seconds: float
    ) -> Handled:
        # Files, not pipes: what writes much, or reads nothing, blocks nobody.
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(to_json(message_document(message)).encode("ascii") + b"\n")
            given.seek(0)
            process = subprocess.Popen(
                self.words,
                stdin=given,
                stdout=out,
                stderr=err,
                env=_environment(message, file),
                start_new_session=True,
            )
            why = _wait(process, cancel, seconds, (out, err))
            if why is not None:
                return Handled("failed", why)
            return self._judged(process.returncode, _tail(out, _MOST_OUTPUT), err)

    def _judged(self, code: int, out: bytes, err: IO[bytes]) -> Handled:
        result = _result(out)
        if code == 0:
            return Handled("done", None, result)
        words = _tail(err, _MOST_ERROR).decode("utf-8", "replace").strip()
        ended = f"ended by signal {-code}" if code < 0 else f"exit code {code}"
        error = strip_secrets(f"{ended}: {words}" if words else ended)
        return Handled("failed", error, result, release=code == self.options.release_exit_code)


def _wait(
    process: subprocess.Popen[bytes],
    cancel: threading.Event,
    seconds: float,
    printed: Sequence[IO[bytes]],
) -> str | None:
    """Until it has ended; why it had to be ended, `None` where it did by itself."""
    looks = max(1, int(seconds / _LOOK_SECONDS))
    # The first look comes early, for programs that take no time.
    for _ in range(looks):
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)
            return None
        for stream in printed:
            _forget_much(stream)
        if cancel.is_set():
            _end(process)
            return "stopped"
    _end(process)
    return f"not done after {seconds:g} s"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and all it has started, which share its session."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_TERM_SECONDS)
            break
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(message: Message, file: Path | None) -> dict[str, str]:
    """The console's own environment, and what the message says in short."""
    event = message.event
    fields: dict[str, Any] = {
        "ID": message.message_id,
        "QUEUE_ARN": message.queue_arn,
        "RECEIVE_COUNT": message.receive_count,
        "FILE": file,
    }
    if event is not None:
        fields |= {
            "EVENT": event.name,
            "BUCKET": event.bucket,
            "KEY": event.key,
            "SIZE": event.size,
            "ETAG": event.etag,
            "VERSION_ID": event.version_id,
        }
    given = {name: _carried(value) for name, value in fields.items() if value is not None}
    return os.environ | {f"EVENT_CONSOLE_MESSAGE_{name}": text for name, text in given.items()}


def _carried(value: object) -> str:
    """Text that an environment can carry: without NUL, and with bytes for what is no Unicode."""
    return str(value).replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _forget_much(stream: IO[bytes]) -> None:
    """Give the disk space of what a program prints back, but for its end: the journal is on that
    disk too. The program goes on where it was in the file, behind a hole."""
    file = stream.fileno()
    state = os.fstat(file)
    if state.st_blocks * _BLOCK <= _MOST_PRINTED:
        return
    start = max(0, state.st_size - _MOST_OUTPUT)
    end = os.pread(file, _MOST_OUTPUT, start)
    os.ftruncate(file, 0)
    os.pwrite(file, end, start)


def _tail(stream: IO[bytes], most: int) -> bytes:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - most))
    return stream.read(most)


def _result(out: bytes) -> dict[str, object]:
    """What the program printed, where that is one JSON object of at most 64 KB."""
    try:
        value = json.loads(out)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) and not nested_too_deep(value) else {}
