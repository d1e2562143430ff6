"""`event-console trace`: one object's way, from its upload to where its event is now."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from console.cli.headless import headless
from console.cli.options import json_option, pipeline_options
from console.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from rich.console import RenderableType

    from console.cli.output import Output
    from console.models.pipeline import Pipeline
    from console.models.trace import Trace, TraceStep

_EPILOG = """\b
Examples:
  event-console trace 'in/new song.mp3' --bucket uploads
  event-console trace in/a.mp3 --pipeline audio --scan --json

\b
Without --scan nothing is received from the queue. With it up to 1,000
messages are received and given back, under the peek budget.

\b
Exit codes:
  0 its event waits in the queue, or it was processed
  3 it is anywhere else, lost, or nobody can tell
"""
_GOOD = ("waiting", "processed")
_STYLES = {"yes": "green", "no": "dim", "unknown": "yellow"}


@click.command("trace", short_help="Where one object's event is.", epilog=_EPILOG)
@click.argument("key")
@click.option("--scan", is_flag=True, help="Look through the queue for its event.")
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context, key: str, scan: bool) -> int:
    """Follow one object: uploaded, matched, allowed, waiting, in flight, dead-lettered, gone."""
    with headless(context) as session, session.workbench(forgiving=True) as bench:
        from console.operations.trace import trace

        output = session.output
        with session.interruption.cooperative() as cancel, _told_steps(output) as tell:
            found = trace(bench, key, scan=scan, cancel=cancel, on_step=tell)
        if output.as_json:
            from console.documents.trace import trace_document

            output.document(trace_document(found))
        else:
            output.show(*_view(bench.pipeline, found))
    return EXIT_OK if found.where in _GOOD else EXIT_FINDINGS


@contextmanager
def _told_steps(output: Output) -> Generator[Callable[[TraceStep], None]]:
    """On a terminal, say how far it is while it runs."""
    console = output.bar_console()
    if console is None:
        yield lambda _: None
        return
    from console.cli.output import text

    with console.status("looking …") as status:

        def tell(step: TraceStep) -> None:
            status.update(text(f"{step.name.replace('_', ' ')}: {step.status} · looking on …"))

        yield tell


def _view(pipeline: Pipeline, found: Trace) -> list[RenderableType]:
    from console.cli.output import text
    from console.cli.tables import header, moment, table

    steps = table("step", "status", "at", "source", "detail")
    for step in found.steps:
        steps.add_row(
            text(step.name.replace("_", " ")),
            text(step.status, "red" if step.bad else _STYLES[step.status]),
            moment(step.at),
            text(step.source),
            text(step.detail),
        )
    causes = f"Root causes: {', '.join(found.root_causes)}" if found.root_causes else ""
    return [
        header(pipeline),
        text(f"s3://{found.bucket}/{found.key}"),
        "",
        steps,
        "",
        text(f"{found.where.replace('_', ' ')}: {found.sentence}", "bold"),
        *([text(causes)] if causes else []),
    ]
