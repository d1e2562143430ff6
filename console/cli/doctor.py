"""`event-console doctor`: every check, and the root cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.cli.headless import headless
from console.cli.options import json_option, pipeline_options
from console.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from rich.console import RenderableType

    from console.models.finding import Diagnosis, Finding
    from console.models.pipeline import Pipeline

_EPILOG = """\b
Examples:
  event-console doctor --bucket uploads
  event-console doctor --pipeline audio --key 'in/new song.mp3' --json

\b
Exit codes:
  0 nothing is wrong; warnings alone change nothing
  3 something is broken, or it cannot be told
"""

_STYLES = {"pass": "green", "fail": "bold red", "warn": "yellow", "unknown": "dim"}


@click.command("doctor", short_help="Every check, and the root cause.", epilog=_EPILOG)
@click.option("--key", metavar="KEY", help="Ask about this object (its key as it is in S3).")
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context, key: str | None) -> int:
    """Find out why events do not arrive: every check, and the root cause."""
    with headless(context) as session, session.workbench(forgiving=True) as bench:
        from console.operations.doctor.runner import DoctorOptions, diagnose

        with session.interruption.cooperative() as cancel:
            diagnosis = diagnose(
                bench, DoctorOptions(key), cancel=cancel, on_finding=lambda _: None
            )
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
