"""The JSON document of `trace`."""

from __future__ import annotations

from console.documents.values import Document, time
from console.models.trace import Trace, TraceStep


def trace_document(trace: Trace) -> Document:
    """One object's timeline."""
    return {
        "key": trace.key,
        "bucket": trace.bucket,
        "steps": [_step(step) for step in trace.steps],
        "where": trace.where,
        "sentence": trace.sentence,
        "root_causes": list(trace.root_causes),
    }


def _step(step: TraceStep) -> Document:
    return {
        "name": step.name,
        "status": step.status,
        "at": time(step.at),
        "source": step.source,
        "detail": step.detail,
    }
