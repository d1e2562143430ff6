"""`event-console local`: the local backend alone, for other tools and other terminals."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from console.cli.headless import local_backend
from console.cli.options import given, scenario_option
from console.cli.scenarios import reveal
from console.cli.signals import Interruption, interruptible
from console.errors import Cancelled, ConsoleError

if TYPE_CHECKING:
    from console.cli.output import Output
    from console.local.backend import LocalBackend

_EPILOG = """\b
Examples:
  eval "$(event-console local &)"
  event-console local --consumer-takes-tests
  event-console local --scenario random

\b
It runs until it is stopped, and leaves nothing behind. Its one line on
stdout is for the shell: it leads any AWS tool to the local backend.
"""
_CHECK_SECONDS = 0.5


@click.command("local", short_help="Run the local backend alone.", epilog=_EPILOG)
@click.option(
    "--consumer-takes-tests",
    is_flag=True,
    help="Let its consumer process the files of upload tests instead of giving them back.",
)
@scenario_option
@click.pass_context
def command(context: click.Context, consumer_takes_tests: bool) -> int:
    """Run the local backend with its traffic until it is stopped."""
    if given(context).as_json:
        raise click.UsageError("local prints a line for a shell, not JSON.", context)
    output, scenario = given(context).output(), given(context).flags().scenario
    with interruptible() as interruption:
        try:
            backend = local_backend(
                output, interruption, take_tests=consumer_takes_tests, scenario=scenario
            )
        except Cancelled:
            return interruption.exit_code or Cancelled.exit_code
        try:
            _announce(output, backend)
            _wait(interruption, backend)
        finally:
            with interruption.giving_back():
                backend.close()
            reveal(output, backend, scenario)
    return interruption.exit_code or Cancelled.exit_code


def _announce(output: Output, backend: LocalBackend) -> None:
    for line in (
        f"The local backend is ready at {backend.endpoint_url}, account {backend.account}.",
        f"  bucket  {backend.bucket}",
        f"  queue   {backend.queue}",
        f"  DLQ     {backend.dlq}",
        "In a shell where the export line was run:",
        f"  event-console --bucket {backend.bucket}",
        *_missed(backend),
        "Ctrl-C stops it.",
    ):
        output.say(line)
    variables = backend.environment().items()
    pairs = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables)
    output.plain(f"export {pairs}")
    _release_stdout()


def _missed(backend: LocalBackend) -> list[str]:
    return [] if backend.missing_key is None else [f"Somebody misses {backend.missing_key}."]


def _release_stdout() -> None:
    """Close a piped standard output, so that `eval "$(event-console local &)"` can go on."""
    if sys.stdout.isatty():
        return
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def _wait(interruption: Interruption, backend: LocalBackend) -> None:
    """Wait for a signal, which is the usual end. Raises ConsoleError if the backend ends first."""
    with interruption.cooperative() as stopped:
        while not stopped.wait(_CHECK_SECONDS):
            if backend.process.poll() is not None:
                raise ConsoleError("Local backend", "The local backend has ended by itself.")
