"""`event-console purge`: empty a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.cli.headless import Session, headless
from console.cli.options import json_option, pipeline_options
from console.cli.writing import Consent, ask, bulk_options, shown_progress
from console.errors import EXIT_OK

if TYPE_CHECKING:
    from console.models.pipeline import QueueRef
    from console.operations.workbench import Workbench

_EPILOG = """\b
Examples:
  event-console purge --dlq --copy-first
  event-console purge --queue audio-files --dry-run --json

\b
A purge destroys every message: visible, delayed, in flight with consumers,
and whatever is sent within the 60 s after it. --copy-first reads all visible
messages into the journal before, for event-console restore; what is in flight
or delayed cannot be copied. SQS allows one purge in 60 s.

\b
Exit codes:
  0 the queue is purged
  1 a call failed, or not all could be copied first
  2 wrong usage, not confirmed, or too early
"""


@click.command("purge", short_help="Empty a queue.", epilog=_EPILOG)
@click.option("--dlq", "in_dlq", is_flag=True, help="The dead-letter queue.")
@click.option("--copy-first", is_flag=True, help="Copy what is visible into the journal before.")
@bulk_options
@pipeline_options(without=("dlq",))
@json_option
@click.pass_context
def command(
    context: click.Context,
    in_dlq: bool,
    copy_first: bool,
    yes: bool,
    confirm: str | None,
    dry_run: bool,
) -> int:
    """Destroy all messages of the queue, or of its DLQ."""
    with headless(context) as session, session.workbench() as bench:
        from console.operations.purge import plan_purge, refuse_early
        from console.operations.workbench import require_write

        output = session.output
        if not dry_run:
            require_write(bench, "Purge")
        queue = bench.need_dlq() if in_dlq else bench.need_queue()
        plan = plan_purge(bench, queue)
        refuse_early(queue, plan.allowed_at)
        counts = plan.counts
        sentence = (
            f"Destroy all of {queue.name}: about {counts.visible} visible, {counts.in_flight} in "
            f"flight, {counts.delayed} delayed messages, and what is sent in the next 60 s. "
        )
        copies = _copies(bench, copy_first=copy_first)
        if dry_run:
            document = {"operation_id": None, "purged_about": 0, "would_purge": counts.total,
                        "dry_run": True}  # fmt: skip
            output.document(document) if output.as_json else output.show(
                f"{sentence}{copies}. This was a dry run: nothing was changed."
            )
            return EXIT_OK
        ask(output, bench, queue, f"{sentence}{copies}.", Consent(yes, confirm), typed=True)
        _purge(session, bench, queue, copy_first=copy_first)
        return EXIT_OK


def _purge(session: Session, bench: Workbench, queue: QueueRef, *, copy_first: bool) -> None:
    from console.operations.purge import NotAllCopied, purge

    output = session.output
    try:
        with session.interruption.cooperative() as cancel, shown_progress(output) as on_progress:
            report = purge(
                bench, queue, cancel=cancel, copy_first=copy_first, on_progress=on_progress
            )
    except NotAllCopied as error:
        if output.as_json:
            output.document(_document(None, 0, error.copied, error.copy_id))
        raise
    if output.as_json:
        output.document(
            _document(report.operation_id, report.purged_about, report.copied, report.copy_id)
        )
        return
    output.show(f"About {report.purged_about} messages purged ({report.operation_id})")
    if report.copy_id:
        output.show(f"{report.copied} are copied: event-console restore {report.copy_id}")


def _document(
    operation_id: str | None, purged_about: int, copied: int, copy_id: str | None
) -> dict[str, object]:
    return {
        "operation_id": operation_id,
        "purged_about": purged_about,
        "copied": copied,
        "copy_id": copy_id,
    }


def _copies(bench: Workbench, *, copy_first: bool) -> str:
    if copy_first:
        return "What is visible is copied first"
    if not bench.journal.settings.bodies:
        return "Nothing is copied first, for the journal keeps no bodies (journal.bodies = false)"
    return "Nothing is copied first; with --copy-first, what is visible is"
