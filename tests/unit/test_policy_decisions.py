"""Whole policies: who, what, where, Allow against Deny, and documents that are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.policy.callers import eventbridge_sends, s3_sends, sns_sends, someone, uses_key
from console.policy.check import check_policies
from console.policy.decide import decide_text
from console.policy.decision import Decision
from console.policy.limits import BUCKET_LIMITS, KEY_LIMITS, QUEUE_LIMITS

QUEUE = "arn:aws:sqs:us-east-2:111122223333:audio"
OWNER = "111122223333"
NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
S3_CALL = s3_sends("uploads", QUEUE, OWNER, NOW)


def allow(**changes: Any) -> dict[str, Any]:
    """The Allow that S3 needs, with differences; an element that is None is left out."""
    usual = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def deny(**changes: Any) -> dict[str, Any]:
    """A Deny of everything to everyone, with differences."""
    return allow(**({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"} | changes))


def policy(*statements: Any, version: str | None = "2012-10-17") -> str:
    document: dict[str, Any] = {"Statement": list(statements)}
    return json.dumps(document | ({"Version": version} if version else {}))


def decide(*statements: Any, **more: Any) -> Decision:
    return decide_text(policy(*statements, **more), S3_CALL, QUEUE_LIMITS)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["111122223333", "*"]}},
        {"Principal": {"Service": ["lambda.amazonaws.com", "s3.amazonaws.com"]}},
        {"Principal": None, "NotPrincipal": {"AWS": "111122223333"}},
        {"Action": "*"},
        {"Action": ["sqs:ReceiveMessage", "SQS:sendmessage"]},
        {"Action": "sqs:Send*"},
        {"Action": "sqs:?endMessage"},
        {"Action": None, "NotAction": "sqs:DeleteMessage"},
        {"Resource": "*"},
        {"Resource": ["arn:aws:sqs:us-east-2:111122223333:other", QUEUE]},
        {"Resource": "arn:aws:sqs:*:*:audio"},
        {"Resource": "arn:aws:sqs:*"},
        {"Resource": "arn:aws:sqs:us-east-2:${aws:SourceAccount}:audio"},
        {"Resource": None, "NotResource": "arn:aws:sqs:us-east-2:111122223333:other"},
        {"Condition": {}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": 111122223333}}},
        {"Condition": {"Bool": {"aws:PrincipalIsAWSService": True}}},
    ],
)  # fmt: skip
def test_an_allow_that_is_about_the_call(changes: dict[str, Any]) -> None:
    assert decide(allow(**changes)).outcome == "allow"


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"Principal": {"AWS": "111122223333"}}, "principal"),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, "principal"),
        ({"Principal": {"AWS": "s3.amazonaws.com"}}, "principal"),
        ({"Principal": {"Service": "sns.amazonaws.com"}}, "principal"),
        ({"Principal": {"Service": "s3*"}}, "principal"),
        ({"Principal": {"Federated": "s3.amazonaws.com"}}, "principal"),
        ({"Principal": {"CanonicalUser": "ab"}}, "principal"),
        ({"Principal": None, "NotPrincipal": {"Service": "s3.amazonaws.com"}}, "principal"),
        ({"Principal": None, "NotPrincipal": "*"}, "principal"),
        ({"Action": "sqs:ReceiveMessage"}, "action"),
        ({"Action": "sns:*"}, "action"),
        ({"Action": None, "NotAction": "sqs:*"}, "action"),
        ({"Resource": "arn:aws:sqs:us-east-2:111122223333:Audio"}, "resource"),
        ({"Resource": "arn:aws:sqs:us-east-1:*:audio"}, "resource"),
        ({"Resource": None, "NotResource": "arn:aws:sqs:*:*:audio"}, "resource"),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::uploads/*"}}}, "condition"),
    ],
)
def test_an_allow_that_is_not_and_why(changes: dict[str, Any], element: str) -> None:
    decision = decide(allow(**changes))
    assert decision.outcome == "implicit-deny"
    (result,) = decision.statements
    assert result.matches is False
    assert [obstacle.element for obstacle in result.obstacles] == [element]
    assert result.because


def test_the_obstacle_names_operator_key_and_both_values() -> None:
    condition = {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::other"}, "Null": {"aws:x": "true"}}
    (result,) = decide(allow(Condition=condition)).statements
    assert result.because == (
        'ArnEquals aws:SourceArn "arn:aws:s3:::other" does not hold: '
        'aws:SourceArn is "arn:aws:s3:::uploads".'
    )
    first, second = result.obstacles
    assert (first.operator, first.key) == ("ArnEquals", "aws:SourceArn")
    assert (second.key, second.verdict) == ("aws:x", None)


@pytest.mark.parametrize(
    ("condition", "outcome", "certainty"),
    [
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, "explicit-deny", "proven"),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, "explicit-deny", "likely"),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, "explicit-deny", "likely"),
        ({"Bool": {"aws:SecureTransport": "false"}}, "allow", "likely"),
        ({"StringNotEquals": {"aws:SourceOrgID": "o-1"}}, "unknown", "proven"),
        (
            {
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
            "allow",
            "proven",
        ),
    ],
)
def test_a_deny_beside_the_allow(condition: Any, outcome: str, certainty: str) -> None:
    decision = decide(deny(Condition=condition), allow())
    assert (decision.outcome, decision.certainty) == (outcome, certainty)


def test_a_deny_decides_nothing_where_nothing_is_allowed() -> None:
    perhaps = deny(Condition={"StringNotEquals": {"aws:SourceOrgID": "o-1"}})
    assert decide(perhaps, allow(Action="sqs:ReceiveMessage")).outcome == "implicit-deny"
    assert decide(deny(), allow()).deciding[0].statement.index == 0


def test_an_owner_that_is_not_known() -> None:
    call = s3_sends("uploads", QUEUE, None, NOW)
    text = policy(allow(Condition={"StringEquals": {"aws:SourceAccount": OWNER}}))
    assert decide_text(text, call, QUEUE_LIMITS).outcome == "unknown"
    assert decide_text(policy(allow()), call, QUEUE_LIMITS).outcome == "allow"


def test_the_partition_of_the_queue_is_the_partition_of_the_bucket() -> None:
    call = s3_sends("uploads", QUEUE.replace("arn:aws:", "arn:aws-cn:"), OWNER, NOW)
    condition = {"ArnEquals": {"aws:SourceArn": "arn:aws-cn:s3:::uploads"}}
    text = policy(allow(Resource="*", Condition=condition))
    assert decide_text(text, call, QUEUE_LIMITS).outcome == "allow"


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_no_policy_allows_nothing(text: str | None) -> None:
    decision = decide_text(text, S3_CALL, QUEUE_LIMITS)
    assert (decision.outcome, decision.certainty) == ("implicit-deny", "proven")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('"x"', "not a JSON object"),
        ("[" * 200_000, "nested too deeply"),
        ('{"Statement": NaN}', "not JSON"),
        ('{"Statement": ' + "9" * 5_000 + "}", "neither an object nor a list"),
        ("{" + '"a":1,' * 100_000 + '"a":1}', "far more than any policy"),
        ("{}", "no Statement"),
        ('{"Statement": 1}', "neither an object nor a list"),
        ('{"Statement": [1]}', "not an object"),
        (policy(allow(), version="2020-01-01"), "Version"),
        (policy(allow(Effect="allow")), "Effect"),
        (policy(allow(Effect=None)), "Effect"),
        (policy(allow(Principal=None)), "neither Principal nor NotPrincipal"),
        (policy(allow(NotPrincipal="*")), "both Principal and NotPrincipal"),
        (policy(allow(Principal="s3.amazonaws.com")), "Principal is neither"),
        (policy(allow(Principal={})), "Principal is neither"),
        (policy(allow(Principal={"aws": "*"})), "no kind of principal"),
        (policy(allow(Principal={"AWS": 1})), "neither a text nor a list"),
        (policy(allow(Action=None)), "neither Action nor NotAction"),
        (policy(allow(Action=[["sqs:*"]])), "Action is neither"),
        (policy(allow(Resource=None)), "neither Resource nor NotResource"),
        (policy(allow(Condition=[])), "Condition is not an object"),
        (policy(allow(Condition={"StringEquals": "x"})), "Condition is not an object"),
        (policy(allow(Condition={"StringIs": {"aws:SourceArn": "x"}})), "no condition operator"),
        (policy(allow(Condition={"StringEquals": {"k": None}})), "are not texts"),
        (policy(allow(Condition={"StringEquals": {"k": [["x"]]}})), "are not texts"),
    ],
)
def test_a_document_that_cannot_be_decided_on(text: str, says: str) -> None:
    decision = decide_text(text, S3_CALL, QUEUE_LIMITS)
    assert decision.outcome == "unknown"
    assert any(says in problem.text for problem in decision.problems), decision.problems


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (policy(allow(Sid="A"), allow(Sid="A")), 'the Sid "A"'),
        (policy(allow(Sid=7)), "Sid is not a text"),
        (policy(allow(effect="Allow")), "none of the language's"),
        (policy(allow(Action=["sqs:SendMessage", "SendMessage"])), "names no service"),
        (policy(allow()).replace('"Effect"', '"Action": "sqs:*", "Effect"'), "twice: Action"),
        (policy(*[allow()] * 21), "21 statements"),
        (policy(allow(Principal={"AWS": ["*"] * 51})), "51 principals"),
        (policy(allow(Action=["sqs:SendMessage"] * 8)), "8 actions"),
        (policy(allow(Sid="x" * 9_000)), "at most 8,192"),
    ],
)
def test_a_document_that_aws_would_not_take(text: str, says: str) -> None:
    decision = decide_text(text, S3_CALL, QUEUE_LIMITS)
    assert any(says in problem.text for problem in decision.problems)
    assert (decision.allowed, decision.would_be_allowed) == (True, None)
    assert "AWS would not take" in decision.would_be_reason


def test_white_space_is_not_held_against_a_policy_that_fits_without_it() -> None:
    text = json.dumps(json.loads(policy(*[allow(Sid="x" * 380)] * 10)), indent=40)
    decision = decide_text(text.replace('"x', '"y', 1), S3_CALL, QUEUE_LIMITS)
    assert any("Without its white space it fits" in p.text for p in decision.problems)


def test_a_value_of_another_kind_is_told_and_keeps_nothing() -> None:
    condition = {"NumericNotEquals": {"aws:EpochTime": "soon"}}
    decision = decide(allow(Condition=condition))
    assert [p.refused for p in decision.problems] == [False]
    assert decision.would_be_allowed is True


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Principal": None, "NotPrincipal": {"AWS": OWNER}}, "Allow with NotPrincipal"),
        ({"Principal": {"Service": ["s3.*", "s3.amazonaws.com"]}}, 'Service "s3.*"'),
        ({"Principal": {"AWS": ["arn:aws:iam::*:root", "*"]}}, 'AWS "arn:aws:iam::*:root"'),
        (
            {"Condition": {"Null": {"aws:SourceArn": "false", "AWS:sourcearn": "false"}}},
            "aws:SourceArn twice",
        ),
    ],
)
def test_what_does_not_do_what_it_seems_to_is_told(changes: dict[str, Any], says: str) -> None:
    """IAM User Guide, NotPrincipal: not supported with Allow; Principal: no wildcard for part of a
    name; Access Analyzer's policy checks: duplicate keys with different case."""
    decision = decide(allow(**changes))
    assert [p.refused for p in decision.problems] == [False]
    assert says in decision.problems[0].text
    assert decision.would_be_allowed is True


