"""What every command that changes messages has: confirmation, dry run, progress, exit code."""

from __future__ import annotations

import select
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from console.errors import EXIT_FAILED, EXIT_FINDINGS, EXIT_OK, Cancelled, UsageError

if TYPE_CHECKING:
    from console.cli.output import Output
    from console.models.moving import MoveEnd, MoveProgress
    from console.models.pipeline import QueueRef
    from console.operations.workbench import Workbench

F = TypeVar("F", bound=Callable[..., Any])

_LOOK_SECONDS = 0.1

_YES = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
_CONFIRM = click.option(
    "--confirm", metavar="NAME", help="The queue's name, which --yes needs in production."
)
_DRY_RUN = click.option(
    "--dry-run", is_flag=True, help="Say what would be done, and change nothing."
)


def confirmation_options(function: F) -> F:
    """Add `--yes` and `--confirm`."""
    return _YES(_CONFIRM(function))


def bulk_options(function: F) -> F:
    """Add `--yes`, `--confirm` and `--dry-run`."""
    return _DRY_RUN(confirmation_options(function))


@dataclass(frozen=True, slots=True)
class Consent:
    """How the caller agreed before: `--yes`, and `--confirm NAME`."""

    yes: bool
    confirm: str | None


def ask(
    output: Output,
    bench: Workbench,
    queue: QueueRef,
    what: str,
    consent: Consent,
    *,
    typed: bool = False,
) -> None:
    """Ask whether to do `what`; the queue's name has to be typed where `typed`, and in production.
    With `--yes` it is said only.

    Raises `UsageError` where nobody can be asked and `--yes` is missing, and for the name of
    another queue; `Cancelled` for a no.
    """
    production = bench.pipeline.mode.production
    if consent.confirm not in (None, queue.name):
        raise UsageError(
            "Not confirmed",
            f"--confirm says {consent.confirm}, and this is about {queue.name}.",
            f"Say --confirm {queue.name} if that is meant.",
        )
    if consent.yes:
        if production and consent.confirm is None:
            raise UsageError(
                "Not confirmed",
                "This is production: --yes needs the queue's name.",
                f"Add --confirm {queue.name}.",
            )
        output.say(what)
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "Not confirmed", "This changes messages, and there is no terminal to ask.", "Add --yes."
        )
    output.say(what, "bold")
    wanted = queue.name if typed or production else "yes"
    output.say(f"Type {wanted} to go on; anything else cancels.")
    if _answer() != wanted:
        raise Cancelled("Nothing was changed: it")


def agree(output: Output, question: str, cancel: threading.Event | None = None) -> bool:
    """Ask a yes or no question; no without a terminal, and where `cancel` is set meanwhile."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    output.say(f"{question} Type yes to go on; anything else stops.")
    # A signal that only sets the flag would not wake up a read.
    while cancel is not None and not select.select([sys.stdin], [], [], _LOOK_SECONDS)[0]:
        if cancel.is_set():
            return False
    return _answer() == "yes"


def _answer() -> str:
    try:
        return sys.stdin.readline().strip()
    except OSError:
        return ""


def told_notes(output: Output) -> Callable[[MoveProgress], None]:
    """Says what of a progress is worth a sentence, once, and draws nothing."""
    said: set[str] = set()

    def say(progress: MoveProgress) -> None:
        if progress.note and progress.note.split(",")[0] not in said:
            said.add(progress.note.split(",")[0])
            output.say(progress.note)

    return say


@contextmanager
def shown_progress(output: Output) -> Generator[Callable[[MoveProgress], None]]:
    """A progress bar on a terminal; elsewhere only what is worth a sentence, once."""
    console = output.bar_console()
    if console is None:
        yield told_notes(output)
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Working", total=None)

        def update(progress: MoveProgress) -> None:
            words = progress.note or f"{progress.moved} done, {progress.failed} failed"
            total = progress.about or None
            bar.update(task, description=words, completed=progress.received, total=total)

        yield update


def exit_code(state: MoveEnd, *, failed: int, left: int, reasons: Sequence[str]) -> int:
    """1 where something failed, 3 where something was left, else 0. An interruption has its own
    code, from its signal."""
    if failed or state == "failed":
        return EXIT_FAILED
    return EXIT_FINDINGS if left or reasons or state == "interrupted" else EXIT_OK


def tell_reasons(output: Output, reasons: Sequence[str]) -> None:
    """Say on stderr what kept it from being a clean end."""
    for reason in reasons:
        output.say(reason if reason.endswith(".") else f"{reason}.", "yellow")
