"""The JSON documents: keys as they are promised, unknown as null, raw text ASCII-escaped."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.documents.messages import message_document, peek_summary_document
from console.documents.pipeline import config_document, status_document
from console.documents.upload import upload_document
from console.documents.values import to_json
from console.errors import AwsError
from console.models.event import ParsedBody, S3Event
from console.models.inspection import Inspection
from console.models.message import Message, MessageAttribute
from console.models.peek import PeekSummary
from console.models.pipeline import Identity, Mode, Pipeline, QueueRef, Unknown
from console.models.status import Forecast, Rates, Source, StatusSnapshot
from console.models.upload import UploadReport, UploadStep

AT = datetime(2026, 11, 23, 12, 0, 0, tzinfo=timezone(timedelta(hours=1)))
QUEUE = QueueRef("q", "https://sqs/1/q", "arn:aws:sqs:us-east-2:123456789012:q")
DENIED = AwsError("access-denied", "Access denied", "No.", "Grant.", permission="sqs:X")


def pipeline(**changes: Any) -> Pipeline:
    values: dict[str, Any] = {
        "name": "p",
        "region": "us-east-2",
        "bucket": "b",
        "queue": QUEUE,
        "dlq": None,
        "identity": Identity("123456789012", "arn:me"),
        "mode": Mode(),
    }
    return Pipeline(**(values | changes))


def message(*events: S3Event, **changes: Any) -> Message:
    values: dict[str, Any] = {
        "queue_arn": QUEUE.arn,
        "message_id": "m",
        "receipt_handle": "handle",
        "body": "{}",
        "attributes": {},
        "system_attributes": {"SenderId": "s"},
        "receive_count": 1,
        "receives_left": None,
        "sent_at": AT,
        "first_received_at": None,
        "parse": lambda _: ParsedBody("s3" if events else "other", events),
    }
    return Message(**(values | changes))


def test_a_message_has_every_promised_key() -> None:
    event = S3Event("ObjectCreated:Put", "b", "k y", "k+y", time=AT, wrapped_by="sns")
    document = message_document(message(event))
    assert set(document) >= {
        "type", "queue", "message_id", "kind", "receive_count", "receives_left", "sent_at",
        "first_received_at", "event", "body", "attributes", "system_attributes",
    }  # fmt: skip
    assert document["event"] == {
        "name": "ObjectCreated:Put",
        "bucket": "b",
        "key": "k y",
        "size": None,
        "etag": None,
        "version_id": None,
        "sequencer": None,
        "time": "2026-11-23T11:00:00Z",
        "wrapped_by": "sns",
    }
    assert document["sent_at"] == "2026-11-23T11:00:00Z"
    assert document["receives_left"] is None
    assert "events" not in document
    assert "handle" not in to_json(document)


def test_several_records_stand_in_events() -> None:
    first, second = (S3Event("ObjectCreated:Put", "b", k, k) for k in "xy")
    document = message_document(message(first, second))
    assert document["event"]["key"] == "x"
    assert [event["key"] for event in document["events"]] == ["x", "y"]


def test_binary_attributes_are_base64() -> None:
    attributes = {"a": MessageAttribute("Binary", b"\x00"), "b": MessageAttribute("String", "t")}
    assert message_document(message(attributes=attributes))["attributes"] == {
        "a": {"type": "Binary", "value": "AA=="},
        "b": {"type": "String", "value": "t"},
    }


@given(st.text())
def test_texts_survive_as_ascii(body: str) -> None:
    line = to_json(message_document(message(body=body)))
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line)["body"] == body


def test_a_summary_has_every_promised_key() -> None:
    document = peek_summary_document(PeekSummary(3, 2, 2, 1, 4))
    assert document["type"] == "summary"
    assert [document[k] for k in ("received", "matched", "released", "held", "withheld")] == [
        3, 2, 2, 1, 4,
    ]  # fmt: skip


def test_an_upload_that_a_consumer_took_is_undecided() -> None:
    steps = (UploadStep("upload", "pass", 0.5, "d"), UploadStep("event", "skipped", None, ""))
    report = UploadReport(None, "b", "k", steps, None, True, (), AT, "taken")
    document = upload_document(report)
    assert document["ok"] is None
    assert document["taken_by_consumer"] is True
    assert document["upload_to_event_seconds"] is None
    assert document["steps"] == [
        {"name": "upload", "status": "pass", "seconds": 0.5, "detail": "d"},
        {"name": "event", "status": "skipped", "seconds": None, "detail": ""},
    ]


def snapshot(**changes: Any) -> StatusSnapshot:
    values: dict[str, Any] = {
        "at": AT,
        "queue": Source(error=DENIED),
        "dlq": Source(),
        "metrics": Source(error=DENIED),
        "alarms": Source(error=DENIED),
        "rates": None,
        "oldest_age_seconds": None,
        "dlq_oldest_age_seconds": None,
        "forecast": None,
    }
    return StatusSnapshot(**(values | changes))


def test_what_could_not_be_read_is_null_and_not_empty() -> None:
    document = status_document(pipeline(unknown=(Unknown("dlq", "denied"),)), snapshot())
    for name in ("queue", "dlq", "rates", "forecast", "alarms"):
        assert document[name] is None
    assert document["sources"]["sqs"] == {
        "ok": False,
        "at": None,
        "error": "No.",
        "error_kind": "access-denied",
        "remedy": "Grant.",
        "permission": "sqs:X",
    }
    assert document["pipeline"]["unknown"] == [{"field": "dlq", "reason": "denied"}]


def test_rates_and_forecast() -> None:
    document = status_document(
        pipeline(),
        snapshot(rates=Rates(1.5, 2.0, AT), forecast=Forecast(float("inf"), None)),
    )
    assert document["rates"]["in_per_minute"] == 1.5
    assert document["forecast"] == {"drains_in_seconds": None, "grows_per_minute": None}


def test_no_alarms_is_an_empty_list() -> None:
    document = status_document(pipeline(), snapshot(alarms=Source((), AT.astimezone(UTC))))
    assert document["alarms"] == []


def test_a_configuration_that_could_not_be_read() -> None:
    inspection = Inspection(
        notification=Source(error=DENIED),
        queue=Source(error=DENIED),
        dlq=Source(),
        policy=None,
        policy_error=None,
        differences=(),
    )
    document = config_document(pipeline(), inspection)
    assert document["notification"] is None
    assert document["queue"] is None
    assert set(document["sources"]) == {"notification", "queue"}


def test_numbers_that_json_lacks_become_null() -> None:
    assert to_json({"a": [float("nan"), {"b": float("inf")}]}) == '{"a": [null, {"b": null}]}'
