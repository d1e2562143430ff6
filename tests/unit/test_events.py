"""Message bodies of every version and wrapping, and hostile ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.events import compare_sequencers, parse_body
from console.models.event import ParsedBody, S3Event


def record(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-2",
        "eventTime": "2026-11-23T13:05:09.007Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "mp3-to-queue",
            "bucket": {"name": "calls", "arn": "arn:aws:s3:::calls"},
            "object": {
                "key": "in/caf%C3%A9+1%2B1.mp3",
                "size": 4321,
                "eTag": "0cc175b9c0f1b6a831c399e269772661",
                "sequencer": "0055AED6DCD90281E5",
            },
        },
    }
    return fields | changes


def records(*items: object) -> str:
    return json.dumps({"Records": list(items)})


def object_with(**changes: Any) -> dict[str, Any]:
    return record(s3={"bucket": {"name": "calls"}, "object": {"key": "k"} | changes})


def sns(message: str, **changes: Any) -> str:
    return json.dumps({"Type": "Notification", "MessageId": "m", "Message": message} | changes)


def eventbridge(detail_type: str = "Object Created", **detail: Any) -> str:
    item = {"key": "a+b%20c.mp3", "size": 7, "etag": "e", "version-id": "v1", "sequencer": "0A"}
    return json.dumps(
        {
            "version": "0",
            "detail-type": detail_type,
            "source": "aws.s3",
            "time": "2026-11-23T13:05:09Z",
            "region": "us-east-2",
            "detail": {"bucket": {"name": "calls"}, "object": item} | detail,
        }
    )


TEST_EVENT = json.dumps(
    {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "calls", "RequestId": "r"}
)


def only_event(body: str) -> S3Event:
    (event,) = parse_body(body).events
    return event


def test_an_s3_event_is_read_and_its_key_decoded() -> None:
    parsed = parse_body(records(record()))
    assert parsed == ParsedBody("s3", parsed.events)
    assert parsed.events[0] == S3Event(
        name="ObjectCreated:Put",
        bucket="calls",
        key="in/café 1+1.mp3",
        raw_key="in/caf%C3%A9+1%2B1.mp3",
        size=4321,
        etag="0cc175b9c0f1b6a831c399e269772661",
        sequencer="0055AED6DCD90281E5",
        time=datetime(2026, 11, 23, 13, 5, 9, 7000, tzinfo=UTC),
        raw_name="ObjectCreated:Put",
        event_version="2.1",
        region="us-east-2",
        rule_id="mp3-to-queue",
    )


def test_a_delete_has_only_a_key_and_a_sequencer() -> None:
    event = only_event(records(object_with(sequencer="0C")))
    assert (event.size, event.etag, event.version_id) == (None, None, None)
    assert event.sequencer == "0C"


@pytest.mark.parametrize("version", ["2.0", "2.1", "2.6", "2.99"])
def test_minor_versions_are_equal(version: str) -> None:
    assert parse_body(records(record(eventVersion=version))).note is None


def test_another_major_version_is_read_and_said() -> None:
    parsed = parse_body(records(record(eventVersion="3.0")))
    assert parsed.kind == "s3"
    assert "3.0" in (parsed.note or "")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("s3:ObjectCreated:Put", "ObjectCreated:Put"), ("ObjectNew:Thing", "ObjectNew:Thing")],
)
def test_event_names_lose_an_odd_prefix_and_may_be_unknown(raw: str, shown: str) -> None:
    event = only_event(records(record(eventName=raw)))
    assert (event.name, event.raw_name) == (shown, raw)


@pytest.mark.parametrize(
    ("given_fields", "expected"),
    [
        ({}, (None, None)),
        ({"versionId": ""}, (None, "")),
        ({"versionId": "null"}, (None, "null")),
        ({"versionId": "v1"}, ("v1", "v1")),
        ({"versionId": 5}, (None, None)),
    ],
)
def test_version_ids(given_fields: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    event = only_event(records(object_with(**given_fields)))
    assert (event.version_id, event.raw_version_id) == expected


def test_several_records_are_several_events() -> None:
    parsed = parse_body(records(record(), object_with(key="second")))
    assert [event.key for event in parsed.events] == ["in/café 1+1.mp3", "second"]


def test_a_record_that_cannot_be_read_is_counted() -> None:
    parsed = parse_body(records(record(), {"eventSource": "aws:s3"}, "text"))
    assert len(parsed.events) == 1
    assert parsed.note == "2 of 3 records are no readable S3 event"


def test_an_s3_compatible_server_may_name_itself() -> None:
    assert parse_body(records(record(eventSource="minio:s3"))).kind == "s3"


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("", "not JSON"),
        ("plain text", "not JSON"),
        ("[1]", "JSON, but not an object"),
        ("null", "JSON, but not an object"),
        ("{}", "JSON, but no S3 event"),
        (records(), "an empty list of records"),
        (records(record(eventSource="aws:sqs")), "records of aws:sqs, not of S3"),
        (records(record(s3=None)), "records without a bucket and key"),
        (json.dumps({"Records": "no list"}), "JSON, but no S3 event"),
        (sns("hello"), "an SNS notification; its message is not JSON"),
        (
            sns("x", Type="SubscriptionConfirmation"),
            "from SNS, but not a notification: SubscriptionConfirmation",
        ),
        (
            json.dumps({"source": "aws.s3", "detail-type": "AWS API Call via CloudTrail"}),
            "from EventBridge, but without a bucket and key",
        ),
    ],
)
def test_anything_else_is_other_and_says_what_it_is(body: str, note: str) -> None:
    assert parse_body(body) == ParsedBody("other", note=note)


def test_the_test_event() -> None:
    assert parse_body(TEST_EVENT) == ParsedBody("s3-test-event")
    assert parse_body(sns(TEST_EVENT)).kind == "s3-test-event"


def test_sns_wrapping_leaves_an_s3_event() -> None:
    parsed = parse_body(sns(records(record())))
    assert (parsed.kind, parsed.note) == ("s3", None)
    assert parsed.events[0].wrapped_by == "sns"
    assert parsed.events[0].key == "in/café 1+1.mp3"


def test_wrapping_is_unwrapped_up_to_a_bound() -> None:
    body = records(record())
    for depth in range(1, 4):
        body = sns(body)
        assert parse_body(body).kind == "s3", depth
    assert "more than once" in (parse_body(body).note or "")
    assert parse_body(sns(body)).kind == "other"


def test_eventbridge_keys_are_not_decoded() -> None:
    parsed = parse_body(eventbridge(reason="PutObject"))
    assert parsed.kind == "eventbridge"
    assert parsed.events[0] == S3Event(
        name="ObjectCreated:Put",
        bucket="calls",
        key="a+b%20c.mp3",
        raw_key="a+b%20c.mp3",
        size=7,
        etag="e",
        version_id="v1",
        sequencer="0A",
        time=datetime(2026, 11, 23, 13, 5, 9, tzinfo=UTC),
        wrapped_by="eventbridge",
        raw_name="Object Created",
        raw_version_id="v1",
        region="us-east-2",
    )


def test_eventbridge_inside_sns_stays_eventbridge() -> None:
    parsed = parse_body(sns(eventbridge()))
    assert (parsed.kind, parsed.note) == ("eventbridge", "wrapped by SNS")
    assert parsed.events[0].wrapped_by == "eventbridge"
    assert parsed.events[0].key == "a+b%20c.mp3"


@pytest.mark.parametrize(
    ("detail_type", "detail", "name"),
    [
        ("Object Created", {"reason": "POST Object"}, "ObjectCreated:Post"),
        ("Object Created", {"reason": "CopyObject"}, "ObjectCreated:Copy"),
        ("Object Created", {}, "Object Created"),
        ("Object Created", {"reason": ["PutObject"]}, "Object Created"),
        (
            "Object Deleted",
            {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"},
            "ObjectRemoved:Delete",
        ),
        (
            "Object Deleted",
            {"reason": "Lifecycle Expiration", "deletion-type": "Delete Marker Created"},
            "LifecycleExpiration:DeleteMarkerCreated",
        ),
        ("Object Deleted", {}, "Object Deleted"),
        ("Object Tags Added", {}, "ObjectTagging:Put"),
        ("Object Sent To The Moon", {}, "Object Sent To The Moon"),
    ],
)
def test_eventbridge_names(detail_type: str, detail: dict[str, Any], name: str) -> None:
    event = only_event(eventbridge(detail_type, **detail))
    assert (event.name, event.raw_name) == (name, detail_type)


@pytest.mark.parametrize("size", [-1, 1.5, "12", True, None, 10**30])
def test_a_size_that_is_none_is_unknown(size: object) -> None:
    assert only_event(records(object_with(size=size))).size is None


@pytest.mark.parametrize(
    "time", ["date", "", "2026-11-23T10:00:00", "0001-01-01T00:00:00+10:00", 5, None]
)
def test_a_time_that_is_none_is_unknown(time: object) -> None:
    assert only_event(records(record(eventTime=time))).time is None


def test_a_time_of_another_zone_becomes_utc() -> None:
    event = only_event(records(record(eventTime="2026-11-23T10:00:00+05:30")))
    assert event.time == datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
    assert str(event.time).endswith("+00:00")


def test_a_key_of_broken_encoding_keeps_its_raw_form() -> None:
    parsed = parse_body(records(object_with(key="a%FF")))
    assert parsed.events[0].raw_key == "a%FF"
    assert parsed.note == "a key is not valid UTF-8"


def with_raw_size(size: str) -> str:
    return records(object_with(size=12345)).replace("12345", size)


@pytest.mark.parametrize("size", ["9" * 5000, "-" + "9" * 5000, "NaN", "-Infinity", "1e999"])
def test_a_strange_number_does_not_hide_the_event(size: str) -> None:
    assert only_event(with_raw_size(size)).size is None


def test_of_duplicated_names_the_last_counts() -> None:
    body = records(record()).replace('"key":', '"key": "first", "key":')
    assert only_event(body).raw_key == "in/caf%C3%A9+1%2B1.mp3"


def test_lone_surrogates_are_kept_as_they_are() -> None:
    assert only_event(records(object_with(key="\ud800+x"))).key == "\ud800 x"


@pytest.mark.parametrize(
    "body",
    ["[" * 200_000, '{"a":' * 200_000, '{"Records":' + "[" * 100_000 + "]" * 100_000 + "}"],
    ids=["open", "objects", "closed"],
)
def test_deep_nesting_is_other(body: str) -> None:
    assert parse_body(body) == ParsedBody("other", note="nested too deeply to be an event")


def test_a_body_beyond_any_message_is_not_parsed() -> None:
    assert parse_body(records(record()) + " " * 2_100_000).kind == "other"


def test_very_many_records_are_bounded() -> None:
    parsed = parse_body(records(*[object_with()] * 3000))
    assert len(parsed.events) == 1000
    assert "2000 of 3000" in (parsed.note or "")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=10,
)


@given(st.text(max_size=200))
def test_no_text_raises(body: str) -> None:
    assert parse_body(body).kind in {"s3", "s3-test-event", "eventbridge", "other"}


@given(st.data())
def test_no_value_in_no_field_raises(data: st.DataObject) -> None:
    """Put any JSON value in the place of any field of a real event."""
    whole = data.draw(
        st.sampled_from([records(record()), eventbridge(), sns(records(record())), TEST_EVENT])
    )
    document = json.loads(whole)
    place, names = document, st.sampled_from
    while True:
        key = data.draw(names(list(place) if isinstance(place, dict) else list(range(len(place)))))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(json_values)
    parsed = parse_body(json.dumps(document))
    assert bool(parsed.events) == (parsed.kind in {"s3", "eventbridge"})
    assert parsed.kind != "other" or parsed.note


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("0A", "0B", -1),
        ("0b", "0A", 1),
        ("A", "0a", 0),
        ("FF", "100", -1),
        ("0", "00", 0),
        ("Happy Sequencer", "0A", None),
        ("0x1", "1", None),
        ("", "1", None),
        ("-1", "1", None),
        (None, "1", None),
        ("1", None, None),
    ],
)
def test_sequencers(first: str | None, second: str | None, expected: int | None) -> None:
    assert compare_sequencers(first, second) == expected


@given(st.integers(0, 2**80), st.integers(0, 2**80), st.integers(0, 5))
def test_sequencers_compare_as_numbers(a: int, b: int, zeros: int) -> None:
    assert compare_sequencers("0" * zeros + f"{a:X}", f"{b:x}") == (a > b) - (a < b)
