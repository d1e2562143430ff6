"""The JSON documents of `journal`."""

from __future__ import annotations

from collections.abc import Iterable

from console.documents.messages import attributes_document
from console.documents.values import Document, time
from console.journal.log import EntryRecord, OperationRecord
from console.journal.moves import MessageCopy


def operation_document(operation: OperationRecord, *, alive: bool) -> Document:
    """One operation; `ended_at` is null while it runs, and where its process was killed. `alive`
    tells whether a process works on it."""
    return {
        "operation_id": operation.id,
        "kind": operation.kind,
        "pipeline": operation.pipeline,
        "queue": operation.queue_arn,
        "caller": operation.caller_arn,
        "intent": operation.intent,
        "started_at": time(operation.started_at),
        "ended_at": time(operation.ended_at),
        "state": operation.state_now(alive=alive),
        "summary": dict(operation.summary),
        "reappear_at": time(operation.reappear_at),
    }


def operation_with_entries(
    operation: OperationRecord, entries: Iterable[EntryRecord], *, alive: bool
) -> Document:
    """One operation with every change it made or meant to make."""
    return {
        **operation_document(operation, alive=alive),
        "entries": [_entry(entry) for entry in entries],
    }


def copy_document(operation_id: str, copy: MessageCopy) -> Document:
    """One message as the journal kept it."""
    return {
        "type": "copy",
        "operation_id": operation_id,
        "number": copy.number,
        "message_id": copy.message_id,
        "body": copy.body,
        "attributes": attributes_document(copy.attributes),
        "system_attributes": dict(copy.system_attributes),
    }


def _entry(entry: EntryRecord) -> Document:
    return {
        "number": entry.number,
        "action": entry.action,
        "subject": entry.subject,
        "intent_at": time(entry.intent_at),
        "outcome_at": time(entry.outcome_at),
        "outcome": entry.outcome,
        "error": entry.error,
        "new_id": entry.new_id,
        "possibly_duplicated": entry.twice,
    }
