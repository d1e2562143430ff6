"""The JSON documents of `status` and `config`: a pipeline at one moment."""

from __future__ import annotations

import json
from typing import Any

from console.documents.values import Document, error_document, number, time
from console.models.inspection import Inspection
from console.models.notification import Difference, NotificationRule
from console.models.pipeline import Pipeline, QueueRef
from console.models.queue import QueueAttributes
from console.models.status import Alarm, Source, StatusSnapshot
from console.notification import matches_pipeline
from console.text import strip_secrets


def pipeline_document(pipeline: Pipeline) -> Document:
    """What a pipeline was found to be, and why what is missing is missing."""
    identity = pipeline.identity
    return {
        "name": pipeline.name,
        "region": pipeline.region,
        "account": identity.account if identity else None,
        "identity": identity.arn if identity else None,
        "bucket": pipeline.bucket,
        "queue": queue_ref_document(pipeline.queue),
        "dlq": queue_ref_document(pipeline.dlq),
        "endpoint_url": pipeline.endpoint_url and strip_secrets(pipeline.endpoint_url),
        "production": pipeline.mode.production,
        "read_only": pipeline.mode.read_only,
        "allow_peek": pipeline.mode.may_peek,
        "expected": {
            "events": list(pipeline.expected_events),
            "prefix": pipeline.expected_prefix,
            "suffix": pipeline.expected_suffix,
        },
        "unknown": [{"field": u.field, "reason": u.reason} for u in pipeline.unknown],
    }


def queue_ref_document(queue: QueueRef | None) -> Document | None:
    """A queue by its three names."""
    return None if queue is None else {"name": queue.name, "url": queue.url, "arn": queue.arn}


def status_document(pipeline: Pipeline, snapshot: StatusSnapshot) -> Document:
    """One look at a pipeline. What could not be read is null, and `sources` says why."""
    rates, forecast = snapshot.rates, snapshot.forecast
    return {
        "pipeline": pipeline_document(pipeline),
        "at": time(snapshot.at),
        "queue": _counts(snapshot.queue.value, snapshot.oldest_age_seconds),
        "dlq": _counts(snapshot.dlq.value, snapshot.dlq_oldest_age_seconds),
        "rates": rates
        and {
            "in_per_minute": number(rates.in_per_minute),
            "out_per_minute": number(rates.out_per_minute),
            "at": time(rates.at),
        },
        "forecast": forecast
        and {
            "drains_in_seconds": number(forecast.drains_in_seconds),
            "grows_per_minute": number(forecast.grows_per_minute),
        },
        "alarms": _alarms(snapshot.alarms),
        "sources": {name: source_document(s) for name, s in status_sources(pipeline, snapshot)},
    }


def status_sources(
    pipeline: Pipeline, snapshot: StatusSnapshot
) -> tuple[tuple[str, Source[Any]], ...]:
    """The sources of a status by name; a pipeline without a DLQ has no such source."""
    named: tuple[tuple[str, Source[Any]], ...] = (
        ("sqs", snapshot.queue),
        ("dlq", snapshot.dlq),
        ("cloudwatch", snapshot.metrics),
        ("alarms", snapshot.alarms),
    )
    return tuple(pair for pair in named if pair[0] != "dlq" or has_dlq(pipeline, pair[1]))


def has_dlq(pipeline: Pipeline, source: Source[Any]) -> bool:
    """Whether there is a DLQ to ask, or was one to ask for."""
    return pipeline.dlq is not None or source.at is not None or source.error is not None


def source_document(source: Source[Any]) -> Document:
    """Whether a source works, since when its value stands, and what keeps it from working."""
    return {"ok": source.ok, "at": time(source.at), **error_document(source.error)}


def _counts(attributes: QueueAttributes | None, oldest: float | None) -> Document | None:
    if attributes is None:
        return None
    redrive = attributes.redrive
    return {
        "visible": attributes.counts.visible,
        "in_flight": attributes.counts.in_flight,
        "delayed": attributes.counts.delayed,
        "oldest_age_seconds": number(oldest),
        "arn": attributes.arn,
        "visibility_timeout_seconds": attributes.visibility_timeout,
        "retention_seconds": attributes.retention,
        "max_receive_count": redrive.max_receive_count if redrive else None,
    }


