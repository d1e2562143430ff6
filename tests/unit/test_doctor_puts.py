"""A change of the rules that S3 refused is told beside what is missing because of it."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import cast

import pytest

from console.models.finding import Diagnosis, Finding
from console.models.pipeline import Mode, Pipeline
from console.models.trail import TrailEvent, TrailPage
from console.operations.doctor.check import Check
from console.operations.doctor.put_checks import PUT_CHECKS
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.workbench import Workbench
from tests.fakes import QUEUE, FakeClock
from tests.unit.trail_samples import event, notification, rule

NO_RULE = Finding("bucket.no-notification", "fail", "proven", "none")
PUT = "PutBucketNotification"
AMBIGUOUS = {
    "errorCode": "InvalidArgument",
    "errorMessage": "Configuration is ambiguously defined.",
}
DESTINATION = {
    "errorCode": "InvalidArgument",
    "errorMessage": "Unable to validate the following destination configurations",
}


class History:
    """One page of CloudTrail's event history."""

    def __init__(self, events: list[TrailEvent]) -> None:
        self._all = events

    def events(self, name: str, **_: object) -> TrailPage:
        return TrailPage(tuple(e for e in self._all if e.name == name), None)


def diagnosed(events: list[TrailEvent], *failures: Finding) -> Diagnosis:
    history = History(events)
    bench = SimpleNamespace(
        clock=FakeClock(),
        need_bucket=lambda: "uploads",
        need_queue=lambda: QUEUE,
        pipeline=Pipeline("p", "us-east-2", "uploads", QUEUE, None, None, Mode()),
        gateway=SimpleNamespace(
            bucket_cloudtrail=lambda _: history,
            s3=SimpleNamespace(bucket_region=lambda _: "us-east-2"),
        ),
    )
    return diagnose(
        cast(Workbench, bench),
        DoctorOptions(),
        cancel=threading.Event(),
        on_finding=lambda _: None,
        checks=[Check({f.id: ""}, lambda _, f=f: [f]) for f in failures],
        late_checks=PUT_CHECKS,
    )


@pytest.mark.parametrize(
    ("error", "word"), [(AMBIGUOUS, "disjoint"), (DESTINATION, "its policy or its key")]
)
def test_a_refused_change_is_told_with_what_mends_it(error: dict[str, str], word: str) -> None:
    refused = event(PUT, 5, notification(rule(".mp3")), **error)
    accepted = event(PUT, 60, notification())
    found = diagnosed([refused, accepted], NO_RULE)
    told = found.finding("bucket.put-rejected")
    assert told is not None
    assert (told.status, told.certainty) == ("warn", "proven")
    assert error["errorCode"] in str(told.evidence["error"])
    assert word in told.remedy
    assert found.root_causes == ("bucket.no-notification",)


def test_a_change_that_was_accepted_later_counts() -> None:
    refused = event(PUT, 60, notification(rule(".mp3")), **AMBIGUOUS)
    found = diagnosed([refused, event(PUT, 5, notification())], NO_RULE)
    told = found.finding("bucket.put-rejected")
    assert told is not None
    assert told.status == "pass"


def test_where_nothing_fails_nothing_is_asked() -> None:
    assert diagnosed([event(PUT, 5, notification(), **AMBIGUOUS)]).findings == ()
