"""Where an event is said to be, from the steps of its trace."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.models.finding import Certainty, Diagnosis, Finding, Status
from console.models.queue import QueueCounts
from console.models.trace import StepName, StepStatus, TraceStep
from console.operations.trace_object import parts_of
from console.operations.trace_queue import Seen, as_diagnosed, dead_lettered, in_flight, waiting
from console.operations.trace_rules import allowed
from console.operations.trace_scan import Scan
from console.operations.trace_verdict import conclude

AT = datetime(2026, 11, 25, 14, 9, tzinfo=UTC)
NOWHERE: dict[StepName, StepStatus] = {
    "created": "yes",
    "configured": "unknown",
    "matched": "yes",
    "allowed": "yes",
    "waiting": "no",
    "in_flight": "no",
    "dead_lettered": "no",
    "processed": "unknown",
    "gone": "no",
}


def finding(finding_id: str, status: Status = "fail", certainty: Certainty = "proven") -> Finding:
    return Finding(finding_id, status, certainty, f"<{finding_id}>")


def diagnosis(*findings: Finding) -> Diagnosis:
    causes = tuple(f.id for f in findings if f.status == "fail")
    return Diagnosis(AT, "a.mp3", findings, causes, "broken" if causes else "healthy")


def concluded(cause: str | None = None, **changes: StepStatus) -> tuple[str, str]:
    steps = [
        TraceStep(name, changes.get(name, status), "source", f"({name})", AT)
        for name, status in NOWHERE.items()
    ]
    return conclude(steps, diagnosis(*([finding(cause)] if cause else [])))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"waiting": "yes", "dead_lettered": "yes"}, "waiting"),
        ({"dead_lettered": "yes", "in_flight": "unknown"}, "dead_lettered"),
        ({"gone": "yes"}, "gone"),
        ({"processed": "yes"}, "processed"),
        ({"processed": "no"}, "lost"),
        ({}, "unknown"),
        ({"created": "no"}, "unknown"),
        ({"created": "unknown"}, "unknown"),
    ],
)
def test_what_was_seen_is_where_it_is(changes: dict[str, StepStatus], where: str) -> None:
    assert concluded(**changes)[0] == where


@pytest.mark.parametrize("held", ["waiting", "in_flight", "dead_lettered"])
def test_what_somebody_may_hold_is_not_called_lost(held: str) -> None:
    changes: dict[str, StepStatus] = {"matched": "no", "configured": "no", held: "unknown"}
    where, sentence = concluded("filter.suffix", **changes)
    assert where == "unknown"
    assert f"({held})" in sentence
    assert "<filter.suffix>" in sentence


@pytest.mark.parametrize("step", ["matched", "allowed"])
def test_what_was_never_sent_is_not_among_what_others_hold(step: str) -> None:
    changes: dict[str, StepStatus] = {step: "no", "in_flight": "unknown", "waiting": "unknown"}
    where, sentence = concluded("filter.suffix", **changes)
    assert where == "lost"
    assert "<filter.suffix>" in sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"created": "no"}, "never uploaded"),
        ({"matched": "no"}, "no rule fires"),
        ({"allowed": "no"}, "could not deliver"),
        ({}, "it is lost"),
    ],
)
def test_what_nobody_can_hold_is_lost_at_the_doctors_cause(
    changes: dict[str, StepStatus], words: str
) -> None:
    where, sentence = concluded("queue.purged", **changes)
    assert where == "lost"
    assert words in sentence
    assert sentence.endswith("<queue.purged>")


def test_what_a_consumer_seems_to_be_stuck_with_is_in_flight() -> None:
    assert concluded("consumer.in-flight", in_flight="unknown")[0] == "in_flight"


def test_a_deleted_object_may_have_an_event_still() -> None:
    where, sentence = concluded(gone="yes", in_flight="unknown")
    assert where == "gone"
    assert sentence.endswith("(in_flight)")


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ([finding("policy.no-allow")], "no"),
        ([finding("policy.no-allow", "pass"), finding("queue.fifo")], "no"),
        ([finding("policy.no-allow", "pass"), finding("kms.key-policy", "unknown")], "unknown"),
        ([finding("policy.no-allow", "pass"), finding("kms.key-policy", "pass")], "yes"),
        ([finding("queue.fifo", "pass")], "unknown"),
        ([finding("filter.suffix")], "unknown"),
    ],
)
def test_whether_s3_is_let_in_is_what_the_doctor_says(
    findings: list[Finding], status: StepStatus
) -> None:
    assert allowed(diagnosis(*findings)).status == status


@pytest.mark.parametrize(
    ("status", "certainty", "answer"),
    [
        ("pass", "proven", "no"),
        ("warn", "proven", "no"),
        ("warn", "likely", "unknown"),
        ("fail", "likely", "unknown"),
        ("unknown", "proven", "unknown"),
    ],
)
def test_whether_it_is_in_the_dlq_is_what_the_doctor_saw(
    status: Status, certainty: Certainty, answer: StepStatus
) -> None:
    found = diagnosis(finding("consumer.dead-lettered", status, certainty))
    assert dead_lettered(found).status == answer
    assert dead_lettered(diagnosis()).status == "unknown"


@pytest.mark.parametrize(
    ("etag", "parts"), [("a" * 32, None), (f"{'a' * 32}-3", 3), ("", None), ("-1", None)]
)
def test_an_etag_tells_in_how_many_parts_it_came(etag: str, parts: int | None) -> None:
    assert parts_of(etag) == parts


def test_a_scan_sees_nothing_of_what_is_delayed() -> None:
    delayed = QueueCounts(visible=0, in_flight=0, delayed=1)
    step = waiting(Seen(delayed, scan=Scan(None, 0, None)))
    assert step.status == "unknown"
    assert "1 message delayed" in step.detail


def test_what_was_in_flight_before_a_scan_may_be_back_behind_it() -> None:
    after = QueueCounts(visible=1, in_flight=0, delayed=0)
    seen = Seen(after, in_flight=2, scan=Scan(None, 5, None))
    assert waiting(seen).status == "no"
    assert in_flight(seen).status == "unknown"
    assert in_flight(Seen(after, in_flight=0)).status == "no"


@pytest.mark.parametrize(("certainty", "status"), [("proven", "no"), ("likely", "unknown")])
def test_a_queue_that_is_proven_missing_holds_nothing(
    certainty: Certainty, status: StepStatus
) -> None:
    unread = Seen(None, error="There is no such queue.")
    seen = as_diagnosed(unread, diagnosis(finding("queue.missing", "fail", certainty)))
    assert (waiting(seen).status, in_flight(seen).status) == (status, status)
