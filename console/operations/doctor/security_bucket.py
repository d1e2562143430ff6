"""The bucket as an auditor sees it. Warnings only: none of this loses an event."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from console.models.finding import Finding
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_width import refuses_plain_http
from console.operations.doctor.security_facts import (
    bucket_arn,
    bucket_encryption,
    bucket_statements,
)

_ACTIONS = ("s3:PutObject", "s3:GetObject")
_ALL_CLOSED = (
    "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
)


def _encryption(facts: Facts) -> Iterator[Finding]:
    if facts(bucket_encryption) is None:
        bucket = facts(bucket_name)
        yield Finding(
            "security.bucket-unencrypted",
            "warn",
            "proven",
            "The bucket has no default encryption.",
            evidence={"bucket": bucket, "encryption": None},
            remedy="Put a default encryption: SSE-S3 needs no key and no grant.",
        )


def _public_access(facts: Facts) -> Iterator[Finding]:
    bucket = facts(bucket_name)
    open_switches = facts.bench.gateway.bucket_security.public_access_block(bucket).open()
    if open_switches:
        yield Finding(
            "security.public-access",
            "warn",
            "likely",
            "The bucket's own settings do not block all public access; whether the account's do is"
            " not looked at.",
            evidence={"bucket": bucket, "switched_off": list(open_switches)},
            remedy="Block public access, unless the bucket is meant to be public.",
            commands=(_block(bucket),),
        )


def _block(bucket: str) -> str:
    words = ("aws", "s3api", "put-public-access-block", "--bucket", bucket)
    return shlex.join((*words, "--public-access-block-configuration", _ALL_CLOSED))


def _tls_only(facts: Facts) -> Iterator[Finding]:
    statements, objects = facts(bucket_statements), f"{facts(bucket_arn)}/*"
    open_to = [
        action
        for action in _ACTIONS
        if not any(refuses_plain_http(s, action, objects) for s in statements)
    ]
    if open_to:
        yield Finding(
            "security.tls-only-bucket",
            "warn",
            "proven",
            "The bucket policy does not refuse callers who come without TLS.",
            evidence={"bucket": facts(bucket_name), "not_refused": open_to},
            remedy="Add a Deny for Principal * and s3:* where aws:SecureTransport is false.",
        )


SECURITY_BUCKET_CHECKS = (
    Check(
        {"security.bucket-unencrypted": "The bucket encrypts what comes in."},
        _encryption,
        essential=False,
    ),
    Check(
        {"security.public-access": "The bucket blocks all public access."},
        _public_access,
        essential=False,
    ),
    Check(
        {"security.tls-only-bucket": "The bucket policy refuses callers without TLS."},
        _tls_only,
        essential=False,
    ),
)
