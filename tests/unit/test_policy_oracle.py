"""Generated policies against an evaluator that is written from AWS's sentences alone: two-valued,
without explanations, for calls of which everything is known."""

from __future__ import annotations

import fnmatch
import ipaddress
import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from console.policy.decide import decide_text
from console.policy.limits import KEY_LIMITS
from console.policy.request import ABSENT, UNKNOWN, Caller, Key, Request, known

QUEUE = "arn:aws:sqs:us-east-2:111122223333:audio"
S3 = "s3.amazonaws.com"
Context = dict[str, list[str] | None]

KEYS = ["aws:SourceArn", "aws:SourceAccount", "aws:SourceVpce", "aws:Tags", "aws:SourceIp", "n:n"]
TEXTS = [
    "arn:aws:s3:::uploads", "arn:aws:s3:::up*", "arn:aws:s3:*:*:uploads", "arn:aws:s3:::uploads/*",
    "arn:aws:s3:::Uploads", "arn:aws:s3*", "111122223333", "999900001111", "1111*", "vpce-1", "*",
    "?", "", "true", "false", "5", "5.0", "-3", "7", "203.0.113.0/24", "203.0.113.7",
    "2001:db8::/32", "2001:db8::5", "a", "b", "A", "${aws:SourceAccount}", "${aws:SourceVpce}x",
    "arn:aws:s3:::${aws:SourceAccount}", "a${*}", "a*",
]  # fmt: skip
OPERATORS = [
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
    "StringLike", "StringNotLike", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Bool",
    "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals",
    "IpAddress", "NotIpAddress",
]  # fmt: skip


def one_or_more(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=3)


contexts = st.fixed_dictionaries(
    {key: st.none() | st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2) for key in KEYS}
)
operators = st.builds(
    lambda qualifier, name, suffix: qualifier + name + suffix,
    st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]),
    st.sampled_from(OPERATORS),
    st.sampled_from(["", "IfExists"]),
) | st.just("Null")
conditions = st.dictionaries(
    operators,
    st.dictionaries(
        st.sampled_from(KEYS).flatmap(lambda k: st.sampled_from([k, k.upper()])),
        one_or_more(st.sampled_from(TEXTS)),
        min_size=1,
        max_size=2,
    ),
    max_size=2,
)
principals = st.just("*") | st.dictionaries(
    st.sampled_from(["AWS", "Service", "Federated"]),
    one_or_more(st.sampled_from(["*", S3, "sns.amazonaws.com", "111122223333"])),
    min_size=1,
)
actions = one_or_more(
    st.sampled_from(["*", "sqs:*", "SQS:sendMessage", "sqs:Send?essage", "sqs:ReceiveMessage"])
)
resources = one_or_more(
    st.sampled_from(["*", QUEUE, "arn:aws:sqs:*:*:audio", "arn:aws:sqs:*", QUEUE.upper()])
)


def either(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda n, v: {n: v}, st.sampled_from([name, name, name, f"Not{name}"]), values)


statements = st.builds(
    lambda effect, *parts: {"Effect": effect, **{k: v for part in parts for k, v in part.items()}},
    st.sampled_from(["Allow", "Allow", "Deny"]),
    either("Principal", principals),
    either("Action", actions),
    either("Resource", resources),
    conditions.map(lambda c: {"Condition": c} if c else {}),
)
documents = st.fixed_dictionaries(
    {
        "Version": st.sampled_from(["2012-10-17", "2008-10-17"]),
        "Statement": st.lists(statements, min_size=1, max_size=3),
    }
)


@settings(max_examples=200)
@given(documents, contexts)
def test_it_agrees_with_an_evaluator_that_knows_all(document: Any, context: Context) -> None:
    keys = {k.lower(): Key(ABSENT if v is None else known(*v)) for k, v in context.items()}
    request = Request(Caller("service", S3), "sqs:SendMessage", QUEUE, keys)
    decision = decide_text(json.dumps(document), request, KEY_LIMITS)
    expected = oracle(document, {key.lower(): value for key, value in context.items()})
    if decision.outcome == "unknown":
        # A key with several values is no variable.
        assert any("${" in str(s) for s in document["Statement"])
    elif decision.outcome != expected:
        # One that cannot be told does not matter where nothing is allowed in any case.
        assert (decision.outcome, expected) == ("implicit-deny", "explicit-deny")
        assert any(result.matches is None for result in decision.statements)


