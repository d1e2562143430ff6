"""Who looks: credentials that do not work, and permissions that are missing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from console.aws import wordings
from console.aws.errors import CallContext
from console.errors import AwsError
from console.models.finding import Diagnosis, Finding
from console.models.pipeline import Identity, Unknown
from console.operations.doctor.check import Check
from console.operations.doctor.facts import Facts
from console.operations.doctor.operator_checks import OPERATOR_CHECKS, OPERATOR_LATE_CHECKS
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.workbench import Workbench
from tests.fakes import FakeClock

CALL = CallContext("sts:GetCallerIdentity", "identity", profile="audio")
EXPIRED = CALL.tell(wordings.EXPIRED, code="ExpiredToken")
BAD = CALL.tell(wordings.BAD_CREDENTIALS, code="InvalidClientTokenId")
CLOCK = CALL.tell(wordings.CLOCK_SKEW, code="RequestTimeTooSkewed")
UNREACHABLE = CALL.tell(wordings.UNREACHABLE)


def denied(permission: str) -> AwsError:
    return AwsError("access-denied", "Denied", "No.", permission=permission)


def sts(error: AwsError | None) -> Any:
    def identity(_: str | None) -> Identity:
        if error:
            raise error
        return Identity("111122223333", "arn:aws:iam::111122223333:user/me")

    return SimpleNamespace(identity=identity)


def run(
    *checks: Check,
    error: AwsError | None = None,
    bucket_error: AwsError | None = None,
    own_bucket_access: bool = False,
    late: bool = True,
    unknown: tuple[Unknown, ...] = (),
) -> Diagnosis:
    gateway = SimpleNamespace(
        sts=sts(error),
        bucket_sts=sts(bucket_error),
        has_bucket_access=own_bucket_access,
        profile="audio",
        bucket_profile="uploads",
    )
    pipeline = SimpleNamespace(region="us-east-2", unknown=unknown)
    bench = SimpleNamespace(clock=FakeClock(), pipeline=pipeline, gateway=gateway)
    return diagnose(
        cast(Workbench, bench),
        DoctorOptions(late=late),
        cancel=threading.Event(),
        on_finding=lambda _: None,
        checks=(*OPERATOR_CHECKS, *checks),
        late_checks=OPERATOR_LATE_CHECKS,
    )


def raising(ids: Mapping[str, AwsError]) -> tuple[Check, ...]:
    def of(error: AwsError) -> Callable[[Facts], Iterator[Finding]]:
        def answer(_: Facts) -> Iterator[Finding]:
            raise error
            yield

        return answer

    return tuple(Check({finding_id: ""}, of(error)) for finding_id, error in ids.items())


@pytest.mark.parametrize(
    ("error", "commands"),
    [
        (EXPIRED, ("aws sso login --profile audio",)),
        (BAD, ("aws configure --profile audio",)),
        (CLOCK, ()),
    ],
)
def test_credentials_that_do_not_work_are_the_one_root_cause(
    error: AwsError, commands: tuple[str, ...]
) -> None:
    found = run(*raising({"queue.a": error, "bucket.b": error}), error=error)
    assert [(f.id, f.status, f.certainty) for f in found.findings] == [
        ("operator.credentials", "fail", "proven")
    ]
    assert (found.root_causes, found.verdict) == (("operator.credentials",), "unknown")
    assert found.findings[0].commands == commands
    assert found.findings[0].evidence["code"] == error.code


def test_credentials_of_the_bucket_alone_leave_the_queue_to_be_looked_at() -> None:
    found = run(
        Check({"queue.a": "a is well"}, lambda _: ()), bucket_error=EXPIRED, own_bucket_access=True
    )
    assert {f.id: f.status for f in found.findings} == {
        "queue.a": "pass",
        "operator.credentials": "fail",
    }
    assert found.findings[1].commands == ("aws sso login --profile uploads",)
    assert found.verdict == "unknown"


def test_what_keeps_sts_from_answering_proves_nothing_about_credentials() -> None:
    found = run(Check({"queue.a": ""}, lambda _: ()), error=UNREACHABLE)
    told = found.finding("operator.credentials")
    assert told is not None
    assert told.status == "unknown"
    assert (found.root_causes, found.verdict) == ((), "healthy")


def test_where_sts_cannot_be_asked_another_services_refusal_counts() -> None:
    no_region = CALL.tell(wordings.NO_REGION)
    nobody = CallContext("s3:GetBucketNotificationConfiguration").tell(wordings.NO_CREDENTIALS)
    found = run(error=no_region, unknown=(Unknown("queue", "", nobody),))
    assert found.root_causes == ("operator.credentials",)
    assert run(error=no_region, unknown=(Unknown("dlq", "", None),)).root_causes == ()


@pytest.mark.parametrize("late", [True, False])
def test_missing_permissions_are_named_together_and_are_no_root_cause(late: bool) -> None:
    errors = {
        "kms.c": denied("kms:DescribeKey"),
        "queue.a": denied("sqs:GetQueueAttributes"),
        "queue.b": denied("sqs:GetQueueAttributes"),
        "network.d": UNREACHABLE,
    }
    found = run(*raising(errors), late=late)
    told = found.finding("operator.cannot-read")
    assert told is not None
    assert (told.status, told.certainty) == ("unknown", "proven")
    assert "kms:DescribeKey, sqs:GetQueueAttributes" in told.title
    assert told.evidence == {
        "permissions": ["kms:DescribeKey", "sqs:GetQueueAttributes"],
        "unanswered": {
            "kms:DescribeKey": ["kms.c"],
            "sqs:GetQueueAttributes": ["queue.a", "queue.b"],
        },
    }
    assert found.root_causes == ()


def test_where_nothing_is_denied_nothing_is_said_of_it() -> None:
    found = run(*raising({"network.a": UNREACHABLE}))
    assert found.finding("operator.cannot-read") is None
