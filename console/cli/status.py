"""`event-console status`: one look at a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from console.cli.headless import headless
from console.cli.options import json_option, pipeline_options
from console.errors import EXIT_FAILED, EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from console.models.pipeline import Pipeline
    from console.models.status import Source, StatusSnapshot

_EPILOG = """\b
Examples:
  event-console status --bucket uploads
  event-console status --pipeline audio --json

\b
Exit codes:
  0 everything was read. Alarms are shown, and do not change the exit code.
  1 the queue itself could not be read
  2 no queue is known
  3 the queue was read, something beside it (DLQ, CloudWatch) was not
"""


@click.command("status", short_help="One look: counts, age, rates, alarms.", epilog=_EPILOG)
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context) -> int:
    """Look once: counts, age, rates, alarms, and what could not be read."""
    with headless(context) as session, session.workbench() as bench:
        from console.operations.status import status_once

        bench.need_queue()
        snapshot = status_once(bench)
        if session.output.as_json:
            from console.documents.pipeline import status_document

            session.output.document(status_document(bench.pipeline, snapshot))
        else:
            session.output.show(*_view(bench.pipeline, snapshot))
        return exit_code(bench.pipeline, snapshot)


def exit_code(pipeline: Pipeline, snapshot: StatusSnapshot) -> int:
    """1 where the queue could not be read, 3 where something beside it could not."""
    from console.documents.pipeline import status_sources

    if not snapshot.queue.ok:
        return EXIT_FAILED
    sources = status_sources(pipeline, snapshot)
    dlq_unknown = pipeline.why_unknown("dlq") is not None
    return EXIT_FINDINGS if dlq_unknown or not all(s.ok for _, s in sources) else EXIT_OK


def _view(pipeline: Pipeline, snapshot: StatusSnapshot) -> list[RenderableType]:
    from console.cli.tables import fields, header, unknown_rows

    rows = [
        ("rates", _rates(snapshot)),
        ("forecast", _forecast(snapshot)),
        *_alarms(snapshot),
        *_sources(pipeline, snapshot),
        *unknown_rows(pipeline),
    ]
    return [header(pipeline), "", _queues(pipeline, snapshot), "", fields(rows)]


def _queues(pipeline: Pipeline, snapshot: StatusSnapshot) -> RenderableType:
    from console.cli.tables import table

    numbers = ("visible", "in flight", "delayed", "oldest")
    made = table("", "queue", *numbers, "attempts", "kept", numbers=(*numbers, "attempts", "kept"))
    oldest = snapshot.oldest_age_seconds
    made.add_row("queue", *_queue_row(pipeline.queue, snapshot.queue, oldest))
    if pipeline.dlq:
        oldest = snapshot.dlq_oldest_age_seconds
        made.add_row("DLQ", *_queue_row(pipeline.dlq, snapshot.dlq, oldest))
    return made


def _queue_row(queue: Any, source: Source[Any], oldest: float | None) -> list[Text]:
    from console.cli.tables import age, count, shown

    value = source.value
    counts = value.counts if value else None
    redrive = value.redrive if value else None
    return [
        shown(queue.name if queue else None),
        count(counts.visible if counts else None),
        count(counts.in_flight if counts else None),
        count(counts.delayed if counts else None),
        age(oldest),
        count(redrive.max_receive_count) if redrive else shown(None),
        age(value.retention if value else None),
    ]


def _rates(snapshot: StatusSnapshot) -> Text:
    from console.cli.output import text
    from console.text import iso

    rates = snapshot.rates
    if rates is None:
        return text("unknown: CloudWatch has no recent figures", "dim")
    return text(
        f"in {rates.in_per_minute:.1f}/min, out {rates.out_per_minute:.1f}/min"
        f" (CloudWatch, as of {iso(rates.at)})"
    )


def _forecast(snapshot: StatusSnapshot) -> Text:
    from console.cli.output import text
    from console.text import human_duration

    forecast = snapshot.forecast
    if forecast is None:
        return text("unknown", "dim")
    if forecast.grows_per_minute is not None:
        return text(f"grows {forecast.grows_per_minute:.1f}/min", "yellow")
    if forecast.drains_in_seconds is None:
        return text("neither grows nor drains")
    if not forecast.drains_in_seconds:
        return text("empty")
    return text(f"drains in {human_duration(forecast.drains_in_seconds)}")


def _alarms(snapshot: StatusSnapshot) -> list[tuple[str, Text]]:
    from console.cli.output import text

    if snapshot.alarms.value is None:
        return [("alarms", text("unknown", "dim"))]
    styles = {"ALARM": "bold red", "OK": "green"}
    return [
        ("alarm", text(f"{alarm.state}  {alarm.name}", styles.get(alarm.state, "yellow")))
        for alarm in snapshot.alarms.value
    ] or [("alarms", text("none on these queues"))]


def _sources(pipeline: Pipeline, snapshot: StatusSnapshot) -> list[tuple[str, Text]]:
    from console.cli.tables import error_text
    from console.documents.pipeline import status_sources

    return [
        (name, error_text(source.error))
        for name, source in status_sources(pipeline, snapshot)
        if source.error
    ]
