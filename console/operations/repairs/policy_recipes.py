"""Repairs of queue and key policies: the documented statement for S3, beside what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.errors import AwsError
from console.models.repair import Parts, Target
from console.operations.repairs.case import Case, cannot
from console.operations.repairs.parts import with_statement

_SID = "event-console-s3"
_S3 = {"Service": "s3.amazonaws.com"}

Edit = Callable[[Parts], Mapping[str, Any]]


def _partition(case: Case) -> str:
    return case.bench.need_queue().arn.split(":")[1]


def _owner(case: Case) -> str | None:
    """The account that owns the bucket, where that is the queue's own; else it is not known."""
    account = case.bench.need_queue().account
    try:
        case.bench.gateway.bucket_security.ask(case.bench.need_bucket(), owner=account)
    except AwsError:
        return None
    return account


def _allow(case: Case) -> tuple[Target, Edit]:
    """S3 User Guide, granting permissions to publish event notification messages."""
    queue, owner = case.bench.need_queue(), _owner(case)
    bucket_arn = f"arn:{_partition(case)}:s3:::{case.bench.need_bucket()}"
    statement = {
        "Sid": _SID,
        "Effect": "Allow",
        "Principal": _S3,
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {
            "ArnEquals": {"aws:SourceArn": bucket_arn},
            **({"StringEquals": {"aws:SourceAccount": owner}} if owner else {}),
        },
    }
    return case.policy, lambda parts: with_statement(parts, statement)


def _spare_services(case: Case) -> tuple[Target, Edit]:
    """The deciding Deny no longer hits calls that an AWS service makes for itself."""
    named = str(case.finding.evidence.get("statement", ""))

    def spare(parts: Parts) -> Mapping[str, Any]:
        part = next(
            (p for p in parts if p.startswith("statement ") and _is(parts[p], p, named)), ""
        )
        statement = parts.get(part)
        if not isinstance(statement, dict):
            raise cannot(
                f"The statement {named or 'that refuses S3'} was not found in the policy.",
                "Add BoolIfExists aws:PrincipalIsAWSService = false to the Deny by hand.",
            )
        condition: dict[str, Any] = dict(statement.get("Condition") or {})
        spared = {**condition.get("BoolIfExists", {}), "aws:PrincipalIsAWSService": "false"}
        return {**parts, part: {**statement, "Condition": {**condition, "BoolIfExists": spared}}}

    return case.policy, spare


def _is(statement: object, part: str, named: str) -> bool:
    """Whether a statement is the one that was named: by Sid, or by its number."""
    deny = isinstance(statement, dict) and statement.get("Effect") == "Deny"
    return deny and (not named or part.removeprefix("statement ") == named)


def _use_key(case: Case) -> tuple[Target, Edit]:
    """S3 User Guide, the same page: the key policy for an encrypted queue."""
    key_id = str(case.finding.evidence.get("key_id") or "")
    if not key_id:
        raise cannot("The finding does not name the key.", "Change the key policy by hand.")
    owner = _owner(case)
    statement = {
        "Sid": _SID,
        "Effect": "Allow",
        "Principal": _S3,
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
        **({"Condition": {"StringEquals": {"aws:SourceAccount": owner}}} if owner else {}),
    }
    return Target("key-policy", key_id), lambda parts: with_statement(parts, statement)


QUEUE_RECIPES = {
    **dict.fromkeys(
        (
            "policy.no-allow",
            "policy.wrong-principal",
            "policy.wrong-resource",
            "policy.wrong-source-arn",
            "policy.wrong-source-account",
            "policy.wildcard-in-string-equals",
            "policy.absent-condition-key",
        ),
        _allow,
    ),
    "policy.explicit-deny": _spare_services,
}
KEY_RECIPES = {"kms.key-policy": _use_key}
