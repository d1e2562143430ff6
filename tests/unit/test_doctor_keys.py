"""Keys that are nearly the same, rules that overlap, patterns of EventBridge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.models.notification import NotificationRule
from console.models.routes import BusRule
from console.notification import decode_filter, explain_match
from console.operations.doctor.asked import Asked
from console.operations.doctor.bus_patterns import taken
from console.operations.doctor.destination_checks import overlap
from console.operations.doctor.known_events import Upload
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


UPLOADS = Upload("uploads", region="us-east-2", account="111122223333")
OTHER_THAN_OURS = {"anything-but": "uploads"}


def on_bucket(name: object) -> dict[str, Any]:
    return {"source": ["aws.s3"], "detail": {"bucket": {"name": [name]}}}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.s3"]}, True),
        (on_bucket("uploads"), True),
        (on_bucket({"prefix": "up"}), True),
        ({"detail-type": ["Object Created", "Object Deleted"]}, True),
        ({"resources": ["arn:aws:s3:::uploads"], "region": [{"prefix": "us-"}]}, True),
        ({"account": ["111122223333"]}, True),
        ({"source": ["aws.ec2"]}, False),
        ({"source": ["aws.s3"], "detail-type": ["Object Deleted"]}, False),
        (on_bucket("other"), False),
        (on_bucket({"prefix": "zzz"}), False),
        (on_bucket(OTHER_THAN_OURS), False),
        ({"resources": ["arn:aws:s3:::other"]}, False),
        ({"region": ["us-east-1"]}, False),
        ({"account": ["444455556666"]}, False),
        ({"kind": ["audio"]}, False),
        (on_bucket({"sounds-like": "uploads"}), None),
        ({"detail": {"requester": ["111122223333"]}}, None),
        ({"source": "aws.s3", "detail": [], "bucket": None}, None),
        (None, False),
    ],
)
def test_what_a_bus_rule_takes(pattern: dict[str, Any] | None, expected: bool | None) -> None:
    found = taken(BusRule("r", True, pattern), UPLOADS)
    assert found.judgement.matches is expected
    assert bool(found.rules) is (expected is not False)
    assert taken(BusRule("r", False, pattern), UPLOADS).rules == ()


def test_what_is_not_known_of_the_upload_is_neither_taken_nor_refused() -> None:
    for pattern in ({"account": ["1"]}, {"region": ["us-east-1"]}):
        found = taken(BusRule("r", True, pattern), Upload("uploads")).judgement
        assert (found.matches, found.parts) == (None, tuple(pattern))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["in/a.mp3"], True),
        (["in/other.mp3"], False),
        ([{"suffix": ".mp3"}], True),
        ([{"suffix": {"equals-ignore-case": ".MP3"}}], True),
        ([{"anything-but": {"suffix": ".mp3"}}], False),
        ([{"anything-but": {"suffix": ".wav"}}], True),
        ([{"wildcard": "in/*.mp3"}], True),
        ([{"wildcard": "*/x/*.mp3"}], False),
        ([{"exists": True}], True),
    ],
)
def test_the_key_that_is_asked_about_decides(wanted: list[Any], expected: bool) -> None:
    rule = BusRule("r", True, {"detail": {"object": {"key": wanted}}})
    found = taken(rule, replace(UPLOADS, key="in/a.mp3"))
    assert found.judgement.matches is expected
    assert found.judgement.parts == (() if expected else ("detail.object.key",))
    assert bool(found.rules) is expected
    assert taken(rule, UPLOADS).judgement.matches is True


def test_a_prefix_or_suffix_that_refuses_the_key_stays_to_be_told_of() -> None:
    keys = ["in/other.mp3", {"suffix": ".wav"}, {"wildcard": "*/x/*.WAV"}]
    rule = BusRule("r", True, {"detail": {"object": {"key": keys}}})
    found = taken(rule, replace(UPLOADS, key="in/a.mp3"))
    assert [one.suffix for one in found.rules] == [".wav", ".WAV"]


def test_a_size_decides_where_it_is_known() -> None:
    rule = BusRule("r", True, {"detail": {"object": {"size": [{"numeric": [">", 5]}]}}})
    asked = replace(UPLOADS, key="a")
    sizes = (None, 5, 6)
    found = [taken(rule, replace(asked, size=size)).judgement.matches for size in sizes]
    assert found == [None, False, True]


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


PUT, POST = "s3:ObjectCreated:Put", "s3:ObjectCreated:Post"
PARTS = "s3:ObjectCreated:CompleteMultipartUpload"


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
        ({"reason": ["PutObject", {"prefix": "Com"}]}, [((PUT, PARTS), None, None)]),
        ({"reason": [{"anything-but": "CopyObject"}]}, [((PUT, POST, PARTS), None, None)]),
        (
            {"$or": [{"reason": ["PutObject"]}, {"reason": [{"exists": False}]}]},
            [((PUT,), None, None)],
        ),
        ({"object": {"key": [{"wildcard": "in/*/x*.mp3"}]}}, [((), "in/", ".mp3")]),
    ],
)
def test_a_bus_rule_read_as_rules(detail: dict[str, Any], expected: list[Any]) -> None:
    read = taken(BusRule("r", True, {"detail": detail}), UPLOADS)
    assert [(one.events, one.prefix, one.suffix) for one in read.rules] == expected


@pytest.mark.parametrize(
    ("bucket", "expected"),
    [("a--use1-az4--x-s3", True), ("a--x-s3", False), ("uploads", False)],
)
def test_directory_buckets_are_known_by_name(bucket: str, expected: bool) -> None:
    assert is_directory_bucket(bucket) is expected
