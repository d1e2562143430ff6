"""The doctor's machinery: facts fetched once, checks that cannot stop each other, the verdict."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from console.errors import AwsError, Cancelled
from console.models.finding import Diagnosis, Finding
from console.operations.doctor.check import Check, LateCheck, NotApplicable, Omit
from console.operations.doctor.facts import Facts
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.doctor.verdict import root_causes, verdict
from console.operations.workbench import Workbench
from tests.fakes import FakeClock

BENCH = cast(Workbench, SimpleNamespace(clock=FakeClock(), pipeline=None))


def run(
    *checks: Check,
    late: tuple[LateCheck, ...] = (),
    heard: Callable[[Finding], None] = lambda _: None,
) -> Diagnosis:
    return diagnose(
        BENCH,
        DoctorOptions(),
        cancel=threading.Event(),
        on_finding=heard,
        checks=checks,
        late_checks=late,
    )


def fail(finding_id: str, *because_of: str) -> Finding:
    return Finding(finding_id, "fail", "proven", "broken", because_of=because_of)


def saying(*findings: Finding | Omit) -> Callable[[Facts], Iterator[Finding | Omit]]:
    def answer(_: Facts) -> Iterator[Finding | Omit]:
        yield from findings

    return answer


def denied() -> AwsError:
    return AwsError("access-denied", "Denied", "No.", permission="sqs:GetQueueAttributes")


def raising(error: Exception) -> Callable[[Facts], Any]:
    def answer(_: Facts) -> Iterator[Finding]:
        raise error
        yield

    return answer


def test_what_a_check_does_not_say_passes_with_its_title() -> None:
    found = run(Check({"bucket.a": "a is well", "bucket.b": "b is well"}, saying(fail("bucket.b"))))
    assert [(f.id, f.status) for f in found.findings] == [
        ("bucket.a", "pass"),
        ("bucket.b", "fail"),
    ]
    assert found.findings[0].title == "a is well"
    assert (found.root_causes, found.verdict) == (("bucket.b",), "broken")


def test_a_missing_permission_is_unknown_and_stops_no_other() -> None:
    found = run(
        Check({"queue.a": ""}, raising(denied())), Check({"bucket.b": ""}, saying(fail("bucket.b")))
    )
    unknown = found.finding("queue.a")
    assert unknown is not None
    assert (unknown.status, unknown.permission) == ("unknown", "sqs:GetQueueAttributes")
    assert found.root_causes == ("bucket.b",)


@pytest.mark.parametrize(("essential", "expected"), [(True, "unknown"), (False, "healthy")])
def test_only_an_essential_answer_that_is_missing_makes_the_verdict_unknown(
    essential: bool, expected: str
) -> None:
    assert run(Check({"queue.a": ""}, raising(denied()), essential)).verdict == expected


def test_a_check_that_crashes_is_told_and_leaves_nothing_healthy() -> None:
    found = run(Check({"network.a": ""}, raising(KeyError("x")), essential=False))
    assert found.findings[0].status == "unknown"
    assert "KeyError" in found.findings[0].title
    assert found.verdict == "unknown"


def test_what_does_not_apply_is_not_told() -> None:
    checks = (
        Check({"object.a": ""}, raising(NotApplicable())),
        Check({"object.b": "", "object.c": ""}, saying(Omit("object.b"))),
    )
    assert [f.id for f in run(*checks).findings] == ["object.c"]


def test_a_late_check_adds_to_a_finding_and_its_pass_takes_nothing_back() -> None:
    def more(_: Facts, found: Any) -> Iterator[Finding]:
        assert found["bucket.a"].status == "fail"
        yield Finding("bucket.a", "fail", "proven", "broken", {"changed_by": "deploy"})

    late = (LateCheck({"trail.x": "told"}, more), LateCheck({"bucket.a": "well"}, lambda *_: ()))
    heard: list[Finding] = []
    found = run(Check({"bucket.a": ""}, saying(fail("bucket.a"))), late=late, heard=heard.append)
    cause = found.finding("bucket.a")
    assert cause is not None
    assert (cause.status, cause.evidence) == ("fail", {"changed_by": "deploy"})
    assert [f.id for f in heard].count("bucket.a") == 2
    assert found.finding("trail.x") is not None


def test_each_fact_is_fetched_once_also_when_it_fails() -> None:
    calls: list[str] = []

    def good(_: Facts, name: str) -> str:
        calls.append(name)
        return name

    def bad(_: Facts) -> str:
        calls.append("bad")
        raise denied()

    def ask(facts: Facts) -> Iterator[Finding]:
        assert facts(good, "x") == "x"
        facts(bad)
        yield from ()

    run(*(Check({f"queue.{n}": ""}, ask) for n in range(20)))
    assert sorted(calls) == ["bad", "x"]


def test_cancelling_ends_it() -> None:
    cancel = threading.Event()

    def stops(facts: Facts) -> Iterator[Finding]:
        cancel.set()
        facts(lambda _: None)
        yield from ()

    with pytest.raises(Cancelled):
        diagnose(
            BENCH,
            DoctorOptions(),
            cancel=cancel,
            on_finding=lambda _: None,
            checks=[Check({"queue.a": ""}, stops)],
            late_checks=[],
        )


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((fail("queue.a"), fail("bucket.b"), fail("kms.c")), ("bucket.b", "kms.c", "queue.a")),
        ((fail("queue.a", "bucket.b"), fail("bucket.b")), ("bucket.b",)),
        ((fail("queue.a", "bucket.gone"),), ("queue.a",)),
        ((fail("queue.a", "kms.b"), fail("kms.b", "bucket.c"), fail("bucket.c")), ("bucket.c",)),
        ((fail("queue.a", "policy.b"), fail("policy.b", "queue.a")), ("policy.b",)),
        ((fail("security.a"), fail("delivery.b"), fail("network.c")), ()),
    ],
)
def test_root_causes_are_in_path_order_and_without_consequences(
    findings: tuple[Finding, ...], expected: tuple[str, ...]
) -> None:
    assert root_causes(findings) == expected


def test_warnings_leave_the_verdict_healthy() -> None:
    assert verdict([Finding("queue.a", "warn", "likely", "")], ["queue.a"]) == "healthy"


def test_an_operator_who_cannot_look_proves_nothing_about_the_pipeline() -> None:
    assert verdict([fail("operator.credentials")], []) == "unknown"
