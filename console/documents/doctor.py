"""The JSON of a diagnosis."""

from __future__ import annotations

from collections.abc import Mapping

from console.documents.pipeline import pipeline_document
from console.models.finding import Diagnosis, Finding
from console.models.pipeline import Pipeline
from console.text import iso


def doctor_document(pipeline: Pipeline, diagnosis: Diagnosis) -> dict[str, object]:
    """A diagnosis, whole."""
    return {
        "pipeline": pipeline_document(pipeline),
        "checked_at": iso(diagnosis.checked_at),
        "key": diagnosis.key,
        "verdict": diagnosis.verdict,
        "root_causes": list(diagnosis.root_causes),
        "findings": [finding_document(finding) for finding in diagnosis.findings],
    }


def finding_document(finding: Finding) -> Mapping[str, object]:
    """One finding."""
    return {
        "id": finding.id,
        "status": finding.status,
        "certainty": finding.certainty,
        "title": finding.title,
        "evidence": dict(finding.evidence),
        "remedy": finding.remedy,
        "commands": list(finding.commands),
        "permission": finding.permission,
    }
