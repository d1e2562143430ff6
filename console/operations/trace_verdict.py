"""From the steps of a trace to where the event is, in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from console.models.finding import Diagnosis
from console.models.trace import StepName, TraceStep, Where
from console.text import iso


def conclude(steps: Sequence[TraceStep], diagnosis: Diagnosis) -> tuple[Where, str]:
    """Where the event is now, and the sentence that says so or where it was most likely lost.

    An event is called lost only where nobody can hold it any more.
    """
    by_name: dict[StepName, TraceStep] = {step.name: step for step in steps}
    seen = _seen(by_name)
    if seen is not None:
        return seen
    cause, held = _cause(diagnosis), _may_be_held(by_name)
    if _is(by_name, "gone", "yes"):
        return "gone", f"{_deleted(by_name['gone'])} {held}".strip()
    if diagnosis.root_causes[:1] == ("consumer.in-flight",):
        return "in_flight", f"Its event is most likely with a consumer. {cause}".strip()
    if cause and _never_sent(by_name):
        return "lost", _lost(by_name, cause)
    if held:
        likely = f" The doctor's root cause: {cause}" if cause else ""
        return "unknown", f"{held}{likely}"
    if cause:
        return "lost", _lost(by_name, cause)
    if _is(by_name, "processed", "no"):
        return "lost", _unprocessed(by_name["processed"])
    return "unknown", _nowhere(by_name)


def _seen(by_name: dict[StepName, TraceStep]) -> tuple[Where, str] | None:
    """Where something was found, the newest fact first."""
    if _is(by_name, "waiting", "yes"):
        return "waiting", f"Its event waits in the queue{_since(by_name['waiting'])}."
    if _is(by_name, "dead_lettered", "yes"):
        return "dead_lettered", (
            f"Its event is in the dead-letter queue{_since(by_name['dead_lettered'])}: consumers "
            "received it and did not process it."
        )
    if _is(by_name, "processed", "yes"):
        return "processed", f"It was processed: {by_name['processed'].detail}"
    return None


def _deleted(step: TraceStep) -> str:
    when = f" at {iso(step.at)}" if step.at else ""
    return f"The object was uploaded and deleted again{when}."


def _since(step: TraceStep) -> str:
    return f", sent at {iso(step.at)}" if step.at else ""


def _is(by_name: dict[StepName, TraceStep], name: StepName, status: str) -> bool:
    return name in by_name and by_name[name].status == status


def _may_be_held(by_name: dict[StepName, TraceStep]) -> str:
    """Who may have the event, in sentences; empty where nobody can."""
    names: tuple[StepName, ...] = ("waiting", "in_flight", "dead_lettered")
    open_ones = [by_name[n].detail for n in names if _is(by_name, n, "unknown")]
    return " ".join(dict.fromkeys(open_ones))


def _never_sent(by_name: dict[StepName, TraceStep]) -> bool:
    """Whether the event is not among what others hold, for S3 cannot have sent it: as it is set up
    now, and nothing tells that it was set up otherwise then."""
    if _is(by_name, "configured", "no"):
        return False
    return _is(by_name, "matched", "no") or _is(by_name, "allowed", "no")


def _cause(diagnosis: Diagnosis) -> str:
    found = [diagnosis.finding(cause) for cause in diagnosis.root_causes[:1]]
    return next((f.title for f in found if f is not None), "")


def _lost(by_name: dict[StepName, TraceStep], cause: str) -> str:
    if _is(by_name, "created", "no"):
        return f"It was never uploaded under this key, so there is no event. {cause}"
    if _is(by_name, "matched", "no"):
        return f"No event was sent for it: no rule fires. {cause}"
    if _is(by_name, "allowed", "no"):
        return f"Its event was lost on the way to the queue: S3 could not deliver it. {cause}"
    return f"Its event is in neither queue and with no consumer: it is lost. {cause}"


def _unprocessed(step: TraceStep) -> str:
    return (
        "Its event is in neither queue and with no consumer, and nothing shows that it was "
        f"processed: a consumer has most likely deleted it all the same. {step.detail}"
    )


def _nowhere(by_name: dict[StepName, TraceStep]) -> str:
    if _is(by_name, "created", "no"):
        return "There is no such object, and nothing tells that there ever was."
    if _is(by_name, "created", "unknown"):
        return "Whether there is such an object is not known, and no event of it was seen."
    return (
        "Its event is in neither queue and with no consumer. Everything lets it pass, so that a "
        "consumer has most likely received and deleted it; a sign of processing would tell."
    )
