"""The doctor on an object that shows the pipeline's sign of having been processed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.models.finding import Diagnosis
from console.models.object import ObjectHead
from console.models.signs import Signs
from console.operations.doctor.consumer_checks import CONSUMER_CHECKS
from console.operations.doctor.delivery_checks import DELIVERY_CHECKS
from console.operations.doctor.expiry_checks import EXPIRY_CHECKS
from console.operations.doctor.metrics_checks import METRICS_CHECKS
from console.operations.doctor.object_checks import OBJECT_CHECKS
from console.operations.doctor.queue_checks import QUEUE_CHECKS
from tests.emulator.conftest import Bench
from tests.emulator.examining import examine

CHECKS = (
    *OBJECT_CHECKS,
    *QUEUE_CHECKS,
    *CONSUMER_CHECKS,
    *EXPIRY_CHECKS,
    *DELIVERY_CHECKS,
    *METRICS_CHECKS,
)
RESULT = "results/{stem}.json"


def put(bench: Bench, *keys: str) -> None:
    for key in keys:
        bench.s3.put_object(Bucket=bench.installation.bucket, Key=key, Body=b"x")


def empty(bench: Bench) -> None:
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)


def uploaded_earlier(bench: Bench, key: str, seconds: int) -> None:
    """Let S3 say that an object is older than it is."""
    head = bench.workbench.gateway.s3.head

    def older(bucket: str, asked: str) -> ObjectHead:
        found = head(bucket, asked)
        assert found.last_modified is not None
        at = found.last_modified - timedelta(seconds=seconds)
        return replace(found, last_modified=at) if asked == key else found

    bench.workbench.gateway.s3.head = older  # type: ignore[method-assign]


def told(bench: Bench, sign: str | None = RESULT) -> dict[str, str]:
    """What did not pass, with or without a sign being configured."""
    return {f.id: f.status for f in asked(bench, sign).findings if f.status != "pass"}


def asked(bench: Bench, sign: str | None) -> Diagnosis:
    workbench: Any = bench.workbench
    pipeline = replace(workbench.pipeline, signs=Signs(object=sign))
    return examine(replace(workbench, pipeline=pipeline), CHECKS, "a.mp3")


def test_what_is_processed_is_not_on_its_way(bench: Bench) -> None:
    put(bench, "a.mp3", "results/a.json")
    empty(bench)
    assert set(told(bench, None)) == {"delivery.delay", "metrics.approximate-counts"}
    assert told(bench) == {}


def test_what_was_processed_by_the_queue_of_then_misses_nothing(bench: Bench) -> None:
    put(bench, "a.mp3", "results/a.json")
    uploaded_earlier(bench, "a.mp3", 600)
    empty(bench)
    assert told(bench, None) == {"queue.recreated": "fail"}
    assert told(bench) == {}


def test_what_was_processed_has_not_expired(bench: Bench) -> None:
    put(bench, "a.mp3", "results/a.json")
    uploaded_earlier(bench, "a.mp3", 600)
    empty(bench)
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.queue.url, Attributes={"MessageRetentionPeriod": "60"}
    )
    assert told(bench, None)["consumer.expired"] == "fail"
    assert told(bench) == {"consumer.expired": "warn"}


@pytest.mark.parametrize("versioned", [True, False])
def test_what_was_processed_and_deleted_again_is_no_failure(bench: Bench, versioned: bool) -> None:
    bucket = bench.installation.bucket
    if versioned:
        bench.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    put(bench, "a.mp3", "results/a.json", "other/a.mp3")
    bench.s3.delete_object(Bucket=bucket, Key="a.mp3")
    empty(bench)
    assert "fail" in told(bench, None).values()
    assert told(bench) == {}


def test_what_is_in_flight_is_not_what_was_processed(bench: Bench) -> None:
    put(bench, "a.mp3", "results/a.json")
    bench.sqs.receive_message(QueueUrl=bench.queue.url)
    assert told(bench, None) == {"consumer.in-flight": "fail"}
    assert told(bench) == {"consumer.in-flight": "warn"}
