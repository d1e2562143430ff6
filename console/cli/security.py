"""`event-console security`: what an auditor would say, and the policy this console needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from console.cli.headless import Session, headless
from console.cli.options import json_option, pipeline_options
from console.errors import EXIT_FINDINGS, EXIT_OK
from console.operations.least_privilege import MODES

if TYPE_CHECKING:
    from rich.console import RenderableType

    from console.models.finding import Diagnosis, Finding
    from console.models.pipeline import Pipeline
    from console.operations.least_privilege import PolicyMode
    from console.operations.workbench import Workbench

_EPILOG = """\b
Examples:
  event-console security --pipeline audio
  event-console security --pipeline audio --policy --mode read-only > policy.json

\b
--policy prints the IAM policy that allows this console what it does in a mode
and nothing else: read-only looks; peek receives and releases messages, too;
operator moves, deletes and sends them, and uploads under event-console-test/;
repair changes the configuration of bucket, queue and key.

\b
Exit codes:
  0 nothing to say
  3 there are warnings, or something cannot be told
"""


@click.command("security", short_help="Keys, policies, encryption, endpoints.", epilog=_EPILOG)
@click.option("--policy", is_flag=True, help="Print the IAM policy that this console needs.")
@click.option("--mode", type=click.Choice(MODES), help="For --policy; this pipeline's otherwise.")
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context, policy: bool, mode: PolicyMode | None) -> int:
    """Say what an auditor would of this pipeline: who may do what, keys, encryption, endpoints."""
    if mode and not policy:
        raise click.UsageError("--mode goes with --policy.", context)
    with headless(context) as session, session.workbench() as bench:
        if policy:
            return _print_policy(session, bench, mode)
        return _check(session, bench)


def _print_policy(session: Session, bench: Workbench, mode: PolicyMode | None) -> int:
    from console.operations.least_privilege import mode_for, policy_document
    from console.operations.policy_ground import ground_of

    with session.interruption.cooperative() as cancel:
        ground, notes = ground_of(bench, cancel)
    for note in notes:
        session.output.warn(note)
    session.output.document(policy_document(ground, mode or mode_for(bench.pipeline.mode)))
    return EXIT_FINDINGS if notes else EXIT_OK


def _check(session: Session, bench: Workbench) -> int:
    from console.operations.doctor.runner import DoctorOptions, diagnose
    from console.operations.doctor.security_checks import SECURITY_CHECKS

    with session.interruption.cooperative() as cancel:
        diagnosis = diagnose(
            bench,
            DoctorOptions(late=False),
            cancel=cancel,
            on_finding=lambda _: None,
            checks=SECURITY_CHECKS,
            late_checks=(),
        )
    if session.output.as_json:
        from console.documents.doctor import doctor_document

        session.output.document(doctor_document(bench.pipeline, diagnosis))
    else:
        session.output.show(*_view(bench.pipeline, diagnosis))
    return EXIT_OK if all(f.status == "pass" for f in diagnosis.findings) else EXIT_FINDINGS


def _view(pipeline: Pipeline, diagnosis: Diagnosis) -> list[RenderableType]:
    from console.cli.output import text
    from console.cli.tables import header
    from console.operations.doctor.security_checks import SECURITY_SUBJECTS

    shown: list[RenderableType] = [header(pipeline), "", text(_summary(diagnosis))]
    for subject, checks in SECURITY_SUBJECTS.items():
        ids = [finding_id for check in checks for finding_id in check.passes]
        found = [f for i in ids if (f := diagnosis.finding(i)) is not None]
        if found:
            shown += ["", text(subject, "bold"), *(line for f in found for line in _lines(f))]
    return shown


def _summary(diagnosis: Diagnosis) -> str:
    from console.operations.doctor.telling import counted

    counts = counted(diagnosis.findings)
    return f"{counts['warn']} to look at, {counts['unknown']} unknown, {counts['pass']} well"


def _lines(finding: Finding) -> Iterator[RenderableType]:
    from console.cli.doctor_progress import MARKS
    from console.cli.doctor_view import cause_lines
    from console.cli.output import text

    if finding.status == "pass":
        mark, style = MARKS["pass"]
        yield text(f"{mark} {finding.title}", style)
    else:
        yield from cause_lines(finding)
