"""The JSON of a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

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
        "evidence": _plain(finding.evidence),
        "remedy": finding.remedy,
        "commands": list(finding.commands),
        "permission": finding.permission,
    }


def _plain(value: object) -> object:
    """Evidence as JSON has it: what it lacks a word for becomes text, and nothing fails."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[Any, object]", value).items()
        return {str(name): _plain(inner) for name, inner in pairs}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in cast("Iterable[object]", value)]
    if isinstance(value, datetime) and value.tzinfo is not None:
        return iso(value)
    return value if value is None or isinstance(value, (str, int, float)) else str(value)
