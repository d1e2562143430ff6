"""Keys that are nearly the same, rules that overlap, patterns of EventBridge."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.models.notification import NotificationRule
from console.models.routes import BusRule
from console.notification import decode_filter, explain_match
from console.operations.doctor.asked import Asked
from console.operations.doctor.bus_patterns import as_rules, carries
from console.operations.doctor.destination_checks import overlap
from console.operations.doctor.paths import is_directory_bucket
from console.operations.doctor.similar_keys import (
    beginnings,
    same_but_for_writing,
    same_name_elsewhere,
    writings,
)

CREATED = ("s3:ObjectCreated:*",)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="%"), min_size=1))
def test_every_writing_of_a_key_is_recognised(key: str) -> None:
    for other in writings(key):
        if other != key:
            assert same_but_for_writing(key, [other]) == [other]


@given(st.text())
def test_beginnings_are_begun_by_the_key_and_none_is_everything(key: str) -> None:
    found = beginnings(key) if key.isprintable() else ()
    assert all(found)
    assert not key.isprintable() or not key.strip("/. ") or key.startswith(found[0])


def test_other_keys_are_no_writings() -> None:
    others = ["in/song-2.mp3", "in/song.mp3.bak", "in/songs.mp3", "in/song.wav"]
    assert same_but_for_writing("in/song.mp3", others) == []
    assert same_name_elsewhere("in/song.mp3", others) == []
    assert same_name_elsewhere("in/song.mp3", ["b/in/Song.mp3"]) == ["b/in/Song.mp3"]


def made(
    prefix: str | None, suffix: str | None, events: tuple[str, ...] = CREATED
) -> NotificationRule:
    return NotificationRule("r", "queue", "arn:q", events, prefix, suffix)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (made(None, None), made("in/", ".mp3"), True),
        (made("in/", ".mp3"), made("in/new/", "3"), True),
        (made(None, ".jpg"), made(None, "pg"), True),
        (made(None, ".mp3"), made(None, ".MP3"), False),
        (made("in/", None), made("out/", None), False),
        (made("a%3D1/", None), made("a=1/", None), True),
        (made(None, None, ("s3:ObjectCreated:Put",)), made(None, None), True),
        (made(None, None, ("s3:ObjectRemoved:*",)), made(None, None), False),
        (
            made(None, None, ("s3:ObjectCreated:Put",)),
            made(None, None, ("s3:ObjectCreated:Copy",)),
            False,
        ),
    ],
)
def test_overlap(a: NotificationRule, b: NotificationRule, expected: bool) -> None:
    assert overlap(a, b) is overlap(b, a) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.s3"]}, True),
        ({"source": ["aws.s3"], "detail": {"bucket": {"name": ["uploads"]}}}, True),
        ({"source": ["aws.s3"], "detail": {"bucket": {"name": [{"prefix": "up"}]}}}, True),
        ({"detail-type": ["Object Created", "Object Deleted"]}, True),
        ({"source": ["aws.ec2"]}, False),
        ({"source": ["aws.s3"], "detail-type": ["Object Deleted"]}, False),
        ({"source": ["aws.s3"], "detail": {"bucket": {"name": ["other"]}}}, False),
        ({"source": "aws.s3", "detail": [], "bucket": None}, True),
        (None, False),
    ],
)
def test_what_a_bus_rule_carries(pattern: dict[str, Any] | None, expected: bool) -> None:
    assert carries(BusRule("r", True, pattern), "uploads") is expected
    assert carries(BusRule("r", False, pattern), "uploads") is False


ENDS = st.none() | st.text("ab/.=+*%3D", max_size=4)


@given(ENDS, ENDS, ENDS, ENDS, st.text(max_size=5))
def test_what_has_no_obstacle_fires_for_every_expected_key(
    prefix: str | None, suffix: str | None, wanted: str | None, ending: str | None, middle: str
) -> None:
    rule = made(prefix or None, suffix or None)
    if Asked(None, wanted, ending).obstacles(rule):
        return
    # A filter of which nothing was said, or that was given as it is written, may be anything.
    start = decode_filter(prefix or "") if wanted in (None, prefix) else wanted
    end = decode_filter(suffix or "") if ending in (None, suffix) else ending
    assert explain_match(rule, f"{start}{middle}{end}", "ObjectCreated:Put").matches


PUT, PARTS = "s3:ObjectCreated:Put", "s3:ObjectCreated:CompleteMultipartUpload"


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({}, [((), None, None)]),
        ({"object": {"key": [{"suffix": ".mp3"}]}}, [((), None, ".mp3")]),
        ({"object": {"key": [{"prefix": "a=1/"}, "x"]}}, [((), "a%3D1/", None), ((), None, None)]),
        ({"object": {"key": [{"wildcard": "in/*.mp3"}]}}, [((), "in/", ".mp3")]),
        ({"object": {"key": [{"wildcard": "*in*"}]}}, [((), None, None)]),
        ({"object": {"key": [{"suffix": {"equals-ignore-case": "3"}}]}}, [((), None, None)]),
        ({"reason": ["PutObject", "CompleteMultipartUpload"]}, [((PUT, PARTS), None, None)]),
        ({"reason": ["PutObject", {"prefix": "Co"}]}, [((), None, None)]),
    ],
)
def test_a_bus_rule_read_as_rules(detail: dict[str, Any], expected: list[Any]) -> None:
    read = as_rules(BusRule("r", True, {"detail": detail}))
    assert [(one.events, one.prefix, one.suffix) for one in read] == expected


@pytest.mark.parametrize(
    ("bucket", "expected"),
    [("a--use1-az4--x-s3", True), ("a--x-s3", False), ("uploads", False)],
)
def test_directory_buckets_are_known_by_name(bucket: str, expected: bool) -> None:
    assert is_directory_bucket(bucket) is expected
