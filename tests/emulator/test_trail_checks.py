"""The doctor's late checks on what a server recorded."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from console.models.finding import Diagnosis, Finding
from console.operations.doctor.check import Check
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.doctor.trail_checks import TRAIL_CHECKS
from tests.conftest import Installation
from tests.emulator.conftest import Bench

NO_ALLOW = Finding("policy.no-allow", "fail", "proven", "not allowed")


def ask(bench: Bench, *failures: Finding, key: str | None = None) -> Diagnosis:
    return diagnose(
        bench.workbench,
        DoctorOptions(key),
        cancel=threading.Event(),
        on_finding=lambda _: None,
        checks=[Check({f.id: ""}, lambda _, f=f: [f]) for f in failures],
        late_checks=TRAIL_CHECKS,
    )


def found(diagnosis: Diagnosis, finding_id: str) -> Finding:
    finding = diagnosis.finding(finding_id)
    assert finding is not None
    return finding


def test_a_lowered_retention_is_a_warning(bench: Bench) -> None:
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.queue.url, Attributes={"MessageRetentionPeriod": "60"}
    )
    diagnosis = ask(bench)
    lowered = found(diagnosis, "queue.retention-lowered")
    assert (lowered.status, lowered.evidence["after"]) == ("warn", 60)
    assert (diagnosis.verdict, diagnosis.root_causes) == ("healthy", ())


def test_a_purge_after_the_upload_is_the_cause(bench: Bench) -> None:
    bench.s3.put_object(Bucket=bench.installation.bucket, Key="a.mp3", Body=b"x")
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    diagnosis = ask(bench, key="a.mp3")
    purged = found(diagnosis, "queue.purged")
    assert bench.installation.account in str(purged.evidence["changed_by"])
    assert diagnosis.root_causes == ("queue.purged",)


def test_an_event_that_is_in_the_queue_was_not_purged(bench: Bench) -> None:
    bench.s3.put_object(Bucket=bench.installation.bucket, Key="a.mp3", Body=b"x")
    assert found(ask(bench, key="a.mp3"), "queue.purged").status == "pass"


def test_who_emptied_the_policy_is_evidence(bench: Bench) -> None:
    bench.sqs.set_queue_attributes(QueueUrl=bench.queue.url, Attributes={"Policy": ""})
    evidence = found(ask(bench, NO_ALLOW), "policy.no-allow").evidence
    assert bench.installation.account in str(evidence["changed_by"])
    assert "SetQueueAttributes" in json.dumps(evidence["change"])


def test_a_caller_who_may_not_look_is_told_which_permission_is_missing(
    bench_on: Callable[..., Bench],
    installation: Installation,
    aws: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = bench_on(installation)
    iam = aws("iam")
    iam.create_user(UserName="limited")
    allowed = {"Effect": "Allow", "Action": ["s3:*", "sqs:*", "sts:*"], "Resource": "*"}
    iam.put_user_policy(
        UserName="limited",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    key = iam.create_access_key(UserName="limited")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    bench.workbench.gateway.forget_credentials()
    diagnosis = ask(bench)
    for finding_id in ("queue.purged", "bucket.config-overwritten", "policy.overwritten"):
        finding = found(diagnosis, finding_id)
        assert (finding.status, finding.permission) == ("unknown", "cloudtrail:LookupEvents")
    assert diagnosis.verdict == "healthy"
