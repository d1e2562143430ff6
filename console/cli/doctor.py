"""`event-console doctor`: every check, and the root cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.cli.headless import Session, headless
from console.cli.options import json_option, pipeline_options
from console.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from console.models.finding import Diagnosis
    from console.operations.workbench import Workbench

_EPILOG = """\b
Examples:
  event-console doctor --bucket uploads
  event-console doctor --pipeline audio --key 'in/new song.mp3' --json
  event-console doctor --queue audio-files --json | jq -r '.root_causes[]'

\b
The doctor never receives from the source queue. What it may not read is told
as unknown, with the permission that is missing. CloudTrail is asked last.

\b
Exit codes:
  0 nothing is wrong; warnings alone change nothing
  3 something is broken, or it cannot be told
"""


@click.command("doctor", short_help="Every check, and the root cause.", epilog=_EPILOG)
@click.option("--key", metavar="KEY", help="Ask about this object (its key as it is in S3).")
@click.option("--all", "whole", is_flag=True, help="List what passed as well.")
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context, key: str | None, whole: bool) -> int:
    """Find out why events do not arrive: every check, and the root cause."""
    with headless(context) as session, session.workbench(forgiving=True) as bench:
        diagnosis = _diagnose(session, bench, key)
        if session.output.as_json:
            from console.documents.doctor import doctor_document

            session.output.document(doctor_document(bench.pipeline, diagnosis))
        else:
            from console.cli.doctor_view import view

            session.output.show(*view(bench.pipeline, diagnosis, whole=whole))
        return EXIT_OK if diagnosis.verdict == "healthy" else EXIT_FINDINGS


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
