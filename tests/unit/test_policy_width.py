"""Statements read for questions of width."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.operations.doctor.policy_width import (
    NARROWING,
    allows,
    covers,
    for_anyone,
    refuses_plain_http,
    requires,
    statements_of,
)
from console.policy.document import Statement

QUEUE = "arn:aws:sqs:us-east-2:111122223333:orders"


def statement(**changes: Any) -> Statement:
    raw = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    for name, value in changes.items():
        if name.startswith("Not"):
            del raw[name.removeprefix("Not")]
        raw[name] = value
    (read,) = statements_of(json.dumps({"Statement": raw}))
    return read


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"Action": "SQS:sendmessage"}, True),
        ({"Action": ["s3:*", "sqs:Send*"]}, True),
        ({"Action": "sqs:Receive*"}, False),
        ({"NotAction": "sqs:Receive*"}, True),
        ({"NotAction": "sqs:*"}, False),
        ({"Resource": QUEUE}, True),
        ({"Resource": QUEUE.upper()}, False),
        ({"Resource": "arn:aws:sqs:*:*:ord?rs"}, True),
        ({"Resource": "arn:aws:sqs:*:*:[o]rders"}, False),
        ({"NotResource": QUEUE}, False),
        ({"Resource": []}, False),
    ],
)
def test_what_a_statement_covers(changes: dict[str, Any], expected: bool) -> None:
    assert covers(statement(**changes), "sqs:SendMessage", QUEUE) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}}, True),
        ({"Principal": {"Service": "s3.amazonaws.com"}}, False),
        ({"NotPrincipal": {"AWS": "*"}}, False),
    ],
)
def test_who_is_anyone(changes: dict[str, Any], expected: bool) -> None:
    assert for_anyone(statement(**changes)) is expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}}, True),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": ["o-1"]}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": "111122223333"}}, False),
        ({"Null": {"aws:SourceArn": "false"}}, False),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:uploads-*"}}, True),
        ({"Bool": {"aws:SecureTransport": True}}, False),
        ({}, False),
    ],
)
def test_which_conditions_narrow(conditions: dict[str, Any], expected: bool) -> None:
    assert requires(statement(Condition=conditions), NARROWING) is expected


PLAIN = {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Effect": "Deny", "Condition": PLAIN}, True),
        ({"Effect": "Deny", "Condition": {"Bool": {"aws:securetransport": [False]}}}, True),
        ({"Effect": "Deny", "Condition": {"BoolIfExists": PLAIN["Bool"]}}, True),
        ({"Effect": "Deny"}, False),
        ({"Effect": "Allow", "Condition": PLAIN}, False),
        ({"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Effect": "Deny", "Condition": PLAIN, "Action": "sqs:Receive*"}, False),
        ({"Effect": "Deny", "Condition": PLAIN, "Principal": {"AWS": "111122223333"}}, False),
        (
            {"Effect": "Deny", "Condition": {**PLAIN, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
            False,
        ),
    ],
)
def test_what_refuses_callers_without_tls(changes: dict[str, Any], expected: bool) -> None:
    assert refuses_plain_http(statement(**changes), "sqs:SendMessage", QUEUE) is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Effect", "Principal", "AWS", "Action", "Condition", "Bool", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_document_is_a_failure(raw: object) -> None:
    for read in statements_of(json.dumps({"Statement": raw})):
        assert covers(read, "sqs:SendMessage", QUEUE) in (True, False)
        assert requires(read, NARROWING) in (True, False)
        assert not (allows(read) and refuses_plain_http(read, "sqs:SendMessage", QUEUE))


@pytest.mark.parametrize("text", [None, "", "no JSON", "[]", "3", '{"Statement": [7, null]}'])
def test_what_is_no_policy_has_no_statements(text: str | None) -> None:
    assert statements_of(text) == ()
