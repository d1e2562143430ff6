"""The upload test asks the doctor why it failed, in bounded time, about an object that is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from console.aws.s3 import S3
from console.errors import AwsError, Cancelled
from console.models.finding import DoctorOptions, Finding
from console.models.upload import UploadOptions, UploadReport, UploadStep
from console.operations import upload_doctor
from console.operations.upload_history import upload_history
from console.operations.upload_test import run_upload_test
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.fakes import AheadClock

Install = Callable[..., Installation]
BenchOn = Callable[..., Bench]

CAUSE = Finding("policy.no-allow", "fail", "proven", "S3 may not send.", {"statements": []})
LIKELY = Finding("kms.key-policy", "fail", "likely", "The key refuses S3.")
BEHIND = Finding("consumer.in-flight", "fail", "proven", "A consumer holds it.")


def run(
    bench: Bench,
    on_step: Callable[[UploadStep], None] = lambda _: None,
    cancel: threading.Event | None = None,
) -> UploadReport:
    options = UploadOptions(timeout=0.5)
    return run_upload_test(
        bench.workbench, options, cancel=cancel or threading.Event(), on_step=on_step
    )


@pytest.fixture
def silent(install: Install, bench_on: BenchOn) -> Bench:
    """Uploads cause no event, though there is a rule."""
    return bench_on(install(events=("s3:ObjectTagging:*",)), clock=AheadClock())


@pytest.fixture
def doctor(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[DoctorOptions]]:
    """Let the doctor find this; returns what it is asked."""

    def decide(*findings: Finding, then: Callable[[threading.Event], None] = lambda _: None):
        asked: list[DoctorOptions] = []

        def diagnose(_: Any, options: DoctorOptions, *, cancel: Any, on_finding: Any) -> None:
            asked.append(options)
            for finding in findings:
                on_finding(finding)
            then(cancel)

        monkeypatch.setattr(upload_doctor, "diagnose", diagnose)
        return asked

    return decide


def test_it_is_asked_about_the_object_while_that_is_there(
    silent: Bench, doctor: Callable[..., list[DoctorOptions]]
) -> None:
    there: list[list[str]] = []
    asked = doctor(CAUSE, BEHIND, then=lambda _: there.append(silent.keys()))
    report = run(silent)
    assert asked == [DoctorOptions(report.key, late=False)]
    assert there == [[report.key]]
    assert report.root_causes == ("policy.no-allow",)
    assert report.causes == (CAUSE,)
    event = report.steps[1]
    assert event.status == "fail"
    assert event.detail == "No event within 0.5 s. S3 may not send."
    assert "S3 may not send." in report.conclusion
    assert silent.keys() == []


def test_its_time_is_not_the_step_s(
    silent: Bench, doctor: Callable[..., list[DoctorOptions]]
) -> None:
    clock = silent.workbench.clock
    assert isinstance(clock, AheadClock)
    doctor(then=lambda _: clock.advance(5.0))
    told: list[UploadStep] = []
    report = run(silent, told.append)
    assert report.steps[1].seconds is not None
    assert report.steps[1].seconds < 5
    assert any("Asking the doctor" in step.detail for step in told if step.status == "running")


def test_without_a_cause_it_says_what_is_left(
    silent: Bench, doctor: Callable[..., list[DoctorOptions]]
) -> None:
    doctor(BEHIND)
    report = run(silent)
    assert report.root_causes == ()
    assert "nothing that keeps it from the queue" in report.steps[1].detail


def test_a_check_that_hangs_leaves_what_was_found(
    silent: Bench,
    doctor: Callable[..., list[DoctorOptions]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upload_doctor, "_SECONDS", 0.3)
    stopped = threading.Event()

    def hang(cancel: threading.Event) -> None:
        cancel.wait(30)
        stopped.set()
        raise Cancelled("The diagnosis")

    doctor(LIKELY, then=hang)
    report = run(silent)
    assert report.root_causes == ("kms.key-policy",)
    assert stopped.wait(5)


def test_a_cancel_ends_it_too(silent: Bench, doctor: Callable[..., list[DoctorOptions]]) -> None:
    cancel = threading.Event()

    def hang(stop: threading.Event) -> None:
        cancel.set()
        stop.wait(30)

    doctor(CAUSE, then=hang)
    with pytest.raises(Cancelled):
        run(silent, cancel=cancel)
    assert silent.keys() == []


def test_an_upload_that_is_refused_is_explained_without_a_key(
    bench: Bench,
    doctor: Callable[..., list[DoctorOptions]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise AwsError("access-denied", "Denied", "The caller may not s3:PutObject.")

    denied = Finding("bucket.upload-denied", "fail", "proven", "A statement refuses uploads.")
    asked = doctor(CAUSE, denied)
    monkeypatch.setattr(S3, "put", refuse)
    report = run(bench)
    assert asked == [DoctorOptions(None, late=False)]
    assert report.steps[0].status == "fail"
    assert report.steps[0].detail.endswith("A statement refuses uploads.")
    assert report.root_causes == ("bucket.upload-denied",)


def test_past_runs_keep_the_causes_ids(
    silent: Bench, doctor: Callable[..., list[DoctorOptions]]
) -> None:
    doctor(CAUSE)
    run(silent)
    (past,) = upload_history(silent.workbench.journal)
    assert past.root_causes == ("policy.no-allow",)
    assert past.causes == ()
