"""The command `event-console`: its options, its subcommands, and what it does without one."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from console import __version__
from console.cli.failures import report
from console.cli.options import given, json_option, pipeline_options, refresh_option
from console.cli.output import prepare_streams
from console.cli.signals import Interrupted
from console.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    import threading

    from console.local.backend import LocalBackend

PROGRAM = "event-console"
COMPLETE_VARIABLE = "_EVENT_CONSOLE_COMPLETE"

# Where each subcommand lives. A module is imported when its command is wanted, and imports AWS's
# library only when the command runs.
_COMMANDS = {
    "status": "console.cli.status",
    "config": "console.cli.config",
    "doctor": "console.cli.doctor",
    "trace": "console.cli.trace",
    "security": "console.cli.security",
    "peek": "console.cli.peek",
    "process": "console.cli.process",
    "redrive": "console.cli.redrive",
    "delete": "console.cli.delete",
    "restore": "console.cli.restore",
    "purge": "console.cli.purge",
    "missing": "console.cli.missing",
    "backfill": "console.cli.backfill",
    "policy": "console.cli.policy",
    "upload-test": "console.cli.upload_test",
    "trail": "console.cli.trail",
    "journal": "console.cli.journal",
    "local": "console.cli.local",
    "completion": "console.cli.completion",
}

_EPILOG = """\b
Examples:
  event-console --local
  event-console --local --scenario random
  event-console --bucket uploads --profile audio
  event-console status --queue audio-files --region us-east-2 --json
  event-console --pipeline audio peek --dlq -n 20

\b
A pipeline is named by options, by EVENT_CONSOLE_BUCKET, EVENT_CONSOLE_QUEUE
and so on in the environment, or by --pipeline from config.toml. What is not
given is discovered. Options that name it may stand before or after the
subcommand; the later one wins.

\b
Exit codes:
  0 done and clean           3 done, with findings
  1 AWS or operation failed  130, 143, 129 ended by Ctrl-C, TERM, HUP
  2 wrong usage              141 the reader of stdout left
"""


class _Commands(click.Group):
    """A group that imports a subcommand when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name]).command
        return command


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)
@pipeline_options()
@refresh_option
@json_option
@click.version_option(__version__, prog_name=PROGRAM)
@click.pass_context
def cli(context: click.Context) -> int | None:
    """The on-call console for S3 → SQS event pipelines.

    Without a subcommand it opens the full-screen console.
    """
    if context.invoked_subcommand is None:
        return _open_screen(context)
    gc.enable()
    return None


def _open_screen(context: click.Context) -> int:
    from console.settings import load_settings

    call = given(context)
    if call.as_json:
        raise click.UsageError("--json goes with a subcommand, such as status.", context)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "No terminal",
            "The full-screen console needs a terminal for its input and its output.",
            f"For scripts use a subcommand, such as {PROGRAM} status --json.",
        )
    flags = call.flags()
    settings = load_settings(flags, os.environ)
    if flags.local:
        _need_local_extra()
    from console.cli.scenarios import reveal
    from console.tui.launch import launch

    if not flags.local:
        return launch(settings, start_local=None, journal_path=None)
    start_local = _LocalStart(flags.scenario)
    code = launch(settings, start_local=start_local, journal_path=None)
    reveal(call.output(), start_local.backend, flags.scenario)
    return code


def _need_local_extra() -> None:
    from console.local.backend import need_extra

    need_extra()


class _LocalStart:
    """Starts the local backend; called once the first frame stands."""

    def __init__(self, scenario: str | None) -> None:
        self._scenario = scenario
        self.backend: LocalBackend | None = None

    def __call__(self, cancel: threading.Event) -> LocalBackend:
        """Start it and point this process at it."""
        from console.local.backend import start_backend
        from console.settings.local import use_local_environment

        self.backend = start_backend(scenario=self._scenario, cancel=cancel)
        use_local_environment(self.backend)
        return self.backend


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; failures are told on stderr."""
    prepare_streams()
    try:
        code = cli.main(
            args=arguments,
            prog_name=PROGRAM,
            complete_var=COMPLETE_VARIABLE,
            standalone_mode=False,
        )
    except (Exception, KeyboardInterrupt, Interrupted) as error:
        return report(error)
    return code if isinstance(code, int) else EXIT_OK
