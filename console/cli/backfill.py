"""`event-console backfill`: send events for objects that exist."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.cli.filters import Moment
from console.cli.headless import Session, headless
from console.cli.key_source import KeySource, key_source
from console.cli.options import json_option, pipeline_options
from console.cli.writing import Consent, ask, bulk_options, exit_code, shown_progress, tell_reasons
from console.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from console.models.backfill import BackfillOptions, BackfillReport
    from console.operations.inventory import Inventory
    from console.operations.workbench import Workbench

_MOST_COUNTED = 10_000
_MOST_LOOKED_AT = 500
_MOST_FAILED = 10

_EPILOG = """\b
Examples:
  event-console backfill --prefix in/2026-11/ --dry-run
  event-console backfill --since 24h --missing --rate 50
  event-console missing --since 24h --json | event-console backfill --keys - --yes
  event-console backfill --manifest inventory/manifest.json --yes --json

\b
Every event has S3's own shape, with the object's size, ETag and version, the
time of its last change, no sequencer, and the message attribute
event-console.replay. Keys that no rule sends to the queue get none, unless
--any-key says so. Keys in files and inventories are looked up in the bucket.
Killed or stopped at any moment, it is finished by event-console journal
resume OPERATION_ID: every key is sent, and what was in flight is counted.

\b
Exit codes:
  0 every object that is meant has its event
  1 a call or a key failed
  2 wrong usage, or not confirmed
  3 keys were left out, or it was stopped
"""


@click.command("backfill", short_help="Send events for objects that exist.", epilog=_EPILOG)
@click.option("--prefix", default="", metavar="TEXT", help="Only keys that begin so.")
@click.option(
    "--since", type=Moment(), metavar="TIME", help="Only what changed since: 24h, 3d, 2026-11-23."
)
@click.option("--until", type=Moment(), metavar="TIME", help="Only what changed before.")
@click.option("--missing", is_flag=True, help="Only what shows no sign of being processed.")
@click.option(
    "--keys",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="The keys in a file, one a line, or what missing --json prints; - is standard input.",
)
@click.option(
    "--manifest",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The keys of an S3 Inventory: its manifest.json, or one of its CSV files.",
)
@click.option(
    "--manifest-columns",
    metavar="NAMES",
    help="The columns of the inventory's CSV: Bucket, Key, VersionId, …",
)
@click.option("--rate", type=click.FloatRange(0.01), metavar="N", help="Events a second.")
@click.option("--any-key", is_flag=True, help="Also keys that no rule of the bucket matches.")
@bulk_options
@pipeline_options(without=("prefix",))
@json_option
@click.pass_context
def command(context: click.Context, **named: Any) -> int:
    """Send events of S3's shape for objects that are in the bucket."""
    source = key_source(named)
    with headless(context) as session, session.workbench() as bench:
        from console.models.backfill import BackfillOptions
        from console.operations.workbench import require_write

        if not named["dry_run"]:
            require_write(bench, "Backfill")
        asked = ("prefix", "since", "until", "missing", "any_key", "rate")
        options = BackfillOptions(**{name: named[name] for name in asked})
        call = _Call(session, bench, options, source)
        if named["dry_run"]:
            return call.dry_run()
        return call.run(Consent(named["yes"], named["confirm"]))


