"""Trace one object: from its upload to where its event is now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from console.errors import Cancelled
from console.models.finding import Diagnosis
from console.models.object import ObjectHead
from console.models.trace import RuleHistory, Trace, TraceStep
from console.operations import trace_object, trace_queue, trace_rules
from console.operations.doctor.facts import Facts
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.trace_verdict import conclude
from console.operations.workbench import Workbench

OnStep = Callable[[TraceStep], None]
Sign = Callable[[ObjectHead], TraceStep]

_NO_SIGN = TraceStep(
    "processed", "unknown", "configuration", "No sign of processing is configured."
)


def trace(
    bench: Workbench,
    key: str,
    *,
    scan: bool = False,
    cancel: threading.Event,
    on_step: OnStep = lambda _: None,
    history: RuleHistory | None = None,
    sign: Sign | None = None,
) -> Trace:
    """Follow the object `key` of the pipeline's bucket; each step is told to `on_step` as it is
    known, in the order of the path.

    Without `scan` nothing is received from the source queue; the DLQ is looked at as the doctor
    does. `history` tells how the rules were changed, `sign` whether the object shows a sign of
    having been processed. What cannot be read makes a step unknown and stops no other. Raises
    `UsageError` where there is no bucket, and `Cancelled`.
    """
    bucket = bench.need_bucket()
    facts = Facts(bench, key, cancel)
    steps: list[TraceStep] = []

    def told(made: Iterator[TraceStep]) -> None:
        for step in made:
            if cancel.is_set():
                raise Cancelled("The trace")
            steps.append(step)
            on_step(step)

    told(_object_steps(facts, history))
    diagnosis = diagnose(bench, DoctorOptions(key), cancel=cancel, on_finding=lambda _: None)
    told(_delivery_steps(facts, diagnosis, scan=scan, sign=sign))
    where, sentence = conclude(steps, diagnosis)
    return Trace(bucket, key, tuple(steps), where, sentence, diagnosis.root_causes)


def _object_steps(facts: Facts, history: RuleHistory | None) -> Iterator[TraceStep]:
    yield trace_object.created(facts)
    yield trace_object.history(facts)
    yield trace_rules.configured(facts, history, facts.cancel)
    yield trace_rules.matched(facts)


def _delivery_steps(
    facts: Facts, diagnosis: Diagnosis, *, scan: bool, sign: Sign | None
) -> Iterator[TraceStep]:
    yield trace_rules.allowed(diagnosis)
    seen = trace_queue.look(facts, scanning=scan)
    yield trace_queue.waiting(seen)
    yield trace_queue.in_flight(seen)
    yield trace_queue.dead_lettered(diagnosis)
    head = trace_object.object_now(facts)
    yield _NO_SIGN if sign is None or head is None else sign(head)
    yield trace_object.gone(facts)
