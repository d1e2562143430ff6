"""What the security checks share: ARNs of the pipeline, and who a principal is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from console.aws.iam import Iam
from console.errors import AwsError, ConsoleError
from console.models.security import BucketEncryption
from console.notification import decode_filter
from console.operations.doctor.common_facts import (
    bucket_name,
    bucket_policy,
    rules_to_queue,
)
from console.operations.doctor.facts import Facts
from console.operations.doctor.operator_checks import bucket_caller, caller
from console.operations.doctor.policy_width import statements_of
from console.policy.document import Statement

_USER = re.compile(r"arn:[^:]+:iam::(?P<account>\d{12}):user/(?:.*/)?(?P<name>[^/]+)")
_SESSION = re.compile(
    r"arn:(?P<partition>[^:]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.*"
)


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user by account and name; `arn` as it was given."""

    arn: str
    account: str
    name: str


def user_of(arn: str | None) -> User | None:
    """The user of an ARN, `None` where it is nobody's, or a role's, or the root user's."""
    match = _USER.fullmatch(arn or "")
    return User(match[0], match["account"], match["name"]) if match else None


def principal_of(arn: str) -> str:
    """The ARN that IAM knows a principal by: for a session its role, with `/` for its path."""
    match = _SESSION.fullmatch(arn)
    if not match:
        return arn
    return f"arn:{match['partition']}:iam::{match['account']}:role/{match['role']}"


def partition(facts: Facts) -> str:
    """The partition of the ARNs (`aws`, `aws-cn`, …): the queue's, or the caller's."""
    pipeline = facts.pipeline
    known = pipeline.queue.arn if pipeline.queue else None
    known = known or (pipeline.identity.arn if pipeline.identity else "arn:aws:")
    return known.split(":")[1]


def bucket_arn(facts: Facts) -> str:
    """The bucket's ARN. Raises what hides the bucket."""
    return f"arn:{partition(facts)}:s3:::{facts(bucket_name)}"


def bucket_statements(facts: Facts) -> tuple[Statement, ...]:
    """The statements of the bucket policy. Raises `AwsError`."""
    return statements_of(facts(bucket_policy))


def bucket_encryption(facts: Facts) -> BucketEncryption | None:
    """The bucket's default encryption. Raises `AwsError`."""
    return facts.bench.gateway.bucket_security.encryption(bucket_name(facts))


def object_arn(facts: Facts) -> str:
    """An object that the pipeline is for: the one asked about, or an example that fits the rule."""
    return f"{bucket_arn(facts)}/{facts.key or _example(facts)}"


def _example(facts: Facts) -> str:
    pipeline = facts.pipeline
    prefix, suffix = pipeline.expected_prefix, pipeline.expected_suffix
    try:
        rule = next(iter(facts(rules_to_queue)), None)
    except AwsError:
        rule = None
    if rule:
        prefix = decode_filter(rule.prefix or "") if prefix is None else prefix
        suffix = decode_filter(rule.suffix or "") if suffix is None else suffix
    return f"{prefix or ''}example{suffix or ''}"


def iam_of(facts: Facts, account: str) -> Iam:
    """IAM of that account, where queue's or bucket's credentials belong to it.

    Raises `AwsError`, and `ConsoleError` where neither do.
    """
    gateway = facts.bench.gateway
    if facts(caller).account == account:
        return gateway.iam
    if gateway.has_bucket_access and facts(bucket_caller).account == account:
        return gateway.bucket_iam
    raise ConsoleError(
        "Another account",
        f"Account {account} is not the caller's, and IAM tells of its own account only.",
        "Ask with credentials of that account.",
    )
