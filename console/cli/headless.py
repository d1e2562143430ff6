"""What every headless command goes through: settings, signals, backend, discovery, clean-up."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.options import given
from console.cli.output import Output, OutputClosed
from console.cli.scenarios import announce, reveal
from console.cli.signals import Interrupted, Interruption, interruptible
from console.errors import ConsoleError
from console.settings import Flags, Settings, load_settings
from console.settings.local import local_journal_path, local_settings, use_local_environment
from console.text import iso

if TYPE_CHECKING:
    from console.local.backend import LocalBackend
    from console.models.peek import Release
    from console.operations.workbench import Workbench

GIVE_BACK_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Session:
    """One headless command at work. `journal_path` is `None` for the user's own journal."""

    settings: Settings
    output: Output
    interruption: Interruption
    journal_path: Path | None

    def journal_file(self) -> Path:
        """The journal of this session."""
        from console.journal.location import default_journal_path

        return self.journal_path or default_journal_path()

    @contextmanager
    def workbench(self, *, forgiving: bool = False) -> Generator[Workbench]:
        """The pipeline, found and ready to work on; every lease is given back afterwards.

        `forgiving` is for who looks for a fault: a queue that is gone ends no command then.
        """
        from console.aws.gateway import open_gateway
        from console.operations.discover import discover
        from console.operations.workbench import open_workbench

        settings = self.settings
        gateway = open_gateway(settings.pipeline)
        pipeline = discover(gateway, settings.pipeline, settings.mode, forgiving=forgiving)
        bench = open_workbench(
            gateway, pipeline, self.journal_file(), journal_settings=settings.journal
        )
        try:
            yield bench
        finally:
            with self.interruption.giving_back():
                self._tell_left(bench.close(GIVE_BACK_SECONDS))

    def _tell_left(self, release: Release) -> None:
        if release.failed:
            when = f" at {iso(release.reappear_at)}" if release.reappear_at else " by themselves"
            count = len(release.failed)
            messages = "1 message" if count == 1 else f"{count} messages"
            why = f" ({release.reason.removesuffix('.')})" if release.reason else ""
            self.output.warn(f"{messages} could not be given back{why}, and will reappear{when}.")


@contextmanager
def headless(context: click.Context, *, needs_pipeline: bool = True) -> Generator[Session]:
    """Open a session for the command of `context`.

    A signal ends it by `click.exceptions.Exit` with 130, 143 or 129, after the clean-up of
    whatever was going on.
    """
    call = given(context)
    output = call.output()
    with interruptible() as interruption:
        try:
            with _session(call.flags(), output, interruption, needs_pipeline) as session:
                yield session
        except (Interrupted, ConsoleError, OutputClosed, OSError) as error:
            if interruption.exit_code is None:
                raise
            if isinstance(error, ConsoleError):
                output.say(error.sentence)
            raise click.exceptions.Exit(interruption.exit_code) from error
        if interruption.exit_code is not None:
            raise click.exceptions.Exit(interruption.exit_code)


@contextmanager
def _session(
    flags: Flags, output: Output, interruption: Interruption, needs_pipeline: bool
) -> Generator[Session]:
    settings = load_settings(flags, os.environ, needs_pipeline=needs_pipeline)
    with ExitStack() as stack:
        journal_path = None
        if flags.local:
            backend = local_backend(output, interruption, scenario=flags.scenario)
            stack.callback(reveal, output, backend, flags.scenario)
            stack.callback(_close, backend, interruption)
            settings, journal_path = local_settings(backend, settings), local_journal_path(backend)
        if needs_pipeline:
            for note in settings.notes:
                output.say(note)
        yield Session(settings, output, interruption, journal_path)


def local_backend(
    output: Output,
    interruption: Interruption,
    *,
    take_tests: bool = False,
    scenario: str | None = None,
) -> LocalBackend:
    """Start a local backend, broken by `scenario`, and point this process at it.

    Raises `Cancelled` when a signal comes before it is ready, `UsageError` without the `local`
    extra.
    """
    from console.local.backend import start_backend

    output.say("Starting the local backend …")
    with interruption.cooperative() as cancel:
        backend = start_backend(take_tests=take_tests, scenario=scenario, cancel=cancel)
    use_local_environment(backend)
    announce(output, backend, scenario)
    return backend


def _close(backend: LocalBackend, interruption: Interruption) -> None:
    with interruption.giving_back():
        backend.close()