@pytest.mark.parametrize(
    ("changes", "certainty"),
    [
        ({"Principal": None, "NotPrincipal": {"AWS": OWNER}}, "likely"),
        ({"Resource": "arn:aws:sqs:us-east-2:${aws:SourceAccount}:audio"}, "likely"),
        ({"Resource": "arn:aws:sqs:us-east-2:${aws:SourceAccount}:*"}, "likely"),
        ({"Resource": "arn:aws:sqs:us-east-2:${aws:SourceAccount}:other"}, "proven"),
        ({"Resource": "arn:aws:sqs:*:*:${aws:nothing, 'audio'}"}, "proven"),
        ({"Resource": "arn:aws:s?s:us-east-2:111122223333:audio"}, "likely"),
        ({"Resource": "arn:aws:*"}, "likely"),
        ({"Resource": "arn:*:sqs:*"}, "proven"),
        (
            {"Resource": None, "NotResource": "arn:aws:sqs:us-east-2:${aws:SourceAccount}:audio"},
            "likely",
        ),
    ],
)
def test_what_the_guide_does_not_support_is_never_proven(
    changes: dict[str, Any], certainty: str
) -> None:
    """IAM User Guide, NotPrincipal: not supported with Allow; variables: none before the fifth
    colon of a resource; Resource: no wildcard in the segment of the service."""
    assert decide(allow(**changes)).certainty == certainty


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"Action": None, "NotAction": "sqs:*"}, "NotAction leaves out sqs:SendMessage."),
        ({"Principal": None, "NotPrincipal": "*"}, "NotPrincipal leaves out s3.amazonaws.com."),
        ({"Resource": None, "NotResource": "*"}, f"NotResource leaves out {QUEUE}."),
        ({"Action": "sqs:Get*"}, "Action does not take in sqs:SendMessage."),
        (
            {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
            'IpAddress aws:SourceIp "10.0.0.0/8" does not hold: '
            "aws:SourceIp, if the call has it, is the service's own.",
        ),
        (
            {"Condition": {"StringEquals": {"aws:SourceAccount": ["${aws:SourceVpc}", "1"]}}},
            'StringEquals aws:SourceAccount "${aws:SourceVpc}" or "1" does not hold: '
            'aws:SourceAccount is "111122223333", and "${aws:SourceVpc}" has no value.',
        ),
        (
            {"Condition": {"StringEquals": {"aws:SourceAccount": "${aws:UserAgent}"}}},
            'StringEquals aws:SourceAccount "${aws:UserAgent}" cannot be told: '
            'aws:SourceAccount is "111122223333", '
            'and the value of "${aws:UserAgent}" is not known.',
        ),
    ],
)
def test_the_reason_reads_as_it_is_meant(changes: dict[str, Any], says: str) -> None:
    (result,) = decide(allow(**changes)).statements
    assert result.because == says


