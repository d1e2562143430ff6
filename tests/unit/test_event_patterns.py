"""Event patterns and filter policies against what is known of an event."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.operations.doctor.event_patterns import (
    EVENTBRIDGE,
    SNS,
    Fields,
    Language,
    Unsaid,
    judge,
    wildcard_pieces,
)
from console.operations.doctor.known_events import Upload, in_the_body, on_the_bus
from console.policy.three import any_of, negation

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab*\\/.", max_size=4)
NAMES = st.sampled_from(
    [
        *("a", "detail", "object", "key", "Records", "s3", "$or", "exists", "numeric", "cidr"),
        *("prefix", "suffix", "wildcard", "anything-but", "equals-ignore-case"),
    ]
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
)
PATTERNS = st.dictionaries(NAMES, JSON, max_size=3)


def said(filter: object, value: object, language: Language = EVENTBRIDGE) -> bool | None:
    """What one filter says to a field of this value."""
    return judge({"a": [filter]}, Fields({"a": value}), language).matches


def nodes(value: Any) -> object:
    """JSON as an event."""
    if isinstance(value, dict):
        return Fields({name: nodes(one) for name, one in value.items()}, Unsaid.ABSENT)
    return [nodes(one) for one in value] if isinstance(value, list) else value


@given(PATTERNS, JSON, st.sampled_from([EVENTBRIDGE, SNS]))
def test_whatever_the_json_there_is_an_answer(
    pattern: dict[str, Any], event: Any, language: Language
) -> None:
    found = judge(pattern, nodes(event), language)
    assert found.matches in (True, False, None)
    assert bool(found.parts) is (found.matches is not True)


@given(PATTERNS, st.text("ab/*~. é"), st.none() | st.integers(0, 9))
def test_more_knowledge_never_turns_an_answer_round(
    pattern: dict[str, Any], key: str, size: int | None
) -> None:
    known, more = Upload("b"), Upload("b", region="us-east-2", account="1")
    for one, two in ((known, more), (Upload("b", key=key), Upload("b", key=key, size=size))):
        before = judge(pattern, on_the_bus(one, "PutObject"), EVENTBRIDGE).matches
        after = judge(pattern, on_the_bus(two, "PutObject"), EVENTBRIDGE).matches
        assert before in (None, after)
        before = judge(pattern, in_the_body(one, "r", "ObjectCreated:Put"), SNS).matches
        after = judge(pattern, in_the_body(two, "r", "ObjectCreated:Put"), SNS).matches
        assert before in (None, after)


TEXTS = st.text("ab*\\/.", max_size=5)
OPERATORS = ("prefix", "suffix", "equals-ignore-case", "wildcard")


@given(st.sampled_from(OPERATORS), st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
def test_anything_but_is_the_negation(operator: str, wanted: list[str], value: str) -> None:
    positive = any_of(said({operator: text}, value) for text in wanted)
    assert said({"anything-but": {operator: wanted}}, value) is negation(positive)
    equal = any_of(said(text, value) for text in wanted)
    assert said({"anything-but": wanted}, value) is negation(equal)


@given(st.lists(TEXTS, min_size=2, max_size=4), st.lists(TEXTS, min_size=3, max_size=3))
def test_a_wildcard_takes_what_it_was_made_from(pieces: list[str], between: list[str]) -> None:
    wanted = "*".join(p.replace("\\", "\\\\").replace("*", "\\*") for p in pieces)
    value = pieces[0] + "".join(b + p for b, p in zip(between, pieces[1:], strict=False))
    assert wildcard_pieces(wanted) == tuple(pieces)
    assert said({"wildcard": wanted}, value) is True


@given(SCALARS | st.lists(SCALARS), st.booleans())
def test_what_exists_is_what_is_there(value: object, wanted: bool) -> None:
    assert said({"exists": wanted}, value) is ((value != []) is wanted)
    assert said({"exists": wanted}, Unsaid.ABSENT) is not wanted
    assert said({"exists": wanted}, Unsaid.UNKNOWN) is None


@pytest.mark.parametrize(
    ("filter", "value", "expected"),
    [
        ("x", "x", True),
        ("x", "X", False),
        ("5", 5, False),
        (5, 5, True),
        (5.0, 5, None),
        (True, 1, False),
        (None, None, True),
        (None, "x", False),
        ("x", ["y", "x"], True),
        ("x", Fields({"b": "x"}), False),
        ({"exists": True}, Fields({"b": "x"}), False),
        ({"exists": "yes"}, "x", None),
        ({"prefix": ""}, "x", True),
        ({"prefix": "in/"}, 5, False),
        ({"prefix": {"equals-ignore-case": "IN/"}}, "in/a", True),
        ({"suffix": {"equals-ignore-case": ".MP3"}}, "a.wav", False),
        ({"suffix": {"prefix": "a"}}, "a", None),
        ({"equals-ignore-case": "A"}, "a", True),
        ({"wildcard": "a*a"}, "a", False),
        ({"wildcard": "a*b*c"}, "abbc", True),
        ({"wildcard": "a*"}, "b", False),
        ({"wildcard": r"a\*"}, "a*", True),
        ({"wildcard": r"a\*"}, "ab", False),
        ({"wildcard": r"a\b"}, "ab", None),
        ({"anything-but": "x"}, "y", True),
        ({"anything-but": ["x", "y"]}, "y", False),
        ({"anything-but": ["x", "y"]}, ["y", "z"], True),
        ({"anything-but": [1, 2]}, 3, True),
        ({"anything-but": {"prefix": "in/"}}, "in/a", False),
        ({"anything-but": {"suffix": [".mp3", ".wav"]}}, "a.ogg", True),
        ({"anything-but": {"cidr": "10.0.0.0/8"}}, "a", None),
        ({"anything-but": "x"}, Unsaid.ABSENT, False),
        ({"numeric": [">", 0, "<=", 5]}, 5, True),
        ({"numeric": [">", 0, "<=", 5]}, 5.5, False),
        ({"numeric": ["=", 5]}, 5.0, True),
        ({"numeric": ["=", 5]}, "5", False),
        ({"numeric": ["=", "5"]}, 5, None),
        ({"numeric": [">"]}, 5, None),
        ({"numeric": []}, 5, None),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.255", True),
        ({"cidr": "10.0.0.0/24"}, "10.0.1.0", False),
        ({"cidr": "10.0.0.0/24"}, "::1", False),
        ({"cidr": "::/0"}, "::1", True),
        ({"cidr": "10/24/x"}, "10.0.0.1", None),
        ({"cidr": "10.0.0.0/24"}, "here", False),
        ({"sounds-like": "x"}, "x", None),
        ({"prefix": "a", "suffix": "b"}, "ab", None),
        ("x", Unsaid.UNKNOWN, None),
        ({"anything-but": "x"}, Unsaid.UNKNOWN, None),
        ("x", Unsaid.ANY, True),
    ],
)
def test_what_a_filter_says(filter: object, value: object, expected: bool | None) -> None:
    assert said(filter, value) is expected


def test_every_field_must_match_and_those_that_do_not_are_named() -> None:
    event = Fields({"a": "x", "b": Fields({"c": "y", "d": "z"})}, Unsaid.ABSENT)
    pattern = {"a": ["x"], "b": {"c": ["n"], "d": ["z"]}, "e": {"f": ["g"]}}
    found = judge(pattern, event, EVENTBRIDGE)
    assert (found.matches, found.parts) == (False, ("b.c", "e.f"))
    found = judge({"a": [{"odd": 1}], "b": {"d": ["z"]}}, event, EVENTBRIDGE)
    assert (found.matches, found.parts) == (None, ("a",))


def test_one_of_the_alternatives_is_enough() -> None:
    event = Fields({"a": "x", "b": "y"}, Unsaid.ABSENT)
    either = {"$or": [{"a": ["n"]}, {"b": ["y"]}]}
    assert judge(either, event, EVENTBRIDGE).matches is True
    neither = {"$or": [{"a": ["n"]}, {"b": ["n"]}], "a": ["x"]}
    found = judge(neither, event, EVENTBRIDGE)
    assert (found.matches, found.parts) == (False, ("$or",))
    # One alone makes no choice: then it is a field's name.
    assert judge({"$or": [{"a": ["x"]}]}, event, EVENTBRIDGE).matches is not True


def test_of_the_objects_in_an_array_one_is_enough() -> None:
    event = Fields({"a": [Fields({"b": 1, "c": 1}), Fields({"b": 2, "c": 2})]})
    assert judge({"a": {"b": [2], "c": [2]}}, event, EVENTBRIDGE).matches is True
    assert judge({"a": {"b": [2], "c": [1]}}, event, EVENTBRIDGE).matches is False


def test_sns_knows_fewer_operators() -> None:
    for filter in (
        {"wildcard": "*"},
        {"prefix": {"equals-ignore-case": "x"}},
        {"anything-but": {"wildcard": "*"}},
    ):
        assert said(filter, "x", SNS) is None
    for filter in ({"suffix": "x"}, {"equals-ignore-case": "X"}, {"anything-but": {"prefix": "y"}}):
        assert said(filter, "x", SNS) is True


@pytest.mark.parametrize(
    ("key", "wanted", "expected"),
    [
        ("in/my song.mp3", {"prefix": "in/my+song"}, True),
        ("in/my song.mp3", {"prefix": "in/my song"}, False),
        ("in/a@b.mp3", "in/a%40b.mp3", True),
        ("in/(a).mp3", {"suffix": ".mp3"}, None),
        (None, {"suffix": ".wav"}, True),
    ],
)
def test_keys_are_form_encoded_in_s3s_own_messages(
    key: str | None, wanted: object, expected: bool | None
) -> None:
    event = in_the_body(Upload("b", key=key), "r", "ObjectCreated:Put")
    pattern = {"Records": {"s3": {"object": {"key": [wanted]}}}}
    assert judge(pattern, event, SNS).matches is expected


def test_s3s_own_messages_have_records_and_nothing_else() -> None:
    event = in_the_body(Upload("b"), "r", "ObjectCreated:Put")
    assert judge({"type": ["audio"]}, event, SNS).matches is False
    assert judge({"Records": {"eventName": [{"prefix": "ObjectCreated:"}]}}, event, SNS).matches
    assert judge({"Records": {"awsRegion": ["us-east-2"]}}, event, SNS).matches is None


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"deletion-type": [{"exists": False}]}, True),
        ({"eventName": ["PutObject"]}, False),
        ({"requester": ["s3.amazonaws.com"]}, None),
    ],
)
def test_of_the_detail_it_is_known_which_fields_there_are(
    detail: dict[str, object], expected: bool | None
) -> None:
    event = on_the_bus(Upload("uploads"), "PutObject")
    assert judge({"detail": detail}, event, EVENTBRIDGE).matches is expected
