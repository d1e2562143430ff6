"""`event-console missing`: objects that should have been processed and were not."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from console.cli.filters import Moment
from console.cli.headless import headless
from console.cli.options import json_option, pipeline_options
from console.cli.output import Output
from console.cli.writing import shown_progress
from console.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from console.models.missing import MissingSummary, Unprocessed
    from console.models.moving import MoveProgress

_EPILOG = """\b
Examples:
  event-console missing --pipeline audio
  event-console missing --since 3d --prefix in/ --json
  event-console missing --json | event-console backfill --keys - --yes

\b
Objects whose keys a rule sends to the queue are looked at one by one for the
sign that the pipeline's consumer leaves, as config.toml says:
  processed_object = "results/{stem}.json"   another object
  processed_tag = "status=done"              a tag, processed_metadata likewise
  processed_journal = true                   what this console has processed
What may still be in the queue is waiting, not missing. Without a sign, or
without the age of a backlog, it is unknown. Nothing is received or changed.

\b
Exit codes:
  0 nothing is missing
  1 a call failed
  2 wrong usage
  3 something is missing, or nobody can tell
"""


@click.command("missing", short_help="Objects that were not processed.", epilog=_EPILOG)
@click.option(
    "--since",
    type=Moment(),
    default="24h",
    show_default=True,
    metavar="TIME",
    help="Only what changed since: 24h, 3d, 2026-11-23T02:13.",
)
@click.option("--until", type=Moment(), metavar="TIME", help="Only what changed before.")
@click.option("--prefix", default="", metavar="TEXT", help="Only keys that begin so.")
@pipeline_options(without=("prefix",))
@json_option
@click.pass_context
def command(context: click.Context, **named: Any) -> int:
    """List objects that match the rule and show no sign of being processed."""
    with headless(context) as session, session.workbench() as bench:
        from console.models.missing import MissingOptions
        from console.operations.missing import missing

        output = session.output
        options = MissingOptions(named["prefix"], named["since"], named["until"])
        with session.interruption.cooperative() as cancel, _progress(output) as on_progress:
            summary = missing(
                bench,
                options,
                cancel=cancel,
                on_object=lambda one: _tell(output, one),
                on_progress=on_progress,
            )
        _conclude(output, summary)
        clear = summary.complete and not (summary.missing or summary.unknown)
        return EXIT_OK if clear else EXIT_FINDINGS


@contextmanager
def _progress(output: Output) -> Generator[Callable[[MoveProgress], None]]:
    """A bar on stderr, unless the lines themselves are read in the same terminal."""
    if output.progress_console() is None:
        yield lambda _: None
        return
    with shown_progress(output) as tell:
        yield lambda p: tell(replace(p, note=f"{p.received:,} listed, {p.failed:,} missing"))


def _tell(output: Output, one: Unprocessed) -> None:
    if output.as_json:
        from console.documents.missing import unprocessed_document

        output.json_line(unprocessed_document(one))
        return
    from console.cli.output import text
    from console.text import iso

    found = one.found
    changed = iso(found.last_modified) if found.last_modified else "unknown"
    output.show(text(f"{one.fate:<8} {changed}  {found.size:>12,}  {found.key}  ({one.reason})"))


def _conclude(output: Output, summary: MissingSummary) -> None:
    if output.as_json:
        from console.documents.missing import missing_summary_document

        output.json_line(missing_summary_document(summary))
    else:
        output.show(
            f"{summary.missing:,} missing, {summary.waiting:,} waiting, {summary.unknown:,} "
            f"unknown, {summary.processed:,} processed; {summary.matched:,} of "
            f"{summary.listed:,} objects match the rule"
        )
    for note in summary.notes:
        output.say(note)
