"""`event-console doctor`: every check, and the root cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.cli.headless import Session, headless
from console.cli.options import json_option, pipeline_options
from console.cli.writing import Consent, bulk_options
from console.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from console.models.finding import Diagnosis
    from console.operations.workbench import Workbench

_EPILOG = """\b
Examples:
  event-console doctor --bucket uploads
  event-console doctor --pipeline audio --key 'in/new song.mp3' --json
  event-console doctor --queue audio-files --json | jq -r '.root_causes[]'
  event-console doctor --pipeline audio --repair policy.no-allow

\b
The doctor never receives from the source queue. What it may not read is told
as unknown, with the permission that is missing. CloudTrail is asked last.

\b
Exit codes:
  0 nothing is wrong; warnings alone change nothing
  3 something is broken, or it cannot be told
  1 a repair failed    2 wrong usage, or a repair was not confirmed
"""


@click.command("doctor", short_help="Every check, and the root cause.", epilog=_EPILOG)
@click.option("--key", metavar="KEY", help="Ask about this object (its key as it is in S3).")
@click.option("--all", "whole", is_flag=True, help="List what passed as well.")
@click.option("--repair", "repair_id", metavar="ID", help="Show and apply what mends a finding.")
@click.option("--undo", "undo_id", metavar="OPERATION_ID", help="Take a repair back.")
@bulk_options
@pipeline_options()
@json_option
@click.pass_context
def command(
    context: click.Context,
    key: str | None,
    whole: bool,
    repair_id: str | None,
    undo_id: str | None,
    yes: bool,
    confirm: str | None,
    dry_run: bool,
) -> int:
    """Find out why events do not arrive: every check, and the root cause."""
    if repair_id and undo_id:
        raise click.UsageError("--repair and --undo do not go together.", context)
    with headless(context) as session, session.workbench(forgiving=True) as bench:
        if not (repair_id or undo_id):
            diagnosis = _diagnose(session, bench, key)
            _tell(session, bench, diagnosis, whole=whole)
            return EXIT_OK if diagnosis.verdict == "healthy" else EXIT_FINDINGS
        from console.cli.repairing import repair
        from console.operations.repairs.repair import plan_repair, plan_undo

        if undo_id:
            plan = plan_undo(bench, undo_id)
        else:
            plan = plan_repair(bench, _diagnose(session, bench, key), repair_id or "")
        return repair(session, bench, plan, Consent(yes, confirm), dry_run=dry_run)


def _tell(session: Session, bench: Workbench, diagnosis: Diagnosis, *, whole: bool) -> None:
    if session.output.as_json:
        from console.documents.doctor import doctor_document

        session.output.document(doctor_document(bench.pipeline, diagnosis))
    else:
        from console.cli.doctor_view import view

        session.output.show(*view(bench.pipeline, diagnosis, whole=whole))


def _diagnose(session: Session, bench: Workbench, key: str | None) -> Diagnosis:
    from console.cli.doctor_progress import told_progress
    from console.operations.doctor.runner import DoctorOptions, diagnose

    with (
        told_progress(session.output, bench.clock) as progress,
        session.interruption.cooperative() as cancel,
    ):
        return diagnose(
            bench,
            DoctorOptions(key),
            cancel=cancel,
            on_finding=progress.found,
            on_early=progress.early,
        )
