"""How wide the policies of queue and bucket are. Warnings only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.models.finding import Finding
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import bucket_name, queue_attributes, queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_width import (
    NARROWING,
    allows,
    covers,
    for_anyone,
    requires,
    statements_of,
)
from console.operations.doctor.security_facts import bucket_statements
from console.policy.document import Statement

_S3 = ("Service", "s3.amazonaws.com")
_SOURCE_ACCOUNT = ("aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")


def _queue_statements(facts: Facts) -> tuple[Statement, ...]:
    return statements_of(facts(queue_attributes).policy)


def _queue_width(facts: Facts) -> Iterator[Finding]:
    wide = _named(s for s in _queue_statements(facts) if _is_wide(s))
    if wide:
        yield Finding(
            "security.policy-wide",
            "warn",
            "proven",
            "The queue policy lets anybody in the world act on the queue.",
            evidence={"queue": facts(queue_ref).arn, "statements": wide},
            remedy="Name the principal, or add a condition on aws:SourceArn and aws:SourceAccount.",
        )


def _bucket_width(facts: Facts) -> Iterator[Finding]:
    wide = _named(s for s in facts(bucket_statements) if _is_wide(s))
    if wide:
        yield Finding(
            "security.bucket-policy-wide",
            "warn",
            "proven",
            "The bucket policy lets anybody in the world act on the bucket.",
            evidence={"bucket": facts(bucket_name), "statements": wide},
            remedy="Name the principal, or add a condition on who calls or from where.",
        )


def _is_wide(statement: Statement) -> bool:
    return allows(statement) and for_anyone(statement) and not requires(statement, NARROWING)


def _confused_deputy(facts: Facts) -> Iterator[Finding]:
    """S3 asks in the name of whoever owns the bucket (IAM User Guide, the confused deputy)."""
    arn = facts(queue_ref).arn
    granting = [
        statement
        for statement in _queue_statements(facts)
        if allows(statement) and covers(statement, "sqs:SendMessage", arn) and _is_for_s3(statement)
    ]
    no_account = [s for s in granting if not requires(s, _SOURCE_ACCOUNT)]
    neither = [s for s in no_account if not requires(s, ("aws:sourcearn",))]
    if neither:
        yield _deputy(
            "The queue policy lets S3 deliver from any bucket of any account.", arn, neither
        )
    elif no_account:
        yield _deputy(
            "The queue policy names the bucket but not its account: whoever owned a bucket of that"
            " name after you could deliver to the queue.",
            arn,
            no_account,
        )


def _is_for_s3(statement: Statement) -> bool:
    """Whether it names S3, or anybody who comes for some source, which services do."""
    named = _S3 in statement.principals.entries
    return named or (for_anyone(statement) and requires(statement, ("aws:sourcearn",)))


def _deputy(title: str, queue: str, statements: Iterable[Statement]) -> Finding:
    return Finding(
        "security.confused-deputy",
        "warn",
        "proven",
        title,
        evidence={"queue": queue, "statements": _named(statements)},
        remedy="Add conditions on aws:SourceArn (the bucket) and aws:SourceAccount (its owner).",
    )


def _named(statements: Iterable[Statement]) -> list[dict[str, object]]:
    return [{"index": s.index, "sid": s.sid, "actions": list(s.actions.values)} for s in statements]


SECURITY_POLICY_CHECKS = (
    Check(
        {"security.policy-wide": "The queue policy opens the queue to nobody in general."},
        _queue_width,
        essential=False,
    ),
    Check(
        {"security.confused-deputy": "The queue policy lets S3 deliver for its own bucket only."},
        _confused_deputy,
        essential=False,
    ),
    Check(
        {"security.bucket-policy-wide": "The bucket policy opens the bucket to nobody in general."},
        _bucket_width,
        essential=False,
    ),
)
