"""Seeded faults for the doctor: rules put unchecked, uploads of every kind, callers who may not
read everything."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from console.aws.gateway import open_gateway
from console.models.finding import Diagnosis
from console.models.pipeline import Mode, PipelineSettings
from console.operations.discover import discover
from console.operations.doctor.bucket_checks import BUCKET_CHECKS
from console.operations.doctor.check import Check
from console.operations.doctor.filter_checks import FILTER_CHECKS
from console.operations.doctor.object_checks import OBJECT_CHECKS
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.workbench import Workbench, open_workbench
from tests.conftest import Installation

CREATED = ("s3:ObjectCreated:*",)

Examine = Callable[..., Diagnosis]
Aws = Callable[[str], Any]


@contextmanager
def examiner(
    credentials: Callable[[Installation], None], folder: Path
) -> Generator[Callable[..., Diagnosis]]:
    """Diagnose: `examine(installation, key, suffix=…)`, further fields as in the settings.

    `beside` are checks of other groups.
    """
    opened: list[Workbench] = []

    def run(
        installation: Installation,
        key: str | None = None,
        beside: tuple[Check, ...] = (),
        **more: Any,
    ) -> Diagnosis:
        credentials(installation)
        named = {
            "bucket": installation.bucket,
            "queue": installation.queue,
            "region": installation.region,
            "endpoint_url": installation.endpoint_url,
            **more,
        }
        settings = PipelineSettings(**named)
        gateway = open_gateway(settings)
        pipeline = discover(gateway, settings, Mode(), forgiving=True)
        workbench = open_workbench(gateway, pipeline, folder / "journal.sqlite3")
        opened.append(workbench)
        return diagnose(
            workbench,
            DoctorOptions(key),
            cancel=threading.Event(),
            on_finding=lambda _: None,
            checks=[*OBJECT_CHECKS, *BUCKET_CHECKS, *FILTER_CHECKS, *beside],
            late_checks=[],
        )

    try:
        yield run
    finally:
        for workbench in opened:
            workbench.close()


def rule(
    arn: str,
    *,
    prefix: str | None = None,
    suffix: str | None = ".mp3",
    events: tuple[str, ...] = CREATED,
    kind: str = "Queue",
) -> dict[str, Any]:
    """One rule as boto3 wants it."""
    filters = [
        {"Name": name, "Value": value}
        for name, value in (("prefix", prefix), ("suffix", suffix))
        if value is not None
    ]
    made: dict[str, Any] = {f"{kind}Arn": arn, "Events": list(events)}
    return made | ({"Filter": {"Key": {"FilterRules": filters}}} if filters else {})


def configure(
    aws: Aws,
    installation: Installation,
    *rules: dict[str, Any],
    topics: tuple[dict[str, Any], ...] = (),
    eventbridge: bool = False,
) -> None:
    """Put a bucket's whole configuration, unchecked."""
    whole: dict[str, Any] = {
        "QueueConfigurations": _named("rule", rules),
        "TopicConfigurations": _named("topic", topics),
        **({"EventBridgeConfiguration": {}} if eventbridge else {}),
    }
    aws("s3").put_bucket_notification_configuration(
        Bucket=installation.bucket,
        NotificationConfiguration={name: value for name, value in whole.items() if value != []},
        SkipDestinationValidation=True,
    )


def _named(kind: str, rules: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    return [{"Id": f"{kind}-{place}", **item} for place, item in enumerate(rules)]


def caller_without(aws: Aws, installation: Installation, *actions: str) -> Installation:
    """The same installation, seen by somebody who may do anything but these actions."""
    iam, name = aws("iam"), f"reader-{uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": list(actions), "Resource": "*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="most", PolicyDocument=document)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return replace(installation, access_key=made["AccessKeyId"], secret_key=made["SecretAccessKey"])


def raised(found: Diagnosis) -> list[tuple[str, str]]:
    """Whatever did not pass."""
    return [(f.id, f.status) for f in found.findings if f.status != "pass"]


def upload(aws: Aws, installation: Installation, *keys: str) -> None:
    for key in keys:
        aws("s3").put_object(Bucket=installation.bucket, Key=key, Body=b"x")


def upload_in_parts(aws: Aws, installation: Installation, key: str) -> None:
    s3, where = aws("s3"), {"Bucket": installation.bucket, "Key": key}
    begun = s3.create_multipart_upload(**where)["UploadId"]
    part = s3.upload_part(**where, UploadId=begun, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(
        **where,
        UploadId=begun,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )


def other_arn(installation: Installation, name: str) -> str:
    return installation.queue_arn.rpartition(":")[0] + f":{name}"


def causes(found: Diagnosis) -> list[str]:
    return list(found.root_causes)


def sending(installation: Installation, service: str, source: str) -> dict[str, object]:
    """The statement that lets a service send for one source."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": installation.queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }


def put_policy(aws: Aws, installation: Installation, statement: dict[str, object]) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws("sqs").set_queue_attributes(QueueUrl=installation.queue_url, Attributes={"Policy": policy})
