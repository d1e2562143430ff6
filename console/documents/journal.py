"""The JSON documents of `journal`."""

from __future__ import annotations

from collections.abc import Iterable

from console.documents.values import Document, time
from console.journal.log import EntryRecord, OperationRecord


def operation_document(operation: OperationRecord) -> Document:
    """One operation; `ended_at` is null while it runs, and where its process was killed."""
    return {
        "operation_id": operation.id,
        "kind": operation.kind,
        "pipeline": operation.pipeline,
        "queue": operation.queue_arn,
        "caller": operation.caller_arn,
        "intent": operation.intent,
        "started_at": time(operation.started_at),
        "ended_at": time(operation.ended_at),
        "state": operation.state,
        "summary": dict(operation.summary),
    }


def operation_with_entries(operation: OperationRecord, entries: Iterable[EntryRecord]) -> Document:
    """One operation with every change it made or meant to make."""
    return {**operation_document(operation), "entries": [_entry(entry) for entry in entries]}


def _entry(entry: EntryRecord) -> Document:
    return {
        "number": entry.number,
        "action": entry.action,
        "subject": entry.subject,
        "intent_at": time(entry.intent_at),
        "outcome_at": time(entry.outcome_at),
        "outcome": entry.outcome,
        "error": entry.error,
    }
