"""The JSON Lines of `trail`."""

from __future__ import annotations

from console.documents.values import Document, time
from console.models.trail import Change, FieldChange, TrailReport


def change_document(change: Change) -> Document:
    """One call that changed the pipeline, or was refused."""
    event = change.event
    return {
        "type": "change",
        "at": time(event.at),
        "event": event.name,
        "resource": change.resource,
        "name": change.name,
        "who": event.who,
        "user_agent": event.user_agent,
        "source_ip": event.source_ip,
        "event_id": event.event_id or None,
        "error": event.error,
        "changes": [_field(field) for field in change.fields],
    }


def _field(changed: FieldChange) -> Document:
    return {
        "field": changed.field,
        "before": changed.before,
        "after": changed.after,
        "before_known": changed.before_known,
    }


def trail_summary_document(report: TrailReport) -> Document:
    """How many there are, and what the event history cannot show.

    `changes` is null where nothing was found because a history could not be read.
    """
    return {
        "type": "summary",
        "changes": None if report.errors and not report.changes else len(report.changes),
        "since": time(report.since),
        "until": time(report.until),
        "notes": list(report.notes),
        "errors": [error.sentence for error in report.errors],
    }
