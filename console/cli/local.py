"""`event-console local`: the local backend alone, for other tools and other terminals."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from console.cli.headless import local_backend
from console.cli.options import given
from console.cli.signals import Interruption, interruptible
from console.errors import EXIT_OK, Cancelled, ConsoleError

if TYPE_CHECKING:
    from console.local.backend import LocalBackend

_EPILOG = """\b
Examples:
  event-console local
  event-console local > local.env &  then  . ./local.env
  event-console local --consumer-takes-tests

\b
It runs until it is stopped, and leaves nothing behind. Its two
lines on stdout are for the shell: the first leads any AWS tool to it, the
second names the pipeline for event-console.
"""
_CHECK_SECONDS = 0.5


@click.command("local", short_help="Run the local backend alone.", epilog=_EPILOG)
@click.option(
    "--consumer-takes-tests",
    is_flag=True,
    help="Let its consumer process the files of upload tests instead of giving them back.",
)
@click.pass_context
def command(context: click.Context, consumer_takes_tests: bool) -> int:
    """Run the local backend with its traffic until it is stopped."""
    if given(context).as_json:
        raise click.UsageError("local prints lines for a shell, not JSON.", context)
    output = given(context).output()
    with interruptible() as interruption:
        try:
            backend = local_backend(output, interruption, take_tests=consumer_takes_tests)
        except Cancelled:
            raise click.exceptions.Exit(interruption.exit_code or Cancelled.exit_code) from None
        try:
            output.plain(_exports(backend.environment()))
            output.plain(_exports(_names(backend)))
            output.say("Ready. Ctrl-C stops it.")
            _wait(interruption, backend)
        finally:
            with interruption.giving_back():
                backend.close()
    return EXIT_OK


def _names(backend: LocalBackend) -> dict[str, str]:
    """The pipeline for event-console, and the region for tools that do not read AWS_REGION."""
    return {
        "AWS_DEFAULT_REGION": backend.region,
        "EVENT_CONSOLE_BUCKET": backend.bucket,
        "EVENT_CONSOLE_QUEUE": backend.queue,
    }


def _wait(interruption: Interruption, backend: LocalBackend) -> None:
    """Wait for a signal, which is the usual end. Raises ConsoleError if the backend ends first."""
    with interruption.cooperative() as stopped:
        while not stopped.wait(_CHECK_SECONDS):
            if backend.process.poll() is not None:
                raise ConsoleError("Local backend", "The local backend ended by itself.")


def _exports(variables: dict[str, str]) -> str:
    pairs = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    return f"export {pairs}"
