"""`event-console doctor`: every check, and the root cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.cli.headless import headless
from console.cli.options import json_option, pipeline_options
from console.cli.writing import Consent, bulk_options
from console.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from rich.console import RenderableType

    from console.models.finding import Diagnosis, Finding
    from console.models.pipeline import Pipeline

_EPILOG = """\b
Examples:
  event-console doctor --bucket uploads
  event-console doctor --pipeline audio --key 'in/new song.mp3' --json
  event-console doctor --pipeline audio --repair policy.no-allow

\b
Exit codes:
  0 nothing is wrong; warnings alone change nothing
  3 something is broken, or it cannot be told
  1 a repair failed    2 wrong usage, or a repair was not confirmed
"""

_STYLES = {"pass": "green", "fail": "bold red", "warn": "yellow", "unknown": "dim"}


@click.command("doctor", short_help="Every check, and the root cause.", epilog=_EPILOG)
@click.option("--key", metavar="KEY", help="Ask about this object (its key as it is in S3).")
@click.option("--repair", "repair_id", metavar="ID", help="Show and apply what mends a finding.")
@click.option("--undo", "undo_id", metavar="OPERATION_ID", help="Take a repair back.")
@bulk_options
@pipeline_options()
@json_option
@click.pass_context
def command(
    context: click.Context,
    key: str | None,
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
        from console.cli.repairing import repair
        from console.operations.doctor.runner import DoctorOptions, diagnose
        from console.operations.repairs.repair import plan_repair, plan_undo

        consent = Consent(yes, confirm)
        if undo_id:
            plan = plan_undo(bench, undo_id)
            return repair(session, bench, plan, consent, dry_run=dry_run)
        with session.interruption.cooperative() as cancel:
            diagnosis = diagnose(
                bench, DoctorOptions(key), cancel=cancel, on_finding=lambda _: None
            )
        if repair_id:
            plan = plan_repair(bench, diagnosis, repair_id)
            return repair(session, bench, plan, consent, dry_run=dry_run)
        if session.output.as_json:
            from console.documents.doctor import doctor_document

            session.output.document(doctor_document(bench.pipeline, diagnosis))
        else:
            session.output.show(*_view(bench.pipeline, diagnosis))
        return EXIT_OK if diagnosis.verdict == "healthy" else EXIT_FINDINGS


def _view(pipeline: Pipeline, diagnosis: Diagnosis) -> list[RenderableType]:
    from console.cli.output import text
    from console.cli.tables import header, table

    made = table("finding", "status", "certainty", "what")
    for finding in diagnosis.findings:
        made.add_row(
            text(finding.id),
            text(finding.status, _STYLES[finding.status]),
            text(finding.certainty),
            text(_sentence(finding)),
        )
    causes = ", ".join(diagnosis.root_causes) or "none"
    return [header(pipeline), "", text(f"{diagnosis.verdict}; root causes: {causes}"), "", made]


def _sentence(finding: Finding) -> str:
    return " ".join(part for part in (finding.title, finding.remedy) if part)
