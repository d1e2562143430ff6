"""Past upload tests, kept in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from console.journal.log import OperationRecord, State
from console.journal.store import Journal
from console.models.upload import UploadReport, UploadStep
from console.operations.workbench import Workbench

KIND = "upload-test"


def record(workbench: Workbench, operation: str, report: UploadReport, state: State) -> None:
    """Store how a run ended. Raises `JournalError`."""
    summary = asdict(replace(report, causes=()))
    del summary["causes"]
    summary["started_at"] = report.started_at.isoformat()
    workbench.finish(operation, state, summary)


def upload_history(journal: Journal, limit: int = 20) -> tuple[UploadReport, ...]:
    """The newest finished runs first, cancelled ones included. Raises `JournalError`."""
    operations = journal.log.operations(limit, kind=KIND)
    return tuple(_report(operation) for operation in operations if operation.summary)


def _report(operation: OperationRecord) -> UploadReport:
    summary: Mapping[str, Any] = operation.summary
    return UploadReport(
        ok=summary["ok"],
        bucket=summary["bucket"],
        key=summary["key"],
        steps=tuple(UploadStep(**step) for step in summary["steps"]),
        upload_to_event_seconds=summary["upload_to_event_seconds"],
        taken_by_consumer=summary["taken_by_consumer"],
        root_causes=tuple(summary["root_causes"]),
        started_at=datetime.fromisoformat(summary["started_at"]),
        conclusion=summary["conclusion"],
    )
