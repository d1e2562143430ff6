"""`event-console upload-test`: prove the whole path with one file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.headless import headless
from console.cli.options import json_option, pipeline_options
from console.cli.output import Output
from console.errors import EXIT_FINDINGS, EXIT_OK, UsageError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from console.models.upload import UploadReport, UploadStep

_EPILOG = """\b
Examples:
  event-console upload-test --bucket uploads
  event-console upload-test song.mp3 --pipeline audio --timeout 120 --json
  event-console --local upload-test --presigned

\b
It uploads a small MP3 of its own (or FILE) under a new key, waits for its
event on the queue, compares both, reads the object back, and removes object
and message again; also when it fails, and on Ctrl-C. After the subcommand
--prefix says where the test key goes; before it, as everywhere else, which
prefix the notification rule should have.

\b
Exit codes:
  0 the event came and everything fits
  3 it did not, or a live consumer took the event first
"""


@click.command("upload-test", short_help="Prove the whole path with one file.", epilog=_EPILOG)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--timeout",
    type=float,
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the event.",
)
@click.option("--keep", is_flag=True, help="Leave object and message where they are.")
@click.option(
    "--prefix", metavar="TEXT", help="Put the test key there instead of event-console-test/."
)
@click.option("--presigned", is_flag=True, help="Upload through a presigned URL, as clients do.")
@click.option(
    "--spend-last-attempt",
    is_flag=True,
    help="Go on where that takes a foreign message's last attempt from its consumer.",
)
@pipeline_options(without=("prefix",))
@json_option
@click.pass_context
def command(
    context: click.Context,
    file: Path | None,
    timeout: float,
    keep: bool,
    prefix: str | None,
    presigned: bool,
    spend_last_attempt: bool,
) -> int:
    """Upload a file and wait for its event; every step is timed, everything is cleaned up."""
    if not (math.isfinite(timeout) and timeout > 0):
        raise UsageError("Timeout", f"--timeout must be more than 0 seconds, not {timeout:g}.")
    from console.models.upload import UploadOptions

    options = UploadOptions(file, prefix, timeout, keep, presigned, spend_last_attempt)
    with headless(context) as session, session.workbench() as bench:
        from console.operations.upload_test import run_upload_test

        output = session.output
        with session.interruption.cooperative() as cancel:
            report = run_upload_test(
                bench, options, cancel=cancel, on_step=lambda step: _narrate(output, step)
            )
        _tell(output, report)
    return EXIT_OK if report.ok else EXIT_FINDINGS


def _narrate(output: Output, step: UploadStep) -> None:
    """Tell a step when it starts and when it has ended."""
    if step.status == "running":
        output.say(f"{step.name} … {step.detail}".rstrip())
    else:
        style = {"pass": "green", "fail": "red"}.get(step.status, "yellow")
        output.say(f"{step.name}: {step.status}{_seconds(step.seconds)}. {step.detail}", style)


def _seconds(seconds: float | None) -> str:
    from console.text import human_duration

    return "" if seconds is None else f" in {human_duration(seconds)}"


def _tell(output: Output, report: UploadReport) -> None:
    if output.as_json:
        from console.documents.upload import upload_document

        output.document(upload_document(report))
    else:
        # Whoever has seen the steps as they happened need not see them again.
        steps = [] if output.is_followed else [_steps(report), ""]
        output.show(*steps, _result(report), *_causes(report))


def _steps(report: UploadReport) -> RenderableType:
    from console.cli.output import text
    from console.cli.tables import table
    from console.text import human_duration

    steps = table("step", "status", "time", "detail", numbers=("time",))
    for step in report.steps:
        duration = "–" if step.seconds is None else human_duration(step.seconds)
        steps.add_row(step.name, step.status, duration, text(step.detail))
    return steps


def _result(report: UploadReport) -> RenderableType:
    from console.cli.output import text
    from console.cli.tables import fields
    from console.text import human_duration

    latency = report.upload_to_event_seconds
    rows: list[tuple[str, Text]] = [
        ("result", _verdict(report)),
        ("object", text(f"s3://{report.bucket}/{report.key}")),
        ("upload to event", text("–" if latency is None else human_duration(latency))),
    ]
    if report.root_causes:
        rows.append(("root causes", text(", ".join(report.root_causes), "red")))
    return fields(rows)


def _causes(report: UploadReport) -> list[RenderableType]:
    """The root causes with their proof, as the doctor tells them."""
    if not report.causes:
        return []
    from console.cli.doctor_view import cause_lines

    return [line for cause in report.causes for line in ("", *cause_lines(cause))]


def _verdict(report: UploadReport) -> Text:
    from console.cli.output import text

    word, style = {
        True: ("passed", "bold green"),
        False: ("failed", "bold red"),
        None: ("undecided", "bold yellow"),
    }[report.ok]
    return text(f"{word}: {report.conclusion}" if report.conclusion else word, style)
