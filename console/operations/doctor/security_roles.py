"""May producer and consumer do their part? As IAM itself simulates it. Warnings only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from console.errors import AwsError
from console.models.finding import Finding
from console.models.security import Simulated
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.common_facts import queue_attributes, queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.own_keys import bucket_key_arn, queue_key_arn
from console.operations.doctor.policy_width import allows, covers, for_anyone, statements_of
from console.operations.doctor.security_facts import (
    bucket_statements,
    iam_of,
    object_arn,
    principal_of,
)

CONSUMING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
"""What a consumer does to the queue."""


@dataclass(frozen=True, slots=True)
class _Need:
    """Actions that somebody needs on one resource; `resource` of `None` needs none of them."""

    actions: Sequence[str]
    resource: Callable[[Facts], str | None]


def _queue_arn(facts: Facts) -> str:
    return facts(queue_ref).arn


_PRODUCER = (
    _Need(("s3:PutObject",), object_arn),
    _Need(("kms:GenerateDataKey",), bucket_key_arn),
)
_CONSUMER = (
    _Need(CONSUMING, _queue_arn),
    _Need(("s3:GetObject",), object_arn),
    _Need(("kms:Decrypt",), queue_key_arn),
    _Need(("kms:Decrypt",), bucket_key_arn),
)


def _producer(facts: Facts) -> Iterator[Finding]:
    yield from _asked(facts, "producer", facts.pipeline.producer_arn, _PRODUCER)


def _consumer(facts: Facts) -> Iterator[Finding]:
    yield from _asked(facts, "consumer", facts.pipeline.consumer_arn, _CONSUMER)


def _asked(facts: Facts, who: str, arn: str | None, needs: Sequence[_Need]) -> Iterator[Finding]:
    """What was refused is told even where another answer is missing."""
    if not arn:
        raise NotApplicable
    refused: list[Simulated] = []
    missing: AwsError | None = None
    for need in needs:
        try:
            refused += _refused(facts, principal_of(arn), need)
        except AwsError as error:
            missing = missing or error
    if refused:
        yield _denied(who, arn, refused)
    elif missing and missing.code == "NoSuchEntity":
        yield _no_such(who, arn)
    elif missing:
        raise missing


def _refused(facts: Facts, principal: str, need: _Need) -> list[Simulated]:
    resource = need.resource(facts)
    if resource is None:
        return []
    iam = iam_of(facts, principal.split(":")[4])
    return [
        result
        for result in iam.simulate(principal, need.actions, resource)
        if not result.allowed and not _granted_by_resource(facts, principal, result)
    ]


def _granted_by_resource(facts: Facts, principal: str, result: Simulated) -> bool:
    """Whether the resource's own policy names the principal, which within an account is enough
    (IAM User Guide, policy evaluation logic); IAM's simulation leaves that policy out."""
    if result.decision != "implicitDeny":
        return False
    try:
        statements = {
            "sqs": lambda: statements_of(facts(queue_attributes).policy),
            "s3": lambda: facts(bucket_statements),
        }.get(result.action.partition(":")[0], tuple)()
    except AwsError:
        return False
    return any(
        allows(statement)
        and (for_anyone(statement) or ("AWS", principal) in statement.principals.entries)
        and covers(statement, result.action, result.resource)
        for statement in statements
    )


def _denied(who: str, arn: str, refused: Sequence[Simulated]) -> Finding:
    actions = ", ".join(dict.fromkeys(result.action for result in refused))
    proven = all(r.decision == "explicitDeny" and not r.missing_context for r in refused)
    return Finding(
        f"security.{who}-denied",
        "warn",
        "proven" if proven else "likely",
        f"By IAM's simulation the {who} may not {actions}.",
        evidence={
            who: arn,
            "refused": [
                {
                    "action": result.action,
                    "resource": result.resource,
                    "decision": result.decision,
                    "missing_context": list(result.missing_context),
                }
                for result in refused
            ],
        },
        remedy=f"Grant {actions} to the {who}, unless the policy of the resource does.",
    )


def _no_such(who: str, arn: str) -> Finding:
    return Finding(
        f"security.{who}-denied",
        "warn",
        "likely",
        f"IAM of this account does not know the {who} that is configured.",
        evidence={who: arn},
        remedy=f"Correct {who}_arn in config.toml; IAM wants a role's path in it, too.",
    )


SECURITY_ROLE_CHECKS = (
    Check(
        {"security.producer-denied": "By IAM's simulation the producer may upload."},
        _producer,
        essential=False,
    ),
    Check(
        {"security.consumer-denied": "By IAM's simulation the consumer may do its part."},
        _consumer,
        essential=False,
    ),
)
