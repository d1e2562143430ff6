"""`event-console delete`: delete chosen messages, with copies in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from console.cli.dry_run import Matched, would_match
from console.cli.filters import filter_of, filter_options
from console.cli.headless import headless
from console.cli.options import json_option, pipeline_options
from console.cli.writing import Consent, ask, bulk_options, exit_code, shown_progress, tell_reasons
from console.errors import UsageError

if TYPE_CHECKING:
    from console.cli.output import Output
    from console.models.moving import DeleteReport, MoveOptions
    from console.models.pipeline import QueueRef
    from console.operations.workbench import Workbench

_EPILOG = """\b
Examples:
  event-console delete --dlq --match 'thumbs/' --dry-run
  event-console delete --dlq --older-than 3d --yes --json
  event-console delete --id 5f0a… --queue audio-files

\b
Every message is copied into the journal before it is deleted, and
event-console restore OPERATION_ID brings it back, unless the journal is set
to keep no bodies. A queue without redrive policy (most DLQs) is read
without cost; on others every message that is looked at costs an attempt.

\b
Exit codes:
  0 all that was meant is deleted
  1 a call or a message failed
  2 wrong usage, or not confirmed
  3 messages were not found, left, withheld, or in flight elsewhere
"""


@click.command("delete", short_help="Delete chosen messages.", epilog=_EPILOG)
@click.option("-n", "--count", "limit", type=click.IntRange(1), help="At most so many messages.")
@click.option("--all", "everything", is_flag=True, help="Every message, one by one, with copies.")
@click.option("--dlq", "in_dlq", is_flag=True, help="In the dead-letter queue.")
@click.option("--hold", is_flag=True, help="Hide what is read until the end, not 5 s at most.")
@click.option(
    "--spend-last-attempt", is_flag=True, help="Go on where looking takes a last attempt."
)
@filter_options
@bulk_options
@pipeline_options(without=("dlq",))
@json_option
@click.pass_context
def command(context: click.Context, **named: Any) -> int:
    """Delete messages of the queue, or of its DLQ: exactly those that are meant."""
    where = filter_of(named)
    if where.everything and not (named["everything"] or named["limit"]):
        raise UsageError(
            "Nothing chosen", "It is not said which messages to delete.", "Say which, or --all."
        )
    with headless(context) as session, session.workbench() as bench:
        from console.models.moving import MoveOptions
        from console.operations.delete import delete
        from console.operations.workbench import require_write

        if not named["dry_run"]:
            require_write(bench, "Delete")
        queue = bench.need_dlq() if named["in_dlq"] else bench.need_queue()
        options = MoveOptions(
            where,
            named["limit"],
            hold=named["hold"],
            spend_last_attempt=named["spend_last_attempt"],
        )
        visible = bench.gateway.sqs.attributes(queue).counts.visible
        if named["dry_run"]:
            matched = would_match(session, bench, queue, options, visible)
            return _dry_run(session.output, matched, visible)
        consent = Consent(named["yes"], named["confirm"])
        ask(session.output, bench, queue, _sentence(bench, queue, options, visible), consent)
        with (
            session.interruption.cooperative() as cancel,
            shown_progress(session.output) as on_progress,
        ):
            report = delete(bench, queue, options, cancel=cancel, on_progress=on_progress)
        _tell(session.output, report)
        left = report.not_found + report.withheld
        return exit_code(report.state, failed=report.failed, left=left, reasons=report.reasons)


def _sentence(bench: Workbench, queue: QueueRef, options: MoveOptions, visible: int) -> str:
    what = options.where.in_words or "everything"
    most = f", at most {options.limit}," if options.limit else ""
    kept = (
        "The journal keeps copies."
        if bench.journal.settings.bodies
        else "The journal keeps NO copies (journal.bodies = false): this cannot be undone."
    )
    return f"Delete {what}{most} of about {visible} messages from {queue.name}. {kept}"


def _dry_run(output: Output, matched: Matched, visible: int) -> int:
    if output.as_json:
        output.document(
            {
                "operation_id": None,
                "deleted": 0,
                "not_found": 0,
                "failed": 0,
                "remaining": visible,
                "withheld": matched.withheld,
                "matched": matched.count,
                "dry_run": True,
            }
        )
    else:
        output.show(f"Would delete about {matched.count} messages; nothing was changed.")
    return matched.exit_code


def _tell(output: Output, report: DeleteReport) -> None:
    if output.as_json:
        from console.documents.moving import delete_document

        output.document(delete_document(report))
    else:
        output.show(
            f"{report.deleted} deleted, {report.not_found} not found, {report.failed} failed "
            f"({report.operation_id})"
        )
    tell_reasons(output, report.reasons)
