"""`event-console restore`: bring back what an operation deleted."""

from __future__ import annotations

import click

from console.cli.headless import headless
from console.cli.options import json_option, pipeline_options
from console.cli.writing import Consent, ask, bulk_options, exit_code, shown_progress, tell_reasons
from console.errors import EXIT_OK

_EPILOG = """\b
Examples:
  event-console restore 20261123T120000-a1b2c3
  event-console restore 20261123T120000-a1b2c3 --to other-queue --yes

\b
Bodies, attributes and group ids are as they were; message ids, sent times and
receive counts are new. What was restored before is not sent twice; a restore
that was killed is finished first, by journal resume. A purge with --copy-first
is restored by its own id too. What a delete that was stopped may have deleted
is sent as well, and counted as possibly twice.

\b
Exit codes:
  0 all are back
  1 a call or a message failed
  2 wrong usage, not confirmed, or nothing to restore
"""


@click.command("restore", short_help="Bring back what was deleted.", epilog=_EPILOG)
@click.argument("operation_id", metavar="OPERATION_ID")
@click.option("--to", metavar="QUEUE", help="Send there, instead of where they were.")
@bulk_options
@pipeline_options()
@json_option
@click.pass_context
def command(
    context: click.Context,
    operation_id: str,
    to: str | None,
    yes: bool,
    confirm: str | None,
    dry_run: bool,
) -> int:
    """Send back the messages that an operation deleted, from the journal's copies."""
    with headless(context) as session, session.workbench() as bench:
        from console.operations.queues import queue_named, queue_of
        from console.operations.restore import plan_restore, restore
        from console.operations.workbench import require_write

        output = session.output
        if not dry_run:
            require_write(bench, "Restore")
        plan = plan_restore(bench, operation_id)
        count = len(plan.entries)
        target = queue_named(bench, to) if to else queue_of(bench, plan.operation)
        if dry_run:
            if output.as_json:
                output.document(
                    {"operation_id": None, "restored": 0, "failed": 0, "matched": count,
                     "possibly_duplicated": len(plan.doubted), "dry_run": True}
                )  # fmt: skip
            else:
                output.show(f"Would send {count} messages to {target.name}; nothing was changed.")
            return EXIT_OK
        doubts = len(plan.doubted)
        sentence = f"Send {count} messages that {operation_id} deleted back to {target.name}."
        if doubts:
            sentence += f" {doubts} of them may not be deleted yet, and would be there twice."
        ask(output, bench, target, sentence, Consent(yes, confirm))
        with session.interruption.cooperative() as cancel, shown_progress(output) as on_progress:
            report = restore(
                bench, operation_id, cancel=cancel, to=target if to else None,
                on_progress=on_progress,
            )  # fmt: skip
        if output.as_json:
            from console.documents.moving import restore_document

            output.document(restore_document(report))
        else:
            doubts = report.possibly_duplicated
            twice = f", {doubts} of them possibly twice" if doubts else ""
            output.show(
                f"{report.restored} restored to {target.name}{twice}, {report.failed} failed "
                f"({report.operation_id})"
            )
        tell_reasons(output, report.reasons)
        return exit_code(report.state, failed=report.failed, left=0, reasons=report.reasons)
