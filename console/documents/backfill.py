"""The JSON document of `backfill`."""

from __future__ import annotations

from console.documents.values import Document
from console.models.backfill import BackfillReport


def backfill_document(report: BackfillReport) -> Document:
    """How a backfill ended, or what it would do."""
    return {
        "operation_id": report.operation_id or None,
        "listed": report.listed,
        "matched": report.matched,
        "sent": report.sent,
        "failed": report.failed,
        "possibly_duplicated": report.possibly_duplicated,
        "remaining": report.remaining,
        "dry_run": report.dry_run,
        "state": report.state,
        "reasons": list(report.reasons),
    }
