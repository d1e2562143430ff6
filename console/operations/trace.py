"""Trace one object: from its upload to where its event is now."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from console.errors import Cancelled
from console.models.finding import Diagnosis, DoctorOptions
from console.models.trace import Trace, TraceStep
from console.operations import trace_object, trace_queue, trace_rules
from console.operations.doctor.facts import Facts
from console.operations.doctor.runner import diagnose
from console.operations.trace_processed import processed
from console.operations.trace_verdict import conclude
from console.operations.workbench import Workbench

OnStep = Callable[[TraceStep], None]


def trace(
    bench: Workbench,
    key: str,
    *,
    scan: bool = False,
    cancel: threading.Event,
    on_step: OnStep = lambda _: None,
) -> Trace:
    """Follow the object `key` of the pipeline's bucket; each step is told to `on_step` as it is
    known, in the order of the path.

    Without `scan` nothing is received from the source queue; the DLQ is looked at as the doctor
    does. What cannot be read makes a step unknown and stops no other. Raises `UsageError` where
    there is no bucket, and `Cancelled`.
    """
    bucket = bench.need_bucket()
    facts = Facts(bench, key, cancel)
    steps: list[TraceStep] = []

    def tell(made: Iterator[TraceStep]) -> None:
        for step in made:
            if cancel.is_set():
                raise Cancelled("The trace")
            steps.append(step)
            on_step(step)

    tell(_before_delivery(facts))
    # Before the doctor looks into the DLQ: a message on its way there must not be missed.
    seen = trace_queue.look(facts, scanning=scan)
    options = DoctorOptions(key)
    diagnosis = diagnose(bench, options, cancel=cancel, on_finding=lambda _: None, facts=facts)
    tell(_from_delivery_on(facts, diagnosis, seen))
    where, sentence = conclude(steps, diagnosis)
    return Trace(bucket, key, tuple(steps), where, sentence, diagnosis.root_causes)


def _before_delivery(facts: Facts) -> Iterator[TraceStep]:
    yield trace_object.created(facts)
    yield trace_object.history(facts)
    yield trace_rules.configured(facts)
    yield trace_rules.matched(facts)


def _from_delivery_on(
    facts: Facts, diagnosis: Diagnosis, seen: trace_queue.Seen
) -> Iterator[TraceStep]:
    yield trace_rules.allowed(diagnosis)
    seen = trace_queue.as_diagnosed(seen, diagnosis)
    yield trace_queue.waiting(seen)
    yield trace_queue.in_flight(seen)
    yield trace_queue.dead_lettered(diagnosis)
    yield processed(facts)
    yield trace_object.gone(facts)
