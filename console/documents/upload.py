"""The JSON document of `upload-test`."""

from __future__ import annotations

from console.documents.doctor import finding_document
from console.documents.values import Document, number, time
from console.models.upload import UploadReport, UploadStep


def upload_document(report: UploadReport) -> Document:
    """How an upload test ended."""
    return {
        "ok": report.ok,
        "bucket": report.bucket,
        "key": report.key,
        "steps": [_step(step) for step in report.steps],
        "upload_to_event_seconds": number(report.upload_to_event_seconds),
        "taken_by_consumer": report.taken_by_consumer,
        "root_causes": list(report.root_causes),
        "findings": [finding_document(finding) for finding in report.causes],
        "started_at": time(report.started_at),
        "conclusion": report.conclusion,
    }


def _step(step: UploadStep) -> Document:
    return {
        "name": step.name,
        "status": step.status,
        "seconds": number(step.seconds),
        "detail": step.detail,
    }
