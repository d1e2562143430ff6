"""The one place that maps failures to exit codes and tells them on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress

import click

from console.cli.output import OutputClosed, OutputFailed
from console.cli.signals import Interrupted
from console.errors import EXIT_FAILED, EXIT_INTERRUPTED, ConsoleError
from console.text import safe, strip_secrets

EXIT_PIPE_CLOSED = 141
"""What a shell reports for a command that SIGPIPE ended; nothing failed, the reader left."""

DEBUG_VARIABLE = "EVENT_CONSOLE_DEBUG"
_NAME = "event-console"


def report(error: BaseException) -> int:
    """Tell a failure on stderr, in as few lines as it needs; returns the exit code.

    Interruption and a reader that left are told nothing.
    """
    if isinstance(error, Interrupted):
        return error.exit_code
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return EXIT_INTERRUPTED
    if isinstance(error, OutputClosed):
        _forget_stdout()
        return EXIT_PIPE_CLOSED
    if isinstance(error, OutputFailed):
        _forget_stdout()
    if isinstance(error, ConsoleError):
        _tell(f"{_NAME}: {error.title}: {error.sentence}", error.remedy)
        return error.exit_code
    if isinstance(error, click.ClickException):
        return _report_usage(error)
    return _report_unexpected(error)


def _report_usage(error: click.ClickException) -> int:
    context = error.ctx if isinstance(error, click.UsageError) else None
    hint = f"{context.command_path} --help tells what can be given." if context else ""
    _tell(f"{_NAME}: {error.format_message()}", hint)
    return error.exit_code


def _report_unexpected(error: BaseException) -> int:
    """A defect of the console: one line, and the traceback for those who ask for it."""
    _tell(
        f"{_NAME}: Unexpected failure: {type(error).__name__}: {error}",
        f"This is a defect. Set {DEBUG_VARIABLE}=1 to see where it happened, and report it.",
    )
    if os.environ.get(DEBUG_VARIABLE):
        trace = "".join(traceback.format_exception(error))
        _write(safe(strip_secrets(trace), newlines=True))
    return EXIT_FAILED


def _tell(sentence: str, remedy: str) -> None:
    _write(safe(strip_secrets(sentence)))
    if remedy:
        _write("  " + safe(strip_secrets(remedy)))


def _write(line: str) -> None:
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


def _forget_stdout() -> None:
    """Keep the interpreter from flushing into the closed pipe once more on its way out."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
