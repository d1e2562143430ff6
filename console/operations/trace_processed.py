"""Whether the object of a trace shows a sign of having been processed."""

from __future__ import annotations

from console.errors import ConsoleError
from console.models.listing import ListedObject
from console.models.trace import StepStatus, TraceStep
from console.operations.doctor.facts import Facts
from console.operations.signs import NO_SIGN, SignReader
from console.operations.trace_object import object_now, uploaded_at, why_unknown

_SOURCE = "signs"
_STATUS: dict[str, StepStatus] = {"processed": "yes", "not-processed": "no", "unknown": "unknown"}


def processed(facts: Facts) -> TraceStep:
    """What the pipeline's configured signs say; without one nothing can be told."""
    if not facts.pipeline.signs:
        return TraceStep("processed", "unknown", _SOURCE, _sentence(NO_SIGN))
    try:
        result = SignReader(facts.bench).look(_listed(facts))
    except ConsoleError as error:
        return TraceStep("processed", "unknown", _SOURCE, why_unknown(error))
    return TraceStep(
        "processed", _STATUS[result.status], _SOURCE, _sentence(result.reason), result.at
    )


def _listed(facts: Facts) -> ListedObject:
    """The object, or what is known of one that is gone: its sign may have outlived it."""
    head = object_now(facts)
    size, etag = (head.size, head.etag) if head else (0, "")
    return ListedObject(facts.key or "", size, etag, uploaded_at(facts))


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."
