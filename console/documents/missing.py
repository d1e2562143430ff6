"""The JSON Lines of `missing`."""

from __future__ import annotations

from console.documents.values import Document, time
from console.models.missing import MissingSummary, Unprocessed


def unprocessed_document(one: Unprocessed) -> Document:
    """One object without a sign of being processed."""
    return {
        "type": "object",
        "key": one.found.key,
        "size": one.found.size,
        "last_modified": time(one.found.last_modified),
        "status": one.fate,
        "reason": one.reason,
    }


def missing_summary_document(summary: MissingSummary) -> Document:
    """The last line."""
    return {
        "type": "summary",
        "listed": summary.listed,
        "matched": summary.matched,
        "processed": summary.processed,
        "missing": summary.missing,
        "waiting": summary.waiting,
        "unknown": summary.unknown,
        "complete": summary.complete,
        "notes": list(summary.notes),
    }
