"""One event of the event history: whatever stands in it, it is read as far as it can be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.aws.trail_records import trail_event
from console.models.trail import TrailEvent
from console.operations.trail_changes import changes_of
from console.operations.trail_families import FAMILIES
from console.operations.trail_fields import fields_of
from console.operations.trail_subjects import Subjects
from tests.fakes import QUEUE, START
from tests.unit.trail_samples import ALICE, attributes, event, raw

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from(
    [
        "userIdentity", "requestParameters", "responseElements", "errorCode", "errorMessage",
        "eventTime", "eventID", "resources", "userAgent", "sourceIPAddress", "attributes",
        "queueUrl", "taskHandle", "recipientAccountId", "Statement", "Name", "Value", "Sid",
    ]
)  # fmt: skip
LIKE_AN_EVENT = st.dictionaries(FIELDS, st.recursive(
    JSON, lambda inner: st.dictionaries(FIELDS, inner, max_size=4) | st.lists(inner, max_size=3)
), max_size=6)  # fmt: skip
EVERYTHING = Subjects("uploads", QUEUE, QUEUE, "1234")


def test_all_that_an_event_tells() -> None:
    found = event("SetQueueAttributes", 5, attributes(VisibilityTimeout="100"))
    assert found == TrailEvent(
        event_id="SetQueueAttributes-5",
        name="SetQueueAttributes",
        at=START - timedelta(minutes=5),
        who=ALICE,
        user_agent="aws-cli/2.31",
        source_ip="198.51.100.7",
        account="111122223333",
        parameters=attributes(VisibilityTimeout="100"),
    )


def test_a_refused_call_says_why() -> None:
    refused = event("PurgeQueue", errorCode="AccessDenied", errorMessage="not yours")
    assert refused.error == "AccessDenied: not yours"
    assert event("PurgeQueue", errorCode="AccessDenied").error == "AccessDenied"


@pytest.mark.parametrize("text", [None, "", "no JSON", "[]", "7", "{", '{"a":' * 5000, b"{}"])
def test_without_a_record_the_rest_counts(text: Any) -> None:
    found = trail_event({**raw("PurgeQueue"), "CloudTrailEvent": text})
    assert (found.name, found.who, found.at) == ("PurgeQueue", "alice", START)
    assert found.parameters == {}
    assert found.error is None


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        ({"type": "Root", "arn": "arn:aws:iam::1:root"}, "arn:aws:iam::1:root"),
        ({"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"},
         "cloudformation.amazonaws.com"),
        ({"type": "AWSAccount", "principalId": "AIDA", "accountId": "1"}, "AIDA"),
        ({}, "alice"),
        ("nonsense", "alice"),
    ],
)  # fmt: skip
def test_who_it_was(identity: Any, who: str) -> None:
    assert event("PurgeQueue", userIdentity=identity).who == who


def test_times_are_utc_wherever_they_come_from() -> None:
    east = START.astimezone(timezone(timedelta(hours=9)))
    assert trail_event({"EventTime": east}).at == START
    assert trail_event({"EventTime": east}).at.tzinfo is UTC
    written = {"CloudTrailEvent": json.dumps({"eventTime": "2026-11-23T02:13:07Z"})}
    assert trail_event(written).at == START
    assert trail_event({}).at == datetime.fromtimestamp(0, UTC)


def test_secrets_are_taken_out() -> None:
    link = "https://uploads.s3.amazonaws.com/a?X-Amz-Signature=0123abcd&X-Amz-Date=1"
    found = event("PurgeQueue", userAgent=link, errorCode="E", errorMessage=link)
    assert "0123abcd" not in f"{found}"
    told = fields_of({"Policy": {"url": link, link: 1}})
    assert "0123abcd" not in f"{told}"


@given(raw=st.dictionaries(
    st.sampled_from(["EventId", "EventName", "EventTime", "Username", "Resources"]), JSON),
    record=JSON | LIKE_AN_EVENT)  # fmt: skip
def test_no_shape_makes_it_fail(raw: dict[str, Any], record: Any) -> None:
    found = trail_event({**raw, "CloudTrailEvent": json.dumps(record)})
    assert found.at.tzinfo is UTC
    for family in FAMILIES:
        for change in changes_of([found], family, EVERYTHING):
            assert all(isinstance(field.after, str | None) for field in change.fields)


@given(JSON)
def test_any_document_has_plain_values(document: Any) -> None:
    for path, value in fields_of(document).items():
        assert isinstance(path, str)
        assert isinstance(value, str)


def test_what_is_nested_without_end_is_cut() -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = {"a": [deep]}
    (value,) = fields_of(deep).values()
    assert "too deep" in value
