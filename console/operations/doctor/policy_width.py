"""How wide the statements of a policy are: who, what, on what, under which keys.

Unlike the evaluator this decides no call: it asks what a statement leaves open to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.policy.document import Condition, Listed, Statement
from console.policy.patterns import Pattern
from console.policy.reading import read_policy

# Condition keys that tell who calls or from where, so that `*` stands for some only (S3 User
# Guide, "The meaning of public", and IAM User Guide, global condition keys).
NARROWING = frozenset(
    {
        "aws:calledvia",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)
_TLS = "aws:securetransport"


def statements_of(text: str | None) -> tuple[Statement, ...]:
    """The statements of a policy's JSON text; none where it is no policy, or there is none."""
    policy = read_policy(text) if text else None
    return policy.statements if policy and policy.valid else ()


def allows(statement: Statement) -> bool:
    """Whether it allows what it is about."""
    return statement.effect == "Allow"


def for_anyone(statement: Statement) -> bool:
    """Whether it is about every caller, conditions aside."""
    principals = statement.principals
    return not principals.negated and ("AWS", "*") in principals.entries


def covers(statement: Statement, action: str, resource: str) -> bool:
    """Whether it is about this action on this resource, conditions and callers aside."""
    lowered = Listed(tuple(v.lower() for v in statement.actions.values), statement.actions.negated)
    return _takes_in(lowered, action.lower()) and _takes_in(statement.resources, resource)


def requires(statement: Statement, keys: Iterable[str]) -> bool:
    """Whether a condition wants one of these keys, in lower case, to have certain values."""
    wanted = frozenset(keys)
    return any(
        condition.key.lower() in wanted and _narrows(condition)
        for condition in statement.conditions
    )


def refuses_plain_http(statement: Statement, action: str, resource: str) -> bool:
    """Whether it denies the action to everybody who comes without TLS."""
    return (
        not allows(statement)
        and for_anyone(statement)
        and covers(statement, action, resource)
        and bool(statement.conditions)
        and all(map(_is_plain_http, statement.conditions))
    )


def _takes_in(listed: Listed, value: str) -> bool:
    return any(Pattern(text).matches(value) for text in listed.values) is not listed.negated


def _narrows(condition: Condition) -> bool:
    operator = condition.operator
    return not (operator.negated or operator.null or any(map(_is_anything, condition.values)))


def _is_anything(value: str) -> bool:
    """Whether a value leaves everything open: `*`, or the ARN of whatever there is."""
    return Pattern(value.split(":", 5)[-1] if value.startswith("arn:") else value).is_anything


def _is_plain_http(condition: Condition) -> bool:
    operator = condition.operator
    return (
        condition.key.lower() == _TLS
        and operator.name.lower().startswith("bool")
        and tuple(value.lower() for value in condition.values) == ("false",)
    )
