"""The configuration as text: differences first, then rules, queue, policy, DLQ. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from textual.content import Content

from console.errors import ConsoleError
from console.models.inspection import Inspection
from console.models.notification import NotificationRule
from console.models.pipeline import Pipeline
from console.models.queue import QueueAttributes
from console.models.status import Source
from console.text import human_duration
from console.tui.lines import Line, code, heading, row
from console.tui.words import clock_time, day_time

Show = Callable[[str], str]
_KINDS = {
    "queue": "SQS queue",
    "topic": "SNS topic",
    "function": "Lambda function",
    "eventbridge": "EventBridge",
}


def failure(error: ConsoleError, show: Show) -> list[Line]:
    """A part that could not be read, with what mends it."""
    lines: list[Line] = [
        Content.styled(f"? {show(error.title)}: {show(error.sentence)}", "$text-warning")
    ]
    permission = getattr(error, "permission", None)
    if permission:
        lines.append(row("permission", show(permission), "bold"))
    if error.remedy:
        lines.append(Content.styled(show(error.remedy), "$text-accent"))
    return lines


def expectation_lines(pipeline: Pipeline, inspection: Inspection, show: Show) -> list[Line]:
    """What is expected beside what is there, differences explained."""
    if inspection.notification.value is None or pipeline.queue is None:
        told = "? Whether the rules are as expected is unknown: they could not be read."
        return [Content.styled(told, "$text-warning")]
    if not inspection.all_differences:
        told = "✓ The bucket's rules are as this pipeline expects"
        return [Content.styled(told, "bold $text-success"), *_expected(pipeline, show)]
    count = len(inspection.all_differences)
    noun = "difference" if count == 1 else "differences"
    lines: list[Line] = [
        Content.styled(f"✗ {count} {noun} from what is expected", "bold $text-error")
    ]
    for difference in inspection.all_differences:
        lines += [
            Content(""),
            Content.assemble((show(difference.field), "bold"), f": {show(difference.meaning)}"),
            row("  expected", show(difference.expected) if difference.expected else "none"),
            row("  actual", show(difference.actual) if difference.actual else "none"),
        ]
    return lines


def _expected(pipeline: Pipeline, show: Show) -> list[Line]:
    lines: list[Line] = [row("events", show(", ".join(pipeline.expected_events)))]
    for label, value in (
        ("prefix", pipeline.expected_prefix),
        ("suffix", pipeline.expected_suffix),
    ):
        told = show(value) if value is not None else "nothing said, so any"
        lines.append(row(label, told))
    return lines


def rule_lines(pipeline: Pipeline, inspection: Inspection, show: Show) -> list[Line]:
    """Every destination of the bucket with its rules."""
    name = show(pipeline.bucket) if pipeline.bucket else "not known"
    lines: list[Line] = [heading(f"Bucket {name}")]
    source = inspection.notification
    if pipeline.bucket is None:
        why = pipeline.why_unknown("bucket") or "no bucket was named or found"
        return [*lines, Content.styled(f"? {show(why)}", "$text-warning")]
    if source.error is not None:
        lines += failure(source.error, show)
    if source.value is None:
        return lines
    if not source.value.rules:
        told = "✗ no notification rule at all: S3 sends no events"
        return [*lines, Content.styled(told, "$text-error")]
    ours = pipeline.queue.arn if pipeline.queue else None
    for rule in source.value.rules:
        lines += _rule(rule, ours, show)
    return lines


def _rule(rule: NotificationRule, ours: str | None, show: Show) -> list[Line]:
    here = rule.destination is not None and rule.destination == ours
    title = Content.assemble(
        ("→ " if here else "  ", "$text-success"),
        (_KINDS[rule.kind], "bold"),
        (" this queue" if here else "", "$text-success"),
        f"  {show(rule.id)}",
    )
    lines: list[Line] = [title]
    if rule.destination and not here:
        lines.append(row("    to", show(rule.destination)))
    lines.append(row("    events", show(", ".join(rule.events)) or "every event"))
    filters = [f"{n} {show(v)}" for n, v in (("prefix", rule.prefix), ("suffix", rule.suffix)) if v]
    lines.append(row("    filter", ", ".join(filters) or "none: every key"))
    return lines


def queue_lines(
    title: str, source: Source[QueueAttributes], show: Show, why_none: str
) -> list[Line]:
    """A queue's attributes; durations in words and in seconds."""
    lines: list[Line] = [heading(title)]
    if source.error is not None:
        lines += failure(source.error, show)
    value = source.value
    if value is None:
        return lines if source.error else [*lines, Content.styled(show(why_none), "$text-muted")]
    kind = "FIFO" if value.fifo else "standard"
    lines += [
        row("ARN", show(value.arn)),
        row("kind", kind),
        row("visibility", _seconds(value.visibility_timeout)),
        row("retention", _seconds(value.retention)),
        row("delay", _seconds(value.delay)),
        row("receive wait", _seconds(value.receive_wait)),
        row("largest message", f"{value.maximum_message_size:,} bytes"),
        row("encryption", _encryption(value, show)),
    ]
    if value.redrive is not None:
        most = value.redrive.max_receive_count
        told = f"after {most} receives to {show(value.redrive.dlq_arn)}"
        lines.append(row("redrive", told))
    else:
        lines.append(row("redrive", "none", "$text-muted"))
    if value.redrive_allow_policy:
        lines.append(row("redrive allow", show(value.redrive_allow_policy)))
    if value.modified_at is not None:
        lines.append(row("changed", day_time(value.modified_at)))
    return lines


def _seconds(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s" if seconds else "none (0 s)"
    return f"{human_duration(seconds)} ({seconds:,} s)"


def _encryption(value: QueueAttributes, show: Show) -> str:
    if value.kms_key_id:
        return f"SSE-KMS with {show(value.kms_key_id)}"
    return "SSE-SQS" if value.sse_sqs else "none"


def policy_lines(
    policy: Mapping[str, Any] | None, error: str | None, known: bool, show_block: Show
) -> list[Line]:
    """The queue policy, indented."""
    lines: list[Line] = [heading("Queue policy")]
    if error is not None:
        return [*lines, Content.styled(f"✗ {show_block(error)}", "$text-error")]
    if policy is None:
        told = "none: S3 may send nothing" if known else "? not read"
        return [*lines, Content.styled(told, "$text-warning")]
    return [*lines, *code(show_block(json.dumps(policy, indent=2, ensure_ascii=False)))]


def read_line(inspection: Inspection, now: datetime) -> Content:
    """When the configuration was read."""
    times = [s.at for s in (inspection.notification, inspection.queue, inspection.dlq) if s.at]
    if not times:
        return Content.styled("not read", "$text-muted")
    told = f"read {clock_time(min(times))}; a change to the rules takes about 5 min to be effective"
    return Content.styled(told, "$text-muted")