@settings(max_examples=150)
@given(documents, contexts, st.sets(st.sampled_from(KEYS), min_size=1))
def test_what_is_said_of_a_call_half_known_is_true_of_every_such_call(
    document: Any, context: Context, hidden: set[str]
) -> None:
    keys = {
        key.lower(): Key(UNKNOWN if key in hidden else ABSENT if value is None else known(*value))
        for key, value in context.items()
    }
    request = Request(Caller("service", S3), "sqs:SendMessage", QUEUE, keys)
    decision = decide_text(json.dumps(document), request, KEY_LIMITS)
    if decision.allowed is not None:
        expected = oracle(document, {key.lower(): value for key, value in context.items()})
        assert decision.allowed is (expected == "allow")


def oracle(document: Any, context: Context) -> str:
    new = document["Version"] == "2012-10-17"
    effects = {s["Effect"] for s in document["Statement"] if fits(s, context, new)}
    if "Deny" in effects:
        return "explicit-deny"
    return "allow" if "Allow" in effects else "implicit-deny"


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def glob(pattern: str, value: str) -> bool:
    return re.fullmatch(fnmatch.translate(pattern), value) is not None


def fits(statement: dict[str, Any], context: Context, new: bool) -> bool:
    def element(name: str, found: Any) -> bool:
        if name in statement:
            return any(map(found, listed(statement[name])))
        return not any(map(found, listed(statement[f"Not{name}"])))

    def resource(pattern: str) -> bool:
        return glob(pattern, QUEUE)

    return (
        element("Principal", names_s3)
        and element("Action", lambda a: glob(a.lower(), "sqs:sendmessage"))
        and element("Resource", resource)
        and all(
            holds(operator, listed(wanted), context[key.lower()], context, new)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def names_s3(principal: Any) -> bool:
    if principal == "*":
        return True
    return "*" in listed(principal.get("AWS", [])) or S3 in listed(principal.get("Service", []))


def holds(
    name: str, wanted: list[str], actual: list[str] | None, context: Context, new: bool
) -> bool:
    if name == "Null":
        return any(w == ("true" if actual is None else "false") for w in wanted)
    qualifier, _, plain = name.rpartition(":")
    base = plain.removesuffix("IfExists")
    negated = "Not" in base
    if actual is None:
        if plain != base or qualifier == "ForAllValues":
            return True
        return negated and qualifier == ""

    def matched(value: str) -> bool:
        return any(compare(base.replace("Not", ""), value, w, context, new) for w in wanted)

    if qualifier == "ForAllValues":
        return all(matched(value) is not negated for value in actual)
    if qualifier == "ForAnyValue":
        return any(matched(value) is not negated for value in actual)
    return any(map(matched, actual)) is not negated


def compare(base: str, value: str, wanted: str, context: Context, new: bool) -> bool:
    if base.startswith(("String", "Arn")):
        expanded = substitute(wanted, context) if new else wanted
        return expanded is not None and compare_text(base, value, expanded)
    if base.startswith("Numeric"):
        return compare_numbers(base, value, wanted)
    if base == "Bool":
        return value == wanted and value in ("true", "false")
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted)
    except ValueError:
        return False


STAR = "\0"


def substitute(wanted: str, context: Context) -> str | None:
    """The text with variables replaced, or None; a star that is a character becomes NUL."""
    wanted = wanted.replace("${*}", STAR)
    for name in re.findall(r"\$\{([^}]*)\}", wanted):
        values = context[name.lower()]
        if values is None or len(values) != 1:
            return None
        wanted = wanted.replace("${" + name + "}", values[0].replace("*", STAR).replace("?", "\1"))
    return wanted


def compare_text(base: str, value: str, wanted: str) -> bool:
    plain = wanted.replace(STAR, "*").replace("\1", "?")
    if base == "StringEquals":
        return value == plain
    if base == "StringEqualsIgnoreCase":
        return value.lower() == plain.lower()
    # The same characters in both, so that none of them is a wildcard where it must be none.
    shown = value.replace("*", STAR).replace("?", "\1")
    if base == "StringLike":
        return glob(wanted, shown)
    patterns, parts = wanted.split(":", 5), shown.split(":", 5)
    if wanted == "*":
        return value.startswith("arn:")
    return len(patterns) == len(parts) == 6 and all(map(glob, patterns, parts))


def compare_numbers(base: str, value: str, wanted: str) -> bool:
    try:
        left, right = float(value), float(wanted)
    except ValueError:
        return False
    return {
        "NumericEquals": left == right,
        "NumericLessThan": left < right,
        "NumericGreaterThanEquals": left >= right,
    }[base]