def test_an_owner_that_is_not_known_is_told_so() -> None:
    call = s3_sends("uploads", QUEUE, None, NOW)
    text = policy(allow(Condition={"StringEquals": {"aws:SourceAccount": OWNER}}))
    (result,) = decide_text(text, call, QUEUE_LIMITS).statements
    assert result.because.endswith("cannot be told: what aws:SourceAccount is, is not known.")


def test_a_pattern_that_would_take_a_careless_matcher_for_ever() -> None:
    hostile = "arn:aws:sqs:" + "*a" * 2_000 + "*z"
    assert decide(allow(Resource=hostile)).outcome == "implicit-deny"


_ELEMENTS = st.sampled_from(
    ["Statement", "Effect", "Principal", "Action", "Resource", "Condition", "StringEquals", "AWS"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(_ELEMENTS, inner),
)


@given(st.text() | _JSON.map(json.dumps))
def test_nothing_makes_it_fail(text: str) -> None:
    decision = decide_text(text, S3_CALL, QUEUE_LIMITS)
    assert decision.outcome in {"unknown", "implicit-deny"}


KEY = "arn:aws:kms:us-east-2:111122223333:key/1234"


@pytest.mark.parametrize(
    ("actions", "generate", "decrypt"),
    [
        (["kms:GenerateDataKey", "kms:Decrypt"], "allow", "allow"),
        (["kms:GenerateDataKey*", "kms:Decrypt"], "allow", "allow"),
        ("kms:*", "allow", "allow"),
        ("kms:GenerateDataKey", "allow", "implicit-deny"),
        ("kms:Decrypt", "implicit-deny", "allow"),
    ],
)
def test_the_policy_of_a_key(actions: Any, generate: str, decrypt: str) -> None:
    text = policy(allow(Action=actions, Resource="*"))
    for action, expected in (("kms:GenerateDataKey", generate), ("kms:Decrypt", decrypt)):
        call = uses_key(S3_CALL, action, KEY)
        assert decide_text(text, call, KEY_LIMITS).outcome == expected


def test_the_root_of_the_account_in_a_key_policy_is_not_s3() -> None:
    root = {"AWS": "arn:aws:iam::111122223333:root"}
    text = policy(allow(Principal=root, Action="kms:*", Resource="*"))
    assert decide_text(text, uses_key(S3_CALL, "kms:Decrypt", KEY), KEY_LIMITS).allowed is False


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", True),
        ("**", True),
        ("arn:aws:kms:*", True),
        ("arn:aws:*", True),
        ("arn:*:kms:*", True),
        ("arn:???:k*", True),
        (KEY, None),
        ("arn:aws:kms:*:*:key/*", None),
        ("arn:aws:kms:us-east-2:111122223333:*", None),
        (QUEUE, False),
        ("arn:aws:s3:::uploads", False),
        ("arn:aws:k", False),
        ("arn:aws-cn:kms:*", False),
        ("arn:aws:kms:${aws:SourceVpce}", False),
        ("", False),
        ("*a" * 2_000, None),
        ("*" * 10_000, True),
    ],
)
def test_a_key_whose_arn_is_not_known(resource: str, expected: bool | None) -> None:
    """Whatever its ARN is, it begins as those of KMS do (KMS Developer Guide, key ARN)."""
    text = policy(allow(Action="kms:*", Resource=resource))
    assert decide_text(text, uses_key(S3_CALL, "kms:Decrypt", None), KEY_LIMITS).allowed is expected
    text = policy(allow(Action="kms:*", Resource=None, NotResource=resource))
    opposite = None if expected is None else not expected
    assert decide_text(text, uses_key(S3_CALL, "kms:Decrypt", None), KEY_LIMITS).allowed is opposite


