"""`event-console trail`: who changed the pipeline, from CloudTrail."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import click

from console.cli.filters import Duration
from console.cli.headless import Session, headless
from console.cli.options import json_option, pipeline_options
from console.cli.output import Output, OutputClosed
from console.errors import EXIT_OK, Cancelled

if TYPE_CHECKING:
    import threading

    from rich.text import Text

    from console.models.trail import Change, TrailProgress, TrailReport
    from console.operations.workbench import Workbench

_EPILOG = """\b
Examples:
  event-console trail --bucket uploads
  event-console trail --pipeline audio --since 7d --json | jq .who

\b
It asks CloudTrail's event history for every kind of change, at the two calls a
second that AWS allows: about 15 seconds. JSON Lines come as changes are found,
what explains a missing event most often first.

\b
Exit codes:
  0 the event history was read, whether it holds changes or not
  1 it could not be read
"""
_LONGEST_VALUE = 400


@click.command("trail", short_help="Who changed it, from CloudTrail.", epilog=_EPILOG)
@click.option(
    "--since",
    type=Duration(),
    default="24h",
    metavar="TIME",
    help="How far back: 90m, 24h, 7d; 24h by default, 90d at most.",
)
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context, since: float) -> int:
    """Tell who changed the bucket's, the queue's, the DLQ's or the key's configuration, or purged
    or deleted a queue, and what each changed."""
    with headless(context) as session, session.workbench(forgiving=True) as bench:
        report = _trail(session, bench, since)
        _tell(session.output, report)
        if report.errors:
            raise report.errors[0]
        return EXIT_OK


def _trail(session: Session, bench: Workbench, since: float) -> TrailReport:
    from datetime import timedelta

    from console.operations.trail import trail

    output = session.output
    with session.interruption.cooperative() as cancel:
        found = _Found(output, cancel)
        try:
            with _progress(output) as on_progress:
                report = trail(
                    bench,
                    timedelta(seconds=since),
                    cancel=cancel,
                    on_change=found.change,
                    on_progress=on_progress,
                )
        except Cancelled:
            found.tell_rest()
            raise
    if found.closed:
        raise OutputClosed
    return report


@dataclass
class _Found:
    """What was found so far. JSON Lines are written at once, people get everything in order. A
    reader that left ends the search."""

    output: Output
    cancel: threading.Event
    closed: bool = False
    changes: list[Change] = field(default_factory=list["Change"])

    def change(self, change: Change) -> None:
        """Take one change."""
        self.changes.append(change)
        if not self.output.as_json or self.closed:
            return
        from console.documents.trail import change_document

        try:
            self.output.json_line(change_document(change))
        except OutputClosed:
            self.closed = True
            self.cancel.set()

    def tell_rest(self) -> None:
        """Show people what was found before they stopped the search."""
        if self.closed:
            raise OutputClosed
        if not self.output.as_json:
            for change in sorted(self.changes, key=lambda c: c.event.at, reverse=True):
                self.output.show(*change_lines(change))


@contextmanager
def _progress(output: Output) -> Generator[Callable[[TrailProgress], None]]:
    """Which event name is asked for: a bar on a terminal, one line elsewhere."""
    console = output.progress_console() if output.as_json else output.bar_console()
    if console is None:
        output.say("Asking CloudTrail, two calls a second …")
        yield lambda _: None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("CloudTrail", total=None)
        yield lambda p: bar.update(
            task, completed=p.number - 1, total=p.total, description=f"{p.name}, {p.found} found"
        )


def _tell(output: Output, report: TrailReport) -> None:
    if output.as_json:
        from console.documents.trail import trail_summary_document

        output.json_line(trail_summary_document(report))
        return
    from console.text import iso

    for change in report.changes:
        output.show(*change_lines(change))
    output.show(f"{_count(report)} from {iso(report.since)} to {iso(report.until)}")
    for note in report.notes:
        output.say(note)


def _count(report: TrailReport) -> str:
    """How many changes; what could not be read may hold more."""
    count = len(report.changes)
    if report.errors and not count:
        return "Changes unknown"
    changes = "1 change" if count == 1 else f"{count} changes"
    return f"At least {changes}" if report.errors else changes


def change_lines(change: Change) -> list[Text]:
    """A change for people: who did what when, and below it what that changed."""
    from console.cli.output import text
    from console.text import iso, safe, strip_secrets

    event = change.event
    by = f" by {event.who}" if event.who else ""
    seen = ", ".join(part for part in (event.source_ip, event.user_agent) if part)
    head = f"{iso(event.at)}  {event.name}  {change.resource} {change.name}{by}"
    lines = [text(f"{head} ({seen})" if seen else head, "bold")]
    if event.error:
        lines.append(text(strip_secrets(f"    refused: {event.error}"), "yellow"))
    shown = partial(safe, limit=_LONGEST_VALUE)
    return [*lines, *(text(f"    {changed.words(shown)}") for changed in change.fields)]
