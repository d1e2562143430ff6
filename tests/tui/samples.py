"""Models for the screens' tests: a pipeline that works, and parts of it that do not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from console.errors import AwsError
from console.events import parsed_body
from console.journal.log import EntryRecord, OperationRecord
from console.models.audio import AudioInfo
from console.models.event import S3Event
from console.models.inspection import Inspection
from console.models.message import Message, MessageAttribute
from console.models.move_task import MoveTask
from console.models.moving import MoveReport
from console.models.notification import (
    Difference,
    NotificationConfiguration,
    NotificationRule,
)
from console.models.object import ObjectHead
from console.models.objectview import ObjectView
from console.models.peek import PeekPlan, PeekSummary
from console.models.pipeline import Identity, Mode, Pipeline, QueueRef
from console.models.queue import QueueAttributes, QueueCounts, RedrivePolicy
from console.models.status import (
    Alarm,
    CloudWatchData,
    Forecast,
    Metrics,
    Point,
    Rates,
    Source,
    StatusSnapshot,
)
from console.models.trace import Trace, TraceStep
from console.models.trail import Change, FieldChange, TrailEvent, TrailReport
from console.models.upload import UploadReport, UploadStep
from tests.fakes import START

ACCOUNT = "111122223333"
BUCKET = "presigned-url-api-us-east-2"
NAME = "audio-client-server-prod-sqs-file-processing-use2"
HOSTILE = "[/foo][red]x\x1b]52;c;ZXZpbA==\x07\u202egpj.\nnext"


def queue_ref(name: str = NAME) -> QueueRef:
    return QueueRef(
        name,
        f"https://sqs.us-east-2.amazonaws.com/{ACCOUNT}/{name}",
        f"arn:aws:sqs:us-east-2:{ACCOUNT}:{name}",
    )


QUEUE = queue_ref()
DLQ = queue_ref(f"{NAME}-dlq")

PIPELINE = Pipeline(
    name="audio-prod",
    region="us-east-2",
    bucket=BUCKET,
    queue=QUEUE,
    dlq=DLQ,
    identity=Identity(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/OnCall/alice"),
    mode=Mode(),
    expected_suffix=".mp3",
)


def attributes(queue: QueueRef = QUEUE, visible: int = 12, in_flight: int = 3) -> QueueAttributes:
    redrive = RedrivePolicy(DLQ.arn, 3) if queue == QUEUE else None
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*"}]}
    return QueueAttributes(
        url=queue.url,
        arn=queue.arn,
        counts=QueueCounts(visible, in_flight, 0),
        visibility_timeout=300,
        retention=345_600,
        delay=0,
        receive_wait=20,
        maximum_message_size=262_144,
        redrive=redrive,
        redrive_allow_policy=None,
        policy=json.dumps(policy) if queue == QUEUE else None,
        sse_sqs=True,
        kms_key_id=None,
        fifo=False,
        created_at=START - timedelta(days=90),
        modified_at=START - timedelta(days=2),
    )


def _series(values: list[float]) -> tuple[Point, ...]:
    start = START.replace(second=0) - timedelta(minutes=len(values))
    return tuple(Point(start + timedelta(minutes=i), v) for i, v in enumerate(values))


def metrics() -> CloudWatchData:
    hump = [max(0.0, 40 - abs(i - 90) / 1.5) for i in range(180)]
    queue = Metrics(
        {
            "ApproximateNumberOfMessagesVisible": _series(hump),
            "ApproximateAgeOfOldestMessage": _series([v * 8 for v in hump]),
            "NumberOfMessagesSent": _series([12.0 + i % 5 for i in range(180)]),
            "NumberOfMessagesDeleted": _series([10.0 + i % 7 for i in range(180)]),
        }
    )
    dlq = Metrics(
        {"ApproximateNumberOfMessagesVisible": _series([float(i // 60) for i in range(180)])}
    )
    return CloudWatchData(queue, dlq)


ALARMS = (
    Alarm("dlq-not-empty", "ALARM", "ApproximateNumberOfMessagesVisible", DLQ.name, 0.0,
          "Threshold Crossed: 2 datapoints were greater than 0.", START - timedelta(minutes=42)),
    Alarm("too-old", "OK", "ApproximateAgeOfOldestMessage", QUEUE.name, 900.0, "", None),
    Alarm("depth", "INSUFFICIENT_DATA", "ApproximateNumberOfMessagesVisible", QUEUE.name, 100.0,
          "", None),
)  # fmt: skip


def snapshot(at: datetime = START, *, visible: int = 12, dlq_visible: int = 2) -> StatusSnapshot:
    return StatusSnapshot(
        at=at,
        queue=Source(attributes(visible=visible), at - timedelta(seconds=2)),
        dlq=Source(attributes(DLQ, dlq_visible, 0), at - timedelta(seconds=2)),
        metrics=Source(metrics(), at - timedelta(seconds=40)),
        alarms=Source(ALARMS, at - timedelta(seconds=40)),
        rates=Rates(14.0, 13.2, at - timedelta(minutes=1)),
        oldest_age_seconds=34.0,
        dlq_oldest_age_seconds=10_800.0,
        forecast=Forecast(None, 0.8),
    )


EMPTY_SNAPSHOT = StatusSnapshot(
    START, Source(), Source(), Source(), Source(), None, None, None, None
)

THROTTLED = AwsError(
    "throttled",
    "Throttled",
    "AWS limits the rate of sqs:GetQueueAttributes and went on refusing after several tries.",
    "The console slows down by itself; try again in a moment.",
)
DENIED = AwsError(
    "access-denied",
    "Access denied",
    "The caller may not s3:GetBucketNotification on the bucket.",
    "Grant s3:GetBucketNotification to this identity, or use a profile that has it.",
    permission="s3:GetBucketNotification",
)
EXPIRED = AwsError(
    "expired",
    "Credentials expired",
    "The session's credentials have expired.",
    "Run aws sso login --profile prod (or renew the credentials), then press r or run again.",
)


def stale_snapshot() -> StatusSnapshot:
    """Four minutes after the last good answers, everything failing."""
    good = snapshot(START - timedelta(minutes=4))
    return replace(
        good,
        at=START,
        queue=replace(good.queue, error=THROTTLED),
        dlq=replace(good.dlq, error=THROTTLED),
        metrics=replace(good.metrics, error=THROTTLED),
        alarms=replace(good.alarms, error=THROTTLED),
    )


RULE = NotificationRule(
    "tf-s3-queue-20261001", "queue", QUEUE.arn, ("s3:ObjectCreated:*",), None, ".mp3"
)
OTHER_RULE = NotificationRule(
    "thumbnails",
    "function",
    f"arn:aws:lambda:us-east-2:{ACCOUNT}:function:thumbnail",
    ("s3:ObjectCreated:Put",),
    "images/",
    None,
)


def inspection(**changes: object) -> Inspection:
    good = Inspection(
        notification=Source(NotificationConfiguration((RULE, OTHER_RULE)), START),
        queue=Source(attributes(), START),
        dlq=Source(attributes(DLQ, 2, 0), START),
        policy={"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*"}]},
        policy_error=None,
        differences=(),
    )
    return replace(good, **changes)  # type: ignore[arg-type]


DIFFERENCE = Difference(
    "suffix",
    ".mp3",
    ".MP3",
    "Filters are case-sensitive: a key that ends in .mp3 does not fire this rule.",
)
DIFFERENT = inspection(
    notification=Source(NotificationConfiguration((replace(RULE, suffix=".MP3"),)), START),
    differences=(DIFFERENCE,),
)
PARTLY_DENIED = inspection(notification=Source(error=DENIED))


def body(key: str, size: int = 4_211_904) -> str:
    return json.dumps(
        {
            "Records": [
                {
                    "eventVersion": "2.1",
                    "eventSource": "aws:s3",
                    "awsRegion": "us-east-2",
                    "eventTime": "2026-11-23T02:12:33.000Z",
                    "eventName": "ObjectCreated:Put",
                    "s3": {
                        "configurationId": RULE.id,
                        "bucket": {"name": BUCKET},
                        "object": {
                            "key": key,
                            "size": size,
                            "eTag": "9e107d9d372bb6826bd81d3542a419d6",
                            "sequencer": "0055AED6DCD90281E5",
                        },
                    },
                }
            ]
        }
    )


def message(
    number: int, key: str | None = None, *, text: str | None = None, left: int | None = 2
) -> Message:
    """A received message; `text` replaces its body."""
    told = text if text is not None else body(key or f"uploads/2026/11/23/call-{number:04}.mp3")
    return Message(
        queue_arn=QUEUE.arn,
        message_id=f"00000000-0000-4000-8000-{number:012}",
        receipt_handle=f"handle-{number}",
        body=told,
        attributes={"tenant": MessageAttribute("String", "acme")},
        system_attributes={"SenderId": "AIDAJ45Q7YFFAREXAMPLE"},
        receive_count=1,
        receives_left=left,
        sent_at=START - timedelta(seconds=34 + number),
        first_received_at=START,
        parse=parsed_body,
    )


MESSAGES = (
    message(1),
    message(2, "uploads/2026/11/23/voicemail+from+J%C3%BCrgen.mp3"),
    message(3, left=0),
    message(4, text="not an event at all"),
)

PLAN = PeekPlan(
    queue=QUEUE,
    visible=12,
    in_flight=3,
    retention=345_600,
    max_receive_count=3,
    live=True,
    why_live="every queue that is not a DLQ counts as live",
    cost="A peek costs each message 1 of 3 attempts.",
    refusal=None,
    at_risk=0,
)
REFUSED_PLAN = replace(
    PLAN,
    refusal=(
        "1 message is known to have one attempt left or none: a peek could take it from the "
        "consumer. Use --spend-last-attempt to do it all the same."
    ),
    at_risk=1,
)
SUMMARY = PeekSummary(received=4, matched=4, released=4, held=0, withheld=0)


def view_of(event: S3Event) -> ObjectView:
    """The object as S3 has it, with audio."""
    head = ObjectHead(
        event.bucket, event.key, 4_211_904, "9e107d9d372bb6826bd81d3542a419d6", None,
        START - timedelta(seconds=35), "audio/mpeg", None, "AES256", {"client": "ios"},
    )  # fmt: skip
    audio = AudioInfo(
        263.2, 128_000, "CBR", 44_100, 2, "joint stereo",
        (("TIT2", "Call 1"), ("TPE1", "Support")), 4_096,
    )  # fmt: skip
    return ObjectView(event.bucket, event.key, START, head, False, None, None, audio, None)


def gone(event: S3Event) -> ObjectView:
    return ObjectView(event.bucket, event.key, START, None, True, None, None, None, None)


def report(ok: bool | None = True, minutes_ago: int = 0) -> UploadReport:
    steps = (
        UploadStep("upload", "pass", 0.041, "8,093 bytes as event-console-test/x.mp3"),
        UploadStep("event", "pass" if ok else "fail", 1.21, "ObjectCreated:Put after 1.2 s"),
        UploadStep("verify", "pass" if ok else "skipped", 0.001, "bucket, key, size and ETag"),
        UploadStep("read", "pass" if ok else "skipped", 0.03, "2.0 s at 32 kbit/s, 4 tags"),
        UploadStep("clean-up", "pass", 0.05, "message deleted; object deleted"),
    )
    conclusions: dict[bool | None, str] = {
        True: "The path works: upload to event took 1.21 s.",
        False: "No event came within 60 s: the rule joint is broken.",
        None: "A live consumer took the event first: neither proof nor failure.",
    }
    return UploadReport(
        ok=ok,
        bucket=BUCKET,
        key=f"event-console-test/20261123T0213-{minutes_ago}.mp3",
        steps=steps,
        upload_to_event_seconds=1.21 if ok else None,
        taken_by_consumer=ok is None,
        root_causes=(),
        started_at=START - timedelta(minutes=minutes_ago),
        conclusion=conclusions[ok],
    )


def operation(number: int, kind: str = "peek", state: str = "done") -> OperationRecord:
    at = START - timedelta(minutes=number)
    return OperationRecord(
        id=f"20261123T0213{number:02}-abc{number:03}",
        kind=kind,
        pipeline="audio-prod",
        queue_arn=QUEUE.arn,
        caller_arn=PIPELINE.identity.arn if PIPELINE.identity else "",
        intent="receive up to 10 messages of the queue once, releasing them at the end",
        started_at=at,
        ended_at=None if state == "running" else at + timedelta(seconds=3),
        state=state,  # type: ignore[arg-type]
        parameters={},
        summary={} if state == "running" else {"received": 10, "released": 9, "unreleased": 1},
    )


OPERATIONS = (
    operation(1, state="running"),
    operation(2),
    operation(3, "upload-test", "failed"),
    operation(4, state="interrupted"),
)
MOVED = MoveReport("20261123T021307-aa0001", "selected", 37, 1, 2, 3, 4, ("1 message: too large",))
ENTRIES = (
    EntryRecord("x", 1, "receive", "up to 10 messages", START, START, "10 received", None),
    EntryRecord("x", 2, "release", "00000000-0000-4000-8000-000000000001", START, START,
                "failed", "ReceiptHandleIsInvalid"),
    EntryRecord("x", 3, "release", "00000000-0000-4000-8000-000000000002", START, None, None, None),
)  # fmt: skip
TASK = MoveTask(
    DLQ.arn, "RUNNING", 120, 400, "handle", QUEUE.arn, 50, started_at=START - timedelta(minutes=2)
)
MOVES = (
    replace(
        operation(5, "redrive", "done"),
        queue_arn=DLQ.arn,
        intent=f"move 41 chosen by id of {DLQ.name} to the queue each came from",
        summary={"moved": 37, "failed": 1, "skipped": 2, "possibly_duplicated": 1, "remaining": 4,
                 "reasons": ["1 message: too large", "2 not found: taken by a consumer, or gone"]},
    ),
    replace(operation(6, "delete", "interrupted"), queue_arn=DLQ.arn,
            intent=f"delete 8 chosen by id from {DLQ.name}", summary={"deleted": 3}),
)  # fmt: skip
_HEAD = "00000000-0000-4000-8000-0000000000"
MOVE_ENTRIES = (
    EntryRecord("x", 1, "receive", "up to 10 messages", START, START, "10 received", None),
    *(EntryRecord("x", n, "redrive", f"{_HEAD}{n:02}", START, START, "moved", None, f"{_HEAD}9{n}")
      for n in range(2, 6)),
    EntryRecord("x", 6, "redrive", f"{_HEAD}06", START, START, "failed", "too large"),
    EntryRecord("x", 7, "redrive", f"{_HEAD}07", START, START, "through",
                "its lease had run out", f"{_HEAD}97"),
    EntryRecord("x", 8, "redrive", f"{_HEAD}08", START, None, None, None),
    EntryRecord("x", 9, "release", f"{_HEAD}09", START, START, "released", None),
)  # fmt: skip


def change(
    call: str, minutes_ago: int, *fields: FieldChange, error: str | None = None, **more: Any
) -> Change:
    """A change as CloudTrail tells it."""
    event = TrailEvent(
        event_id=f"{call}-{minutes_ago}",
        name=call,
        at=START - timedelta(minutes=minutes_ago),
        who=f"arn:aws:sts::{ACCOUNT}:assumed-role/OnCall/alice",
        user_agent="aws-cli/2.31",
        source_ip="198.51.100.7",
        error=error,
    )
    subject = {"resource": "queue", "name": NAME, **more}
    return Change(event, fields=fields, **subject)


TRAIL = TrailReport(
    changes=(
        change("PurgeQueue", 5, error="AccessDenied: not yours"),
        change(
            "SetQueueAttributes",
            42,
            FieldChange("MessageRetentionPeriod", "345600", "60", before_known=True),
            FieldChange("DelaySeconds", None, "5"),
        ),
        change(
            "PutBucketNotification",
            300,
            FieldChange("NotificationConfiguration.QueueConfiguration[mp3].Id", "mp3", None, True),
            resource="bucket",
            name=BUCKET,
        ),
    ),
    since=START - timedelta(hours=24),
    until=START,
    notes=("CloudTrail can take 15 minutes.", "No PutObject and no SendMessage is there."),
)


TRACED = Trace(
    BUCKET,
    "in/[/song].mp3",
    (
        TraceStep("created", "yes", "s3:HeadObject", "4.1 kB, ETag e.", START),
        TraceStep("matched", "no", "s3:GetBucketNotificationConfiguration", "Rule r: \x1b[31m no."),
        TraceStep("in_flight", "unknown", "sqs:GetQueueAttributes", "4 messages in flight."),
    ),
    "lost",
    "No event was sent for it: no rule fires.",
    ("filter.suffix-case",),
)