def test_both_policies_together() -> None:
    key = policy(allow(Action="kms:Decrypt", Resource="*"))
    check = check_policies(policy(allow()), key, S3_CALL)
    assert check.allowed is False
    assert check.key is not None
    assert check.key.decisions["kms:Decrypt"].allowed
    assert check.decisive.outcome == "implicit-deny"
    assert check_policies(policy(allow()), None, S3_CALL).allowed is True


PERHAPS = {"StringEquals": {"aws:UserAgent": "x"}}
INFERRED = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


@pytest.mark.parametrize(
    ("queue", "generate", "decrypt", "allowed", "certainty", "reason"),
    [
        (PERHAPS, {}, None, False, "proven", "No statement allows it."),
        (INFERRED, {}, None, False, "proven", "No statement allows it."),
        ({}, INFERRED, None, False, "proven", "No statement allows it."),
        (INFERRED, {}, {}, False, "likely", "No statement allows it."),
        (INFERRED, PERHAPS, {}, False, "likely", "No statement allows it."),
        (PERHAPS, {}, {}, None, "proven", "It depends on statement number 1."),
    ],
)
def test_the_reason_and_its_certainty_are_those_of_the_verdict(
    queue: Any, generate: Any, decrypt: Any, allowed: bool | None, certainty: str, reason: str
) -> None:
    of_key = [
        allow(Action=action, Resource="*", Condition=condition)
        for action, condition in (("kms:GenerateDataKey", generate), ("kms:Decrypt", decrypt))
        if condition is not None
    ]
    check = check_policies(policy(allow(Condition=queue)), policy(*of_key), S3_CALL)
    assert (check.allowed, check.certainty) == (allowed, certainty)
    assert check.decisive.would_be_reason.startswith(reason)


