"""How wide the policies of queue and bucket are. Warnings only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.models.finding import Finding
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import bucket_name, queue_attributes, queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_rules import NARROWING, Rule, rules_of
from console.operations.doctor.security_facts import bucket_rules

_S3 = ("Service", "s3.amazonaws.com")
_SOURCE_ACCOUNT = ("aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")


def _queue_rules(facts: Facts) -> tuple[Rule, ...]:
    return rules_of(facts(queue_attributes).policy)


def _queue_width(facts: Facts) -> Iterator[Finding]:
    wide = _named(rule for rule in _queue_rules(facts) if _is_wide(rule))
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
    wide = _named(rule for rule in facts(bucket_rules) if _is_wide(rule))
    if wide:
        yield Finding(
            "security.bucket-policy-wide",
            "warn",
            "proven",
            "The bucket policy lets anybody in the world act on the bucket.",
            evidence={"bucket": facts(bucket_name), "statements": wide},
            remedy="Name the principal, or add a condition on who calls or from where.",
        )


def _is_wide(rule: Rule) -> bool:
    return rule.allows and rule.for_anyone and not rule.requires(NARROWING)


def _confused_deputy(facts: Facts) -> Iterator[Finding]:
    """S3 asks in the name of whoever owns the bucket (IAM User Guide, the confused deputy)."""
    arn = facts(queue_ref).arn
    granting = [
        rule
        for rule in _queue_rules(facts)
        if rule.allows and _S3 in rule.principals and rule.covers("sqs:SendMessage", arn)
    ]
    no_account = [rule for rule in granting if not rule.requires(_SOURCE_ACCOUNT)]
    neither = [rule for rule in no_account if not rule.requires(("aws:sourcearn",))]
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


def _deputy(title: str, queue: str, rules: Iterable[Rule]) -> Finding:
    return Finding(
        "security.confused-deputy",
        "warn",
        "proven",
        title,
        evidence={"queue": queue, "statements": _named(rules)},
        remedy="Add conditions on aws:SourceArn (the bucket) and aws:SourceAccount (its owner).",
    )


def _named(rules: Iterable[Rule]) -> list[dict[str, object]]:
    return [{"sid": rule.sid, "actions": list(rule.actions)} for rule in rules]


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
