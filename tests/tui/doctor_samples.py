"""What the doctor finds, for the screens' tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from console.models.finding import Diagnosis, Finding, Status
from console.models.repair import Change, RepairPlan, RepairReport, Target
from console.operations.doctor.verdict import in_path_order, root_causes, verdict
from tests.tui.samples import ACCOUNT, BUCKET, QUEUE

_WELL = (
    ("bucket.no-notification", "The bucket has a notification configuration."),
    ("bucket.other-queue", "A rule names this queue."),
    ("bucket.events-not-covered", "The rule covers every kind of upload."),
    ("filter.prefix", "The prefix lets keys through."),
    ("filter.suffix", "The suffix lets keys through."),
    ("policy.deny", "No statement denies S3."),
    ("kms.key-disabled", "The queue uses no key of its own."),
    ("queue.gone", "The queue exists."),
    ("queue.fifo", "The queue is a standard queue."),
    ("operator.credentials", "The credentials work."),
)
PASSES = tuple(Finding(i, "pass", "proven", title) for i, title in _WELL)
CAUSE = Finding(
    "policy.wrong-source-arn",
    "fail",
    "proven",
    "The queue policy allows S3 to send for another bucket only, so S3 refuses this bucket's "
    "events.",
    {
        "statement": "s3-sends",
        "condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::presigned-url-api-us-east-1"}},
        "bucket_arn": f"arn:aws:s3:::{BUCKET}",
        "queue_arn": QUEUE.arn,
        "account": ACCOUNT,
    },
    f"Name arn:aws:s3:::{BUCKET} in aws:SourceArn of statement s3-sends.",
    (
        f"aws sqs set-queue-attributes --queue-url {QUEUE.url} --attributes file://attributes.json "
        "--region us-east-2",
    ),
)
FOLLOWS = Finding(
    "delivery.nothing-arrives",
    "fail",
    "likely",
    "Nothing was sent to the queue for 3 h, though objects were created.",
    {"sent": 0, "created": 214},
    because_of=("policy.wrong-source-arn",),
)
DENIED = Finding(
    "metrics.request-metrics",
    "unknown",
    "proven",
    "The caller may not s3:GetMetricsConfiguration on the bucket.",
    remedy="Ask for s3:GetMetricsConfiguration.",
    permission="s3:GetMetricsConfiguration",
)
WARNING = Finding(
    "security.no-tls",
    "warn",
    "proven",
    "The queue policy does not insist on TLS.",
    {"queue_arn": QUEUE.arn},
    "Add a statement that denies where aws:SecureTransport is false.",
)
_STATEMENT = {"Sid": "s3-sends", "Effect": "Allow", "Action": "sqs:SendMessage"}
_AFTER = {**_STATEMENT, "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{BUCKET}"}}}
PLAN = RepairPlan(
    "policy.wrong-source-arn",
    Target("policy", QUEUE.arn),
    (Change("statement s3-sends", _STATEMENT, _AFTER),),
    {"Version": "2012-10-17", "statement s3-sends": _STATEMENT},
    {"Version": "2012-10-17", "statement s3-sends": _AFTER},
    ("It takes up to 60 s to become effective.",),
)
REPAIRED = RepairReport("20261123T021307-aa0001", changed=True, merged=True)
BROKEN = (*PASSES, WARNING, CAUSE, FOLLOWS, DENIED)
HEALTHY = (*PASSES, WARNING)
LATE = (
    replace(
        CAUSE,
        evidence={
            **CAUSE.evidence,
            "changed": "2026-11-23T01:58:00Z SetQueueAttributes by assumed-role/Deploy/ci",
        },
    ),
    Finding("trail.changes", "pass", "proven", "Changes of the last 24 h were read."),
)


def diagnosis(findings: Sequence[Finding], at: datetime, key: str | None) -> Diagnosis:
    """What these come to, each of them essential but the metrics'."""
    essential = [f.id for f in findings if f.group != "metrics"]
    placed = in_path_order(findings)
    return Diagnosis(at, key, placed, root_causes(placed), verdict(placed, essential))


def of_text(text: str, status: Status = "fail") -> Finding:
    """A finding that is made of one text throughout."""
    return Finding(
        f"bucket.{text}", status, "likely", text, {text: [text], "more": {text: text}}, text,
        (text,), text, (text,),
    )  # fmt: skip