def test_other_senders() -> None:
    topic = "arn:aws:sns:us-east-2:111122223333:topic"
    condition = {"ArnEquals": {"aws:SourceArn": topic}}
    text = policy(allow(Principal={"Service": "sns.amazonaws.com"}, Condition=condition))
    assert decide_text(text, sns_sends(topic, QUEUE, NOW), QUEUE_LIMITS).outcome == "allow"
    rule = "arn:aws:events:us-east-2:111122223333:rule/r"
    condition = {"ArnEquals": {"aws:SourceArn": rule}}
    text = policy(allow(Principal={"Service": "events.amazonaws.com"}, Condition=condition))
    for known, outcome in ((rule, "allow"), (None, "unknown"), (f"{rule}2", "implicit-deny")):
        call = eventbridge_sends(known, QUEUE, NOW)
        assert decide_text(text, call, QUEUE_LIMITS).outcome == outcome


ROLE = "arn:aws:iam::111122223333:role/uploader"
SESSION = "arn:aws:sts::111122223333:assumed-role/uploader/app"


@pytest.mark.parametrize(
    ("principal", "arn", "outcome"),
    [
        ({"AWS": ROLE}, SESSION, "explicit-deny"),
        ({"AWS": ROLE}, ROLE, "explicit-deny"),
        ({"AWS": SESSION}, SESSION, "explicit-deny"),
        ({"AWS": SESSION}, ROLE, "allow"),
        ({"AWS": "111122223333"}, ROLE, "explicit-deny"),
        ({"AWS": "arn:aws:iam::999900001111:root"}, ROLE, "allow"),
        ("*", None, "explicit-deny"),
        ({"AWS": ROLE}, None, "unknown"),
        ({"Service": "s3.amazonaws.com"}, ROLE, "allow"),
    ],
)
def test_who_may_put_an_object(principal: Any, arn: str | None, outcome: str) -> None:
    resource = "arn:aws:s3:::uploads/a.mp3"
    everyone = allow(Principal="*", Action="s3:*", Resource="arn:aws:s3:::uploads/*")
    text = policy(everyone, deny(Principal=principal, Action="s3:PutObject"))
    call = someone("s3:PutObject", resource, NOW, arn=arn)
    assert decide_text(text, call, BUCKET_LIMITS).outcome == outcome
