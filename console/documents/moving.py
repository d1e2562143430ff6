"""The JSON documents of redrive, delete, restore, purge and process."""

from __future__ import annotations

from console.documents.backfill import backfill_document
from console.documents.values import Document, time
from console.models.backfill import BackfillReport
from console.models.move_task import MoveTask
from console.models.moving import (
    DeleteReport,
    MoveReport,
    ProcessReport,
    ProcessResult,
    RestoreReport,
)
from console.models.pipeline import QueueRef

Report = MoveReport | DeleteReport | RestoreReport | ProcessReport | BackfillReport


def report_document(report: Report) -> Document:
    """How one operation ended, whatever its kind."""
    if isinstance(report, MoveReport):
        return redrive_document(report)
    if isinstance(report, DeleteReport):
        return delete_document(report)
    if isinstance(report, RestoreReport):
        return restore_document(report)
    if isinstance(report, BackfillReport):
        return backfill_document(report)
    return process_summary_document(report)


def redrive_document(report: MoveReport) -> Document:
    """How a redrive ended."""
    return {
        "operation_id": report.operation_id,
        "mode": report.mode,
        "moved": report.moved,
        "failed": report.failed,
        "skipped": report.skipped,
        "possibly_duplicated": report.possibly_duplicated,
        "remaining": report.remaining,
        "withheld": report.withheld,
        "state": report.state,
        "reasons": list(report.reasons),
    }


def delete_document(report: DeleteReport) -> Document:
    """How a delete ended."""
    return {
        "operation_id": report.operation_id,
        "deleted": report.deleted,
        "not_found": report.not_found,
        "failed": report.failed,
        "remaining": report.remaining,
        "withheld": report.withheld,
        "state": report.state,
        "reasons": list(report.reasons),
    }


def restore_document(report: RestoreReport) -> Document:
    """How a restore ended."""
    return {
        "operation_id": report.operation_id,
        "restored": report.restored,
        "failed": report.failed,
        "possibly_duplicated": report.possibly_duplicated,
        "state": report.state,
        "reasons": list(report.reasons),
    }


def process_result_document(result: ProcessResult) -> Document:
    """One line of `process`."""
    return {
        "type": "result",
        "message_id": result.message_id,
        "key": result.key,
        "outcome": result.outcome,
        "seconds": round(result.seconds, 6),
        "error": result.error,
        "result": dict(result.result),
    }


def process_summary_document(report: ProcessReport) -> Document:
    """The last line of `process`."""
    return {
        "type": "summary",
        "operation_id": report.operation_id,
        "done": report.done,
        "failed": report.failed,
        "skipped": report.skipped,
        "remaining": report.remaining,
        "state": report.state,
        "reasons": list(report.reasons),
    }


def task_document(task: MoveTask) -> Document:
    """One move task of SQS."""
    return {
        "source": task.source_arn,
        "destination": task.destination_arn,
        "state": task.state,
        "moved": task.moved,
        "to_move": task.to_move,
        "rate": task.rate,
        "started_at": time(task.started_at),
        "failure": task.failure,
    }


def cancel_document(dlq: QueueRef, task: MoveTask | None) -> Document:
    """What `redrive cancel` has cancelled: the task as it is then, nulls where there was none."""
    known = task_document(task or MoveTask(dlq.arn, "UNKNOWN", 0, None))
    if task is None:
        known |= {"state": None, "moved": None}
    return {**known, "cancelled": task is not None}
