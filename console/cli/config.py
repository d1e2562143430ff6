"""`event-console config`: the configuration as it is, beside what the pipeline expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from console.cli.headless import headless
from console.cli.options import json_option, pipeline_options
from console.errors import EXIT_FAILED, EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from console.models.inspection import Inspection
    from console.models.pipeline import Pipeline
    from console.models.queue import QueueAttributes

_EPILOG = """\b
Examples:
  event-console config --bucket uploads --suffix .mp3
  event-console config --pipeline audio --json

\b
Exit codes:
  0 everything is as expected    3 something differs
  1 something could not be read, so that this cannot be told
"""


@click.command(
    "config", short_help="The configuration, and what differs from expectation.", epilog=_EPILOG
)
@pipeline_options()
@json_option
@click.pass_context
def command(context: click.Context) -> int:
    """Show rules, queue attributes, policy, encryption, and what differs from expectation."""
    with headless(context) as session, session.workbench() as bench:
        from console.operations.inspect import inspect

        inspection = inspect(bench)
        if session.output.as_json:
            from console.documents.pipeline import config_document

            session.output.document(config_document(bench.pipeline, inspection))
        else:
            session.output.show(*_view(bench.pipeline, inspection))
        return exit_code(bench.pipeline, inspection)


def exit_code(pipeline: Pipeline, inspection: Inspection) -> int:
    """1 where something could not be read, 3 where something differs or is unknown."""
    from console.documents.pipeline import config_sources

    if any(source.error for _, source in config_sources(pipeline, inspection)):
        return EXIT_FAILED
    findings = inspection.all_differences or inspection.policy_error or pipeline.unknown
    return EXIT_FINDINGS if findings else EXIT_OK


def _view(pipeline: Pipeline, inspection: Inspection) -> list[RenderableType]:
    from console.cli.tables import fields, header, unknown_rows

    view: list[RenderableType] = [header(pipeline), ""]
    view += ["Notification configuration", _rules(pipeline, inspection), ""]
    view += ["Queue", fields(_queue_rows(inspection)), ""]
    if inspection.dlq.value or inspection.dlq.error:
        view += ["DLQ", fields(_dlq_rows(inspection)), ""]
    view += ["Differences", _differences(inspection)]
    unknown = unknown_rows(pipeline)
    return [*view, "", fields(unknown)] if unknown else view


def _rules(pipeline: Pipeline, inspection: Inspection) -> RenderableType:
    from console.cli.output import text
    from console.cli.tables import error_text, shown, table
    from console.documents.pipeline import rule_matches

    source = inspection.notification
    if source.error:
        return error_text(source.error)
    if source.value is None:
        return text("unknown: no bucket is known", "dim")
    if not source.value.rules:
        return text("none: the bucket tells nobody about its objects", "yellow")
    made = table("rule", "kind", "destination", "events", "prefix", "suffix", "this pipeline")
    verdicts = {True: text("matches", "green"), False: text("no"), None: text("unknown", "dim")}
    for rule in source.value.rules:
        made.add_row(
            text(rule.id),
            text(rule.kind),
            shown(rule.destination),
            text(", ".join(rule.events) or "all"),
            shown(rule.prefix),
            shown(rule.suffix),
            verdicts[rule_matches(rule, pipeline)],
        )
    return made


def _queue_rows(inspection: Inspection) -> list[tuple[str, Text]]:
    from console.cli.output import text
    from console.cli.tables import error_text
    from console.documents.values import to_json

    source = inspection.queue
    if source.value is None:
        return [("error", error_text(source.error) if source.error else text("unknown", "dim"))]
    if inspection.policy_error:
        policy = text(inspection.policy_error, "yellow")
    elif inspection.policy is None:
        policy = text("none: only the queue's own account may send", "yellow")
    else:
        policy = text(to_json(inspection.policy))
    return [*_attribute_rows(source.value), ("policy", policy)]


def _dlq_rows(inspection: Inspection) -> list[tuple[str, Text]]:
    from console.cli.output import text
    from console.cli.tables import error_text

    source = inspection.dlq
    if source.value is None:
        return [("error", error_text(source.error) if source.error else text("unknown", "dim"))]
    return _attribute_rows(source.value)


def _attribute_rows(queue: QueueAttributes) -> list[tuple[str, Text]]:
    from console.cli.output import text
    from console.cli.tables import moment, seconds
    from console.text import human_count

    redrive = queue.redrive
    to_dlq = (
        f"to {redrive.dlq_arn} after {redrive.max_receive_count} receives" if redrive else "none"
    )
    return [
        ("ARN", text(queue.arn)),
        ("URL", text(queue.url)),
        ("visibility timeout", seconds(queue.visibility_timeout)),
        ("retention", seconds(queue.retention)),
        ("delay", seconds(queue.delay)),
        ("receive wait", seconds(queue.receive_wait)),
        ("largest message", text(f"{human_count(queue.maximum_message_size)} B")),
        ("redrive", text(to_dlq)),
        ("encryption", text(_encryption(queue))),
        ("created", moment(queue.created_at)),
        ("changed", moment(queue.modified_at)),
    ]


def _encryption(queue: QueueAttributes) -> str:
    if queue.kms_key_id:
        return f"SSE-KMS with {queue.kms_key_id}"
    return "SSE-SQS" if queue.sse_sqs else "none"


def _differences(inspection: Inspection) -> RenderableType:
    from console.cli.output import text
    from console.cli.tables import shown, table

    if not inspection.all_differences:
        known = inspection.notification.ok and inspection.queue.ok
        return text("none", "green") if known else text("cannot be told", "yellow")
    made = table("field", "expected", "actual", "meaning")
    for difference in inspection.all_differences:
        made.add_row(
            text(difference.field),
            shown(difference.expected),
            shown(difference.actual),
            text(difference.meaning, "yellow"),
        )
    return made