def _alarms(source: Source[tuple[Alarm, ...]]) -> list[Document] | None:
    if source.value is None:
        return None
    return [
        {
            "name": alarm.name,
            "state": alarm.state,
            "metric": alarm.metric,
            "queue": alarm.queue_name,
            "threshold": number(alarm.threshold),
            "reason": alarm.reason,
            "since": time(alarm.since),
        }
        for alarm in source.value
    ]


def config_document(pipeline: Pipeline, inspection: Inspection) -> Document:
    """The configuration as it is, and how it differs from what the pipeline expects."""
    rules = inspection.notification.value
    queue = _attributes(inspection.queue.value)
    if queue is not None:
        queue["policy"] = inspection.policy
        queue["policy_error"] = inspection.policy_error
    return {
        "pipeline": pipeline_document(pipeline),
        "notification": None if rules is None else [_rule(r, pipeline) for r in rules.rules],
        "queue": queue,
        "dlq": _attributes(inspection.dlq.value),
        "differences": [_difference(d) for d in inspection.all_differences],
        "sources": {n: source_document(s) for n, s in config_sources(pipeline, inspection)},
    }


def config_sources(
    pipeline: Pipeline, inspection: Inspection
) -> tuple[tuple[str, Source[Any]], ...]:
    """The sources of an inspection by name."""
    named: tuple[tuple[str, Source[Any]], ...] = (
        ("notification", inspection.notification),
        ("queue", inspection.queue),
        ("dlq", inspection.dlq),
    )
    return tuple(pair for pair in named if pair[0] != "dlq" or has_dlq(pipeline, pair[1]))


def _rule(rule: NotificationRule, pipeline: Pipeline) -> Document:
    return {
        "id": rule.id,
        "kind": rule.kind,
        "destination": rule.destination,
        "events": list(rule.events),
        "prefix": rule.prefix,
        "suffix": rule.suffix,
        "matches_pipeline": rule_matches(rule, pipeline),
    }


def rule_matches(rule: NotificationRule, pipeline: Pipeline) -> bool | None:
    """Whether a rule is what the pipeline expects; unknown while its queue is."""
    if pipeline.queue is None:
        return None
    return matches_pipeline(
        rule,
        queue_arn=pipeline.queue.arn,
        events=pipeline.expected_events,
        prefix=pipeline.expected_prefix,
        suffix=pipeline.expected_suffix,
    )


def _difference(difference: Difference) -> Document:
    return {
        "field": difference.field,
        "expected": difference.expected,
        "actual": difference.actual,
        "meaning": difference.meaning,
    }


def _attributes(queue: QueueAttributes | None) -> Document | None:
    """A queue's attributes under AWS's own names in snake case."""
    if queue is None:
        return None
    redrive = queue.redrive
    return {
        "queue_url": queue.url,
        "queue_arn": queue.arn,
        "approximate_number_of_messages": queue.counts.visible,
        "approximate_number_of_messages_not_visible": queue.counts.in_flight,
        "approximate_number_of_messages_delayed": queue.counts.delayed,
        "visibility_timeout": queue.visibility_timeout,
        "message_retention_period": queue.retention,
        "delay_seconds": queue.delay,
        "receive_message_wait_time_seconds": queue.receive_wait,
        "maximum_message_size": queue.maximum_message_size,
        "redrive_policy": redrive
        and {
            "dead_letter_target_arn": redrive.dlq_arn,
            "max_receive_count": redrive.max_receive_count,
        },
        "redrive_allow_policy": _parsed(queue.redrive_allow_policy),
        "policy": _parsed(queue.policy),
        "sqs_managed_sse_enabled": queue.sse_sqs,
        "kms_master_key_id": queue.kms_key_id,
        "fifo_queue": queue.fifo,
        "created_timestamp": time(queue.created_at),
        "last_modified_timestamp": time(queue.modified_at),
    }


def _parsed(text: str | None) -> object:
    """A policy as the JSON object it holds; as it is written where it is none."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
