"""Condition operators against the call of S3, and against calls made up for the purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from console.policy.callers import s3_sends
from console.policy.conditions import holds
from console.policy.document import Condition
from console.policy.operators import read_operator
from console.policy.request import ABSENT, PRESENT, UNKNOWN, Caller, Key, Request, known
from console.policy.variables import VERSION_WITH_VARIABLES

QUEUE = "arn:aws:sqs:us-east-2:111122223333:audio"
NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
S3_CALL = s3_sends("uploads", QUEUE, "111122223333", NOW)


def ask(name: str, actual: Any, *wanted: str, version: str = VERSION_WITH_VARIABLES) -> bool | None:
    """Whether the operator holds for a key that is `actual`: a text, texts, None, or worlds."""
    if isinstance(actual, str):
        worlds = known(actual)
    elif isinstance(actual, list):
        worlds = known(*actual)
    else:
        worlds = ABSENT if actual is None else actual
    request = Request(
        Caller("service", "x.amazonaws.com"),
        "a:B",
        "arn:aws:a:::b",
        {"k:key": Key(worlds), "k:name": Key(known("a*b")), "k:gone": Key(ABSENT)},
    )
    operator = read_operator(name)
    assert operator is not None
    return holds(Condition(operator, "K:Key", wanted), request, version)


@pytest.mark.parametrize(
    ("name", "actual", "wanted", "expected"),
    [
        ("StringEquals", "abc", ["abc"], True),
        ("StringEquals", "abc", ["ABC"], False),
        ("StringEquals", "abc", ["x", "abc"], True),
        ("StringEquals", "abc", ["a*"], False),
        ("StringEquals", "a*", ["a*"], True),
        ("StringEquals", "abc", [], False),
        ("StringNotEquals", "abc", [], True),
        ("StringNotEquals", "abc", ["x", "abc"], False),
        ("StringNotEquals", "abc", ["x", "y"], True),
        ("StringEqualsIgnoreCase", "aBc", ["AbC"], True),
        ("StringNotEqualsIgnoreCase", "aBc", ["AbC"], False),
        ("stringequals", "abc", ["abc"], True),
        ("StringLike", "a:b/c\nd", ["a*d"], True),
        ("StringLike", "abc", ["a?c"], True),
        ("StringLike", "ac", ["a?c"], False),
        ("StringLike", "abc", ["A*"], False),
        ("StringLike", "", ["*"], True),
        ("StringLike", "", ["?"], False),
        ("StringLike", "a[b]c", ["a[b]*"], True),
        ("StringLike", "aab", ["*ab"], True),
        ("StringNotLike", "abc", ["x*", "a*"], False),
        ("StringNotLike", "abc", ["x*", "y*"], True),
        ("NumericEquals", "10", ["10.0"], True),
        ("NumericEquals", "10", ["1e1"], True),
        ("NumericNotEquals", "10", ["10", "11"], False),
        ("NumericLessThan", "9", ["10"], True),
        ("NumericLessThan", "10", ["10"], False),
        ("NumericLessThanEquals", "10", ["10"], True),
        ("NumericGreaterThan", "-1", ["-2"], True),
        ("NumericGreaterThanEquals", "3", ["4", "3"], True),
        ("NumericEquals", "ten", ["10"], False),
        ("NumericNotEquals", "ten", ["10"], True),
        ("NumericEquals", "10", ["NaN"], False),
        ("NumericLessThan", "1", ["Infinity"], False),
        ("DateEquals", "2026-05-04T03:02:01Z", ["2026-05-04T05:02:01+02:00"], True),
        ("DateEquals", "2026-05-04T03:02:01Z", ["1777863721"], True),
        ("DateLessThan", "2026-05-04T03:02:01Z", ["2027"], True),
        ("DateLessThan", "2026-05-04T03:02:01Z", ["2026-05"], False),
        ("DateGreaterThan", "2026-05-04T03:02:01Z", ["2026-05-04"], True),
        ("DateGreaterThanEquals", "2026-05-04T03:02:01.5Z", ["2026-05-04T03:02:01.500Z"], True),
        ("DateNotEquals", "2026-05-04T03:02:01Z", ["2026-05-04T03:02:01Z"], False),
        ("DateLessThan", "2026-05-04T03:02:01Z", ["tomorrow"], False),
        ("DateLessThan", "2026-05-04T03:02:01Z", ["2026-13-01"], False),
        ("DateLessThan", "2026-05-04T03:02:01Z", ["999999999999"], True),
        ("Bool", "true", ["true"], True),
        ("Bool", "true", ["True"], True),
        ("Bool", "true", ["false"], False),
        ("Bool", "true", ["false", "true"], True),
        ("Bool", "true", ["yes"], False),
        ("Bool", "1", ["true"], False),
        ("BinaryEquals", "abc", ["YWJj"], True),
        ("BinaryEquals", "abc", ["abc"], False),
        ("IpAddress", "203.0.113.9", ["203.0.113.0/24"], True),
        ("IpAddress", "203.0.113.9", ["203.0.113.77/24"], True),
        ("IpAddress", "203.0.113.9", ["203.0.113.9"], True),
        ("IpAddress", "203.0.113.9", ["2001:db8::/32", "203.0.113.8/31"], True),
        ("IpAddress", "2001:DB8::1", ["2001:db8::/32"], True),
        ("IpAddress", "2001:db9::1", ["2001:db8::/32"], False),
        ("IpAddress", "203.0.113.9", ["not an address"], False),
        ("NotIpAddress", "203.0.113.9", ["198.51.100.0/24"], True),
        ("NotIpAddress", "203.0.113.9", ["198.51.100.0/24", "203.0.113.9/32"], False),
        ("ArnEquals", "arn:aws:s3:::b", ["arn:aws:s3:::b"], True),
        ("ArnEquals", "arn:aws:s3:::b", ["arn:aws:s3:*:*:b"], True),
        ("ArnLike", "arn:aws:s3:::b", ["arn:*:s3:::?"], True),
        ("ArnLike", "arn:aws:s3:::b", ["arn:aws:s3:::B"], False),
        ("ArnLike", "arn:aws:s3:::b", ["arn:aws:s3:::b/*"], False),
        ("ArnLike", "arn:aws:s3:::b", ["arn:aws:*"], False),
        ("ArnLike", "arn:aws:x:r:1:store/abc:2:f/d", ["arn:aws:x:*:2:f/*"], False),
        ("ArnLike", "arn:aws:x:r:1:a:b:c", ["arn:aws:x:r:1:a:*"], True),
        ("ArnNotLike", "arn:aws:s3:::b", ["arn:aws:s3:::c*"], True),
        ("ArnNotEquals", "arn:aws:s3:::b", ["arn:aws:s3:::c", "arn:aws:s3:::*"], False),
        ("ArnLike", "b", ["b"], False),
        ("Null", "x", ["true"], False),
        ("Null", "x", ["false"], True),
        ("Null", "x", ["true", "false"], True),
    ],
)  # fmt: skip
def test_a_key_with_one_value(name: str, actual: str, wanted: list[str], expected: bool) -> None:
    assert ask(name, actual, *wanted) is expected


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        ("StringEquals", "x", False),
        ("StringLike", "*", False),
        ("StringNotEquals", "x", True),
        ("ArnNotLike", "arn:aws:s3:::x", True),
        ("NotIpAddress", "203.0.113.0/24", True),
        ("NumericNotEquals", "1", True),
        ("DateNotEquals", "2020-01-01", True),
        ("Bool", "false", False),
        ("StringEqualsIfExists", "x", True),
        ("StringNotEqualsIfExists", "x", True),
        ("BoolIfExists", "false", True),
        ("ForAllValues:StringEquals", "x", True),
        ("ForAllValues:StringNotEquals", "x", True),
        ("ForAnyValue:StringEquals", "x", False),
        ("ForAnyValue:StringNotEquals", "x", False),
        ("ForAnyValue:StringEqualsIfExists", "x", True),
        ("Null", "true", True),
        ("Null", "false", False),
    ],
)
def test_a_key_that_the_call_lacks(name: str, wanted: str, expected: bool) -> None:
    assert ask(name, None, wanted) is expected


@pytest.mark.parametrize(
    ("name", "actual", "wanted", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b", "c"], True),
        ("ForAllValues:StringEquals", ["a", "z"], ["a", "b"], False),
        ("ForAllValues:StringEquals", "a", ["a"], True),
        ("ForAllValues:StringEquals", "a", [], False),
        ("ForAnyValue:StringEquals", ["a", "z"], ["a", "b"], True),
        ("ForAnyValue:StringEquals", ["y", "z"], ["a", "b"], False),
        ("ForAllValues:StringNotEquals", ["y", "z"], ["a", "b"], True),
        ("ForAllValues:StringNotEquals", ["a", "z"], ["a", "b"], False),
        ("ForAnyValue:StringNotEquals", ["a", "z"], ["a", "b"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"], False),
        ("ForAllValues:ArnLike", ["arn:aws:s3:::a", "arn:aws:s3:::b"], ["arn:aws:s3:::*"], True),
        ("StringEquals", ["a", "z"], ["a"], True),
        ("StringNotEquals", ["a", "z"], ["a"], False),
        ("ForAnyValue:StringLike", [], ["*"], False),
        ("ForAllValues:StringLike", [], ["x"], True),
    ],
)
def test_a_key_with_several_values(
    name: str, actual: Any, wanted: list[str], expected: bool
) -> None:
    assert ask(name, actual, *wanted) is expected


@pytest.mark.parametrize(
    ("name", "worlds", "wanted", "expected"),
    [
        ("StringEquals", UNKNOWN, "x", None),
        ("StringNotEquals", UNKNOWN, "x", None),
        ("StringLikeIfExists", UNKNOWN, "*", True),
        ("StringLike", UNKNOWN, "*", None),
        ("StringLike", PRESENT, "**", True),
        ("StringNotLike", PRESENT, "*", False),
        ("Null", UNKNOWN, "true", None),
        ("Null", PRESENT, "true", False),
        ("StringEquals", PRESENT, "x", None),
        ("ForAllValues:StringEquals", (None, ("x",)), "x", True),
        ("ForAnyValue:StringEquals", (("x",), ("x", None)), "x", True),
        ("ForAllValues:StringEquals", (("x",), ("x", None)), "x", None),
    ],
)
def test_a_key_that_is_not_known(
    name: str, worlds: Any, wanted: str, expected: bool | None
) -> None:
    assert ask(name, worlds, wanted) is expected


@pytest.mark.parametrize(
    "name",
    ["StringEqual", "NullIfExists", "ForSomeValues:StringEquals", "Like", "", "NotBool",
     "StringLikeIgnoreCase", "BinaryNotEquals", "StringEqualsIfExistsIfExists"],
)  # fmt: skip
def test_what_is_no_operator(name: str) -> None:
    assert read_operator(name) is None


@pytest.mark.parametrize(
    ("name", "actual", "wanted", "expected"),
    [
        ("StringEquals", "a*b", "${k:name}", True),
        ("StringLike", "axb", "${k:name}", False),
        ("StringLike", "a*b", "${K:NAME}", True),
        ("StringLike", "a*bcd", "${k:name}*", True),
        ("StringLike", "axb", "a${*}b", False),
        ("StringLike", "a*b", "a${*}b", True),
        ("StringEquals", "a$?", "a${$}${?}", True),
        ("StringEquals", "nobody", "${k:gone, 'nobody'}", True),
        ("StringEquals", "x", "${k:gone}", False),
        ("StringNotEquals", "x", "${k:gone}", True),
        ("StringEquals", "x", "${k:other}", None),
        ("ArnLike", "arn:aws:s3:::a*b", "arn:aws:s3:::${k:name}", True),
        ("ArnLike", "arn:aws:s3:::aXb", "arn:aws:s3:::${k:name}", False),
        ("NumericEquals", "1", "${k:name}", False),
    ],
)
def test_policy_variables(name: str, actual: str, wanted: str, expected: bool | None) -> None:
    assert ask(name, actual, wanted) is expected


def test_the_older_language_has_no_variables() -> None:
    assert ask("StringEquals", "${k:name}", "${k:name}", version="2008-10-17") is True
    assert ask("StringEquals", "a*b", "${k:name}", version="2008-10-17") is False


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected", "strictly"),
    [
        ("ArnEquals", "AWS:sourcearn", "arn:aws:s3:::uploads", True, True),
        ("StringEquals", "aws:SourceAccount", "111122223333", True, True),
        ("Bool", "aws:PrincipalIsAWSService", "true", True, True),
        ("StringEquals", "aws:PrincipalServiceName", "s3.amazonaws.com", True, True),
        (
            "ForAnyValue:StringEquals",
            "aws:PrincipalServiceNamesList",
            "s3.amazonaws.com",
            True,
            None,
        ),
        ("StringNotEquals", "aws:SourceVpce", "vpce-1", True, True),
        ("Null", "aws:SourceVpc", "true", True, True),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1", True, None),
        ("StringEquals", "aws:PrincipalTag/team", "audio", False, None),
        ("Bool", "aws:SecureTransport", "false", False, None),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", True, None),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0", None, None),
        ("Null", "aws:SourceIp", "true", None, None),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:*", True, None),
        ("StringNotEquals", "aws:PrincipalAccount", "111122223333", True, None),
        ("StringEquals", "aws:SourceOrgID", "o-1", None, None),
        ("Bool", "aws:ViaAWSService", "false", None, None),
        ("StringEquals", "aws:RequestedRegion", "us-east-2", True, None),
        ("DateLessThan", "aws:CurrentTime", "2027-01-01T00:00:00Z", True, True),
        ("NumericGreaterThan", "aws:EpochTime", "1700000000", True, True),
        ("StringEquals", "aws:SomethingNew", "x", None, None),
    ],
)
def test_what_is_known_of_the_call_of_s3(
    operator: str, key: str, value: str, expected: bool | None, strictly: bool | None
) -> None:
    read = read_operator(operator)
    assert read is not None
    condition = Condition(read, key, (value,))
    assert holds(condition, S3_CALL, "2012-10-17") is expected
    assert holds(condition, S3_CALL.strictly(), "2012-10-17") is strictly
