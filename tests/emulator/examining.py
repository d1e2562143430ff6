"""Ask the doctor about a bench, with some checks only, and play CloudWatch for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

from console.models.finding import Diagnosis
from console.operations.doctor.check import Check
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.workbench import Workbench
from tests.emulator.conftest import Bench


def examine(workbench: Workbench, checks: Sequence[Check], key: str | None = None) -> Diagnosis:
    """The diagnosis that these checks alone come to."""
    return diagnose(
        workbench,
        DoctorOptions(key, late=False),
        cancel=threading.Event(),
        on_finding=lambda _: None,
        checks=checks,
        late_checks=(),
    )


def fails(diagnosis: Diagnosis) -> list[str]:
    """The ids of what failed."""
    return [f.id for f in diagnosis.findings if f.status == "fail"]


def said(diagnosis: Diagnosis, finding_id: str) -> tuple[str, str]:
    """Status and certainty of one finding."""
    finding = diagnosis.finding(finding_id)
    assert finding is not None, f"{finding_id} was not told"
    return finding.status, finding.certainty


def put_points(
    bench: Bench, aws: Any, queue_name: str, series: Mapping[str, Sequence[float]], ago: int = 0
) -> None:
    """One point a minute of each metric, the last one `ago` minutes old."""
    now = bench.workbench.clock.now().replace(second=0, microsecond=0) - timedelta(minutes=ago)
    data = [
        {
            "MetricName": name,
            "Dimensions": [{"Name": "QueueName", "Value": queue_name}],
            "Timestamp": now - timedelta(minutes=len(values) - 1 - i),
            "Value": value,
        }
        for name, values in series.items()
        for i, value in enumerate(values)
    ]
    aws("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=data)


def event_body(bucket: str, key: str, sequencer: str = "0A", raw_key: str | None = None) -> str:
    """A message body as S3 writes it for an upload."""
    item = {"key": raw_key or quote_plus(key, safe="/"), "size": 1, "sequencer": sequencer}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-11-23T02:13:07.000Z",
        "s3": {"bucket": {"name": bucket}, "object": item},
    }
    return json.dumps({"Records": [record]})
