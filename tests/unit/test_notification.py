"""Which keys fire which rule, and what a configuration lacks of what a pipeline expects."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.models.notification import NotificationConfiguration, NotificationRule, RuleKind
from console.notification import (
    decode_filter,
    differences,
    event_matches,
    explain_match,
    matches_pipeline,
    parse_configuration,
)

QUEUE = "arn:aws:sqs:us-east-2:111122223333:calls"
OTHER_QUEUE = "arn:aws:sqs:us-east-2:111122223333:other"
TOPIC = "arn:aws:sns:us-east-2:111122223333:topic"
CREATED = ("s3:ObjectCreated:*",)


def rule(
    prefix: str | None = None,
    suffix: str | None = ".mp3",
    *,
    events: tuple[str, ...] = CREATED,
    kind: RuleKind = "queue",
    destination: str | None = QUEUE,
    name: str = "r1",
) -> NotificationRule:
    return NotificationRule(name, kind, destination, events, prefix, suffix)


def configuration(*rules: NotificationRule) -> NotificationConfiguration:
    return NotificationConfiguration(rules)


def only_reason(of: NotificationRule, key: str, event: str = "ObjectCreated:Put") -> str:
    result = explain_match(of, key, event)
    assert not result.matches
    (reason,) = result.reasons
    return reason


def test_every_kind_of_destination_is_read() -> None:
    response: dict[str, Any] = {
        "QueueConfigurations": [
            {
                "Id": "mp3",
                "QueueArn": QUEUE,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {
                    "Key": {
                        "FilterRules": [
                            {"Name": "Prefix", "Value": "in/"},
                            {"Name": "suffix", "Value": ".mp3"},
                        ]
                    }
                },
            }
        ],
        "TopicConfigurations": [{"Id": "t", "TopicArn": TOPIC, "Events": ["s3:ObjectRemoved:*"]}],
        "LambdaFunctionConfigurations": [
            {"Id": "f", "LambdaFunctionArn": "arn:f", "Events": ["s3:ObjectTagging:Put"]}
        ],
        "EventBridgeConfiguration": {},
        "ResponseMetadata": {"HTTPStatusCode": 200},
    }
    assert parse_configuration(response) == configuration(
        rule("in/", ".mp3", name="mp3"),
        rule(None, None, kind="topic", destination=TOPIC, events=("s3:ObjectRemoved:*",), name="t"),
        rule(
            None,
            None,
            kind="function",
            destination="arn:f",
            events=("s3:ObjectTagging:Put",),
            name="f",
        ),
        rule(None, None, kind="eventbridge", destination=None, events=(), name="EventBridge"),
    )


def test_no_configuration_has_no_rules() -> None:
    assert parse_configuration({"ResponseMetadata": {}}) == configuration()


def test_an_empty_filter_is_none() -> None:
    item = {
        "Id": "x",
        "QueueArn": QUEUE,
        "Events": [],
        "Filter": {"Key": {"FilterRules": [{"Name": "PREFIX", "Value": ""}]}},
    }
    (read,) = parse_configuration({"QueueConfigurations": [item]}).rules
    assert read.prefix is None


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ("s3:ObjectCreated:*", "ObjectCreated:Put", True),
        ("ObjectCreated:*", "s3:ObjectCreated:Put", True),
        ("s3:ObjectCreated:Put", "ObjectCreated:Put", True),
        ("s3:ObjectCreated:Put", "ObjectCreated:Post", False),
        ("s3:ObjectCreated:*", "ObjectRemoved:Delete", False),
        ("s3:ObjectCreated:*", "ObjectCreatedLater:Put", False),
        ("s3:ObjectCreated:*", "s3:ObjectCreated:*", True),
        ("s3:ObjectCreated:Put", "s3:ObjectCreated:*", False),
        ("s3:IntelligentTiering", "IntelligentTiering", True),
        ("s3:IntelligentTiering", "IntelligentTiering:Access", True),
    ],
)
def test_event_types(pattern: str, event: str, expected: bool) -> None:
    assert event_matches(pattern, event) is expected


def test_filters_are_form_encoded() -> None:
    assert decode_filter("in+coming/%3D%2B") == "in coming/=+"


def test_a_key_that_fits_fires() -> None:
    result = explain_match(rule("in/", ".mp3"), "in/a.mp3", "ObjectCreated:Put")
    assert (result.matches, result.reasons) == (True, ())
    assert explain_match(rule(None, None), "whatever", "ObjectCreated:Copy").matches


@given(st.text(min_size=1, max_size=20), st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_an_encoded_filter_fires_for_every_key_that_has_it(start: str, mid: str, end: str) -> None:
    start, end = (part.encode(errors="replace").decode() for part in (start, end))
    fitting = rule(quote_plus(start), quote_plus(end))
    assert explain_match(fitting, start + mid + end, "ObjectCreated:Put").matches


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_there_is_a_reason_exactly_where_there_is_no_match(
    prefix: str, suffix: str, key: str, event: str
) -> None:
    result = explain_match(rule(prefix, suffix), key, event)
    assert result.matches == (not result.reasons)


def test_each_obstacle_has_its_reason() -> None:
    result = explain_match(rule("in/", ".mp3"), "out/a.wav", "ObjectRemoved:Delete")
    assert result.reasons == (
        "The rule does not cover ObjectRemoved:Delete events, only s3:ObjectCreated:*.",
        'The key does not start with the prefix "in/".',
        'The key does not end with the suffix ".mp3".',
    )


def test_a_difference_in_case_is_likely_the_reason() -> None:
    assert "case" in only_reason(rule(None, ".mp3"), "a.MP3")
    assert "likely" in only_reason(rule("In/", None), "in/a")


def test_there_is_no_wildcard() -> None:
    assert "no wildcard" in only_reason(rule(None, "*.mp3"), "a.mp3")
    assert explain_match(rule(None, "*.mp3"), "a*.mp3", "ObjectCreated:Put").matches


@pytest.mark.parametrize("value", ["day=1/", "a b", "x&y", "a:b", "q?"])
def test_a_raw_special_character_never_fires(value: str) -> None:
    reason = only_reason(rule(value, None), value + "k")
    assert "never fires" in reason
    assert quote_plus(value, safe="/") in reason


def test_a_plus_is_a_space() -> None:
    assert explain_match(rule("a+b/", None), "a b/k", "ObjectCreated:Put").matches
    assert "%2B" in only_reason(rule("a+b/", None), "a+b/k")


def test_eventbridge_gets_everything_and_says_what_is_not_known() -> None:
    result = explain_match(
        rule(None, None, kind="eventbridge", events=(), destination=None), "k", "Any:Thing"
    )
    assert result.matches
    assert "not part of the bucket's configuration" in result.reasons[0]


@pytest.mark.parametrize(
    ("given_rule", "expected"),
    [
        (rule(), True),
        (rule("in+x/"), True),
        (rule(suffix=".MP3"), False),
        (rule(events=("s3:ObjectCreated:Put",)), False),
        (rule(destination=OTHER_QUEUE), False),
        (rule(kind="topic", destination=TOPIC), False),
    ],
)
def test_a_rule_is_the_pipelines(given_rule: NotificationRule, expected: bool) -> None:
    assert matches_pipeline(given_rule, queue_arn=QUEUE, suffix=".mp3") is expected


def test_a_filter_is_expected_as_text_or_as_written() -> None:
    encoded = rule("in+x/", None)
    for prefix in ("in x/", "in+x/", None):
        assert matches_pipeline(encoded, queue_arn=QUEUE, prefix=prefix)
    assert not matches_pipeline(encoded, queue_arn=QUEUE, prefix="")
    assert matches_pipeline(rule(None, None), queue_arn=None, prefix="", suffix="")


def compare(
    *rules: NotificationRule,
    events: tuple[str, ...] = CREATED,
    prefix: str | None = None,
    suffix: str | None = None,
) -> list[tuple[str, str | None, str | None, str]]:
    found = differences(
        configuration(*rules), queue_arn=QUEUE, events=events, prefix=prefix, suffix=suffix
    )
    return [(d.field, d.expected, d.actual, d.meaning) for d in found]


def test_what_is_as_expected_has_no_differences() -> None:
    assert compare(rule("in/", ".mp3"), prefix="in/", suffix=".mp3") == []
    assert compare(rule("in/", ".mp3")) == []
    assert compare(rule(), rule(None, ".wav", name="r2"), suffix=".mp3") == []


def test_no_configuration() -> None:
    ((field, expected, actual, meaning),) = compare()
    assert (field, expected, actual) == ("notification", QUEUE, None)
    assert "no events at all" in meaning


def test_another_queue_only() -> None:
    ((field, expected, actual, meaning),) = compare(rule(destination=OTHER_QUEUE))
    assert (field, expected, actual) == ("destination", QUEUE, OTHER_QUEUE)
    assert "none to this one" in meaning


def test_other_kinds_only_leave_open_what_they_pass_on() -> None:
    bridge = rule(kind="eventbridge", destination=None, events=(), suffix=None)
    ((field, _, actual, meaning),) = compare(rule(kind="topic", destination=TOPIC), bridge)
    assert (field, actual) == ("destination", f"{TOPIC}, EventBridge")
    assert "an SNS topic, EventBridge" in meaning
    assert "cannot be seen" in meaning


def test_narrower_events() -> None:
    ((field, expected, actual, meaning),) = compare(rule(events=("s3:ObjectCreated:Put",)))
    assert (field, expected, actual) == ("events", "s3:ObjectCreated:*", "s3:ObjectCreated:Put")
    assert "some changes send no message" in meaning


def test_events_may_be_covered_by_all_members_or_by_two_rules() -> None:
    members = ("Put", "Post", "Copy", "CompleteMultipartUpload")
    assert compare(rule(events=tuple(f"s3:ObjectCreated:{m}" for m in members))) == []
    removed = rule(events=("s3:ObjectRemoved:*",), name="r2")
    both = ("s3:ObjectCreated:*", "s3:ObjectRemoved:Delete")
    assert compare(rule(), removed, events=both) == []
    assert compare(rule(), events=both) != []


@pytest.mark.parametrize(
    ("actual", "expected", "words"),
    [
        (".MP3", ".mp3", "case"),
        (None, ".mp3", "events of all keys come"),
        ("mp3", ".mp3", 'wider: it fires for every key that ends with "mp3"'),
        (".x.mp3", ".mp3", "narrower"),
        (".wav", ".mp3", 'Keys that end with ".mp3" do not fire'),
        (".wav", "", 'of all keys, only those with ".wav"'),
    ],
)
def test_another_suffix(actual: str | None, expected: str, words: str) -> None:
    ((field, wanted, found, meaning),) = compare(rule(None, actual), suffix=expected)
    assert (field, wanted, found) == ("suffix", expected or None, actual)
    assert words in meaning


def test_prefix_and_suffix_are_told_one_by_one() -> None:
    found = compare(rule("out/", ".wav"), prefix="in/", suffix=".mp3")
    assert [field for field, *_ in found] == ["prefix", "suffix"]


def test_of_several_rules_the_nearest_is_compared() -> None:
    near = rule("in/", ".wav", name="near")
    ((field, _, _, meaning),) = compare(
        rule("x/", ".y", name="far"), near, prefix="in/", suffix=".mp3"
    )
    assert field == "suffix"
    assert "Of the 2 rules for this queue, near is nearest." in meaning


def test_a_filter_that_never_fires_is_told_without_expectation() -> None:
    ((field, expected, actual, meaning),) = compare(rule("day=1/", ".mp3"))
    assert (field, expected, actual) == ("prefix", "day%3D1/", "day=1/")
    assert "never fires" in meaning