class _Call:
    """One backfill from the command line."""

    def __init__(
        self, session: Session, bench: Workbench, options: BackfillOptions, source: KeySource
    ) -> None:
        self._session, self._bench, self._options = session, bench, options
        self._source, self._output = source, session.output
        self._inventory: Inventory | None = None

    def dry_run(self) -> int:
        """Count, tell, and change nothing; returns the exit code."""
        from console.operations.backfill_count import count

        output = self._output
        with self._session.interruption.cooperative() as cancel:
            report = count(self._bench, self._options, cancel=cancel, keys=self._keys())
        if not output.as_json:
            left = "unknown" if report.remaining is None else f"{report.remaining:,}"
            output.show(
                f"Would send {left} events to {self._bench.need_queue().name} for "
                f"{report.matched:,} of {report.listed:,} objects; nothing was changed."
            )
        self._tell(report)
        return EXIT_FINDINGS if report.reasons or report.state != "done" else EXIT_OK

    def run(self, consent: Consent) -> int:
        """Ask, send, tell; returns the exit code."""
        from console.operations.backfill import backfill

        output, queue = self._output, self._bench.need_queue()
        typed = not (self._options.prefix or self._options.since or self._options.missing)
        sentence = self._sentence(counted=not consent.yes)
        ask(output, self._bench, queue, sentence, consent, typed=typed and self._source.is_listing)
        with self._session.interruption.cooperative() as cancel, shown_progress(output) as tell:
            report = backfill(
                self._bench, self._options, cancel=cancel, keys=self._keys(), on_progress=tell
            )
        if not output.as_json:
            twice = report.possibly_duplicated
            doubts = f", {twice:,} of them possibly twice" if twice else ""
            left = "unknown" if report.remaining is None else f"{report.remaining:,}"
            output.show(
                f"{report.sent:,} events sent{doubts}, {report.failed:,} failed, {left} remain; "
                f"{report.matched:,} of {report.listed:,} objects matched ({report.operation_id})"
            )
        self._tell(report)
        if report.failed:
            self._tell_failed(report)
        return exit_code(report.state, failed=report.failed, left=0, reasons=report.reasons)

    def _keys(self) -> Iterator[str] | None:
        self._inventory = self._source.inventory(self._bench)
        return self._source.keys_of(self._inventory)

    def _sentence(self, *, counted: bool) -> str:
        """What is going to happen, with the number of events where few objects tell it."""
        options, queue = self._options, self._bench.need_queue().name
        about = "events"
        if counted and not self._source.is_stdin and sys.stdin.isatty():
            about = self._about()
        what = "objects" if self._source.is_listing else self._source.words
        below = f" below {options.prefix}" if options.prefix else ""
        times = "".join(
            f", changed {word} {at:%Y-%m-%d %H:%M:%S} UTC"
            for word, at in (("since", options.since), ("before", options.until))
            if at is not None
        )
        missing = ", without a sign of being processed" if options.missing else ""
        rule = "" if options.any_key else " that the bucket's rule matches"
        rate = f", at most {options.rate:g} a second" if options.rate else ""
        return f"Send {about} for {what}{below}{times}{missing}{rule} to {queue}{rate}."

    def _about(self) -> str:
        from console.operations.backfill_count import count

        # Where each object has to be looked at, fewer tell.
        listed_only = self._source.is_listing and not self._options.missing
        most = _MOST_COUNTED if listed_only else _MOST_LOOKED_AT
        with self._session.interruption.cooperative() as cancel:
            found = count(self._bench, self._options, cancel=cancel, keys=self._keys(), most=most)
        if found.remaining is None:
            return f"more than {found.matched:,} events"
        return "1 event" if found.remaining == 1 else f"{found.remaining:,} events"

    def _tell_failed(self, report: BackfillReport) -> None:
        """The first keys that failed; all of them are in the journal."""
        plans, operation = self._bench.journal.plans, report.operation_id
        for entry in plans.waiting(
            operation,
            ("failed", "unknown"),
            after=0,
            until=plans.last(operation),
            limit=_MOST_FAILED,
        ):
            self._output.say(f"{entry.subject}: {entry.error or entry.outcome}")
        if report.failed > _MOST_FAILED:
            self._output.say(f"All of them: event-console journal show {operation}")

    def _tell(self, report: BackfillReport) -> None:
        if self._output.as_json:
            from console.documents.backfill import backfill_document

            self._output.document(backfill_document(report))
        for note in report.notes:
            self._output.say(note)
        for what, count in (self._inventory.skipped if self._inventory else {}).items():
            self._output.say(f"The inventory's {count:,} {what} were skipped.")
        tell_reasons(self._output, report.reasons)
