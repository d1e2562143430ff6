"""An AWS account without a flaw, each fact of which a test may change."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace as Made
from typing import Any, cast

from console.errors import AwsError
from console.models.finding import Diagnosis, Finding
from console.models.notification import NotificationConfiguration
from console.models.pipeline import Identity, Mode, Pipeline, QueueRef
from console.models.queue import QueueAttributes, QueueCounts
from console.models.security import (
    BucketEncryption,
    KeyUse,
    PublicAccessBlock,
    Simulated,
    VpcEndpoint,
)
from console.operations.doctor.network_checks import NETWORK_CHECKS
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.doctor.security_checks import SECURITY_CHECKS
from console.operations.workbench import Workbench
from tests.fakes import QUEUE, START, FakeClock

ACCOUNT = "111122223333"
DLQ = QueueRef("orders-dlq", f"{QUEUE.url}-dlq", f"{QUEUE.arn}-dlq")
USER = f"arn:aws:iam::{ACCOUNT}:user/ops/me"
WORKER = f"arn:aws:iam::{ACCOUNT}:role/worker"
UPLOADER = f"arn:aws:iam::{ACCOUNT}:user/uploader"
DAY = timedelta(days=1)
TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
S3 = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE.arn,
    "Condition": {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    },
}
OUR_ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
CLOSED = PublicAccessBlock(True, True, True, True)


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


USUAL = policy({**S3, "Principal": "*", "Action": "*", "Resource": "*"})


def endpoint(service: str, text: str | None = USUAL, state: str = "available") -> VpcEndpoint:
    return VpcEndpoint(f"vpce-{service}", "vpc-1", service, state, text)


def attributes(queue: QueueRef, **changes: Any) -> QueueAttributes:
    usual = QueueAttributes(
        url=queue.url,
        arn=queue.arn,
        counts=QueueCounts(0, 0, 0),
        visibility_timeout=30,
        retention=14 * 86_400 if queue == DLQ else 4 * 86_400,
        delay=0,
        receive_wait=0,
        maximum_message_size=1_048_576,
        redrive=None,
        redrive_allow_policy=None,
        policy=policy(S3, TLS),
        sse_sqs=True,
        kms_key_id=None,
        fifo=False,
        created_at=None,
        modified_at=None,
    )
    return replace(usual, **changes)


def denied(permission: str) -> AwsError:
    return AwsError("access-denied", "Denied", "No.", permission=permission)


USUAL_BUCKET = policy(TLS)
SSE_S3 = BucketEncryption("AES256", None)
USED_NOW = KeyUse(START, "s3")
ENDPOINTS = (endpoint("s3"), endpoint("sqs"))


def told(value: Any) -> Any:
    """What a call answers: a value, or the failure it is."""
    if isinstance(value, Exception):
        raise value
    return value


@dataclass
class Account:
    """An account without a flaw, each fact of which a test may change; a failure is raised.

    `decisions` holds IAM's word on an action where that is not `allowed`.
    """

    caller: str = f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/me"
    producer: str | None = None
    consumer: str | None = None
    queue: Any = field(default_factory=lambda: attributes(QUEUE))
    dlq: Any = field(default_factory=lambda: attributes(DLQ))
    has_dlq: bool = True
    bucket_policy: Any = USUAL_BUCKET
    encryption: Any = SSE_S3
    block: Any = CLOSED
    keys: Any = ()
    use: Any = USED_NOW
    decisions: Mapping[str, Any] = field(default_factory=dict[str, Any])
    endpoints: Any = ENDPOINTS
    aliases: Any = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/own"
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def simulate(self, _: str, actions: Sequence[str], resource: str) -> list[Simulated]:
        self.asked += [(action, resource) for action in actions]
        words = {a: told(self.decisions.get(a, "allowed")) for a in actions}
        return [
            Simulated(a, resource, word, ("aws:SourceIp",) if word == "depends" else ())
            for a, word in words.items()
        ]

    def gateway(self) -> Any:
        keys = lambda user: [replace(key, user=user) for key in told(self.keys)]  # noqa: E731
        return Made(
            has_bucket_access=False,
            sts=Made(identity=lambda _: Identity(ACCOUNT, self.caller)),
            sqs=Made(attributes=lambda q: told(self.dlq if q == DLQ else self.queue)),
            s3=Made(notification=lambda _: NotificationConfiguration()),
            iam=Made(access_keys=keys, last_use=lambda _: told(self.use), simulate=self.simulate),
            kms=lambda _: Made(describe=lambda _: Made(arn=told(self.aliases))),
            ec2=lambda _: Made(endpoints=lambda _: told(self.endpoints)),
            bucket_security=Made(
                policy=lambda _: told(self.bucket_policy),
                encryption=lambda _: told(self.encryption),
                public_access_block=lambda _: told(self.block),
            ),
        )

    def bench(self) -> Workbench:
        pipeline = Pipeline(
            name="orders",
            region=QUEUE.region,
            bucket="uploads",
            queue=QUEUE,
            dlq=DLQ if self.has_dlq else None,
            identity=Identity(ACCOUNT, self.caller),
            mode=Mode(),
            expected_prefix="in/",
            expected_suffix=".mp3",
            producer_arn=self.producer,
            consumer_arn=self.consumer,
        )
        unused = cast(Any, None)
        return Workbench(self.gateway(), pipeline, unused, FakeClock(), unused, unused)

    def look(self) -> Diagnosis:
        return diagnose(
            self.bench(),
            DoctorOptions(),
            cancel=threading.Event(),
            on_finding=lambda _: None,
            checks=(*NETWORK_CHECKS, *SECURITY_CHECKS),
            late_checks=(),
        )

    def told(self) -> dict[str, Finding]:
        """Everything that is not well, by id. It must never be a failure."""
        diagnosis = self.look()
        assert not [f.title for f in diagnosis.findings if "fault of the console" in f.title]
        assert (diagnosis.verdict, diagnosis.root_causes) == ("healthy", ())
        assert {f.status for f in diagnosis.findings} <= {"pass", "warn", "unknown"}
        return {f.id: f for f in diagnosis.findings if f.status != "pass"}
