"""The one who looks: do the credentials work, and what may they not read?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.errors import AwsError
from console.models.finding import Finding
from console.models.pipeline import Identity
from console.operations.doctor.check import Check, LateCheck, NotApplicable, Omit
from console.operations.doctor.facts import Facts

CREDENTIALS = "operator.credentials"
CANNOT_READ = "operator.cannot-read"

# With these AWS refuses whoever asks, so that no call says anything of the pipeline.
_USELESS = frozenset({"expired", "bad-credentials", "no-credentials", "clock-skew"})
_RENEWED_BY_LOGIN = frozenset({"expired", "no-credentials"})


def caller(facts: Facts) -> Identity:
    """Who asks. Raises `AwsError`."""
    return facts.bench.gateway.sts.identity(_region(facts))


def bucket_caller(facts: Facts) -> Identity:
    """Who asks about the bucket. Raises `AwsError`."""
    gateway = facts.bench.gateway
    if not gateway.has_bucket_access:
        return facts(caller)
    return gateway.bucket_sts.identity(_region(facts))


def _region(facts: Facts) -> str | None:
    region = facts.pipeline.region
    return None if region == "unknown" else region


def _credentials(facts: Facts) -> Iterator[Finding]:
    try:
        facts(caller)
    except AwsError as error:
        refusal = error if error.kind in _USELESS else _refusal_elsewhere(facts)
        if refusal is None:
            raise
        yield _refused(refusal, facts.bench.gateway.profile)


def _refusal_elsewhere(facts: Facts) -> AwsError | None:
    """What another service said of the credentials where STS could not be asked, as without a
    region."""
    if facts.bench.gateway.has_bucket_access:
        return None
    errors = (unknown.error for unknown in facts.pipeline.unknown)
    return next((e for e in errors if isinstance(e, AwsError) and e.kind in _USELESS), None)


def _bucket_credentials(facts: Facts) -> Iterator[Finding]:
    gateway = facts.bench.gateway
    if not gateway.has_bucket_access:
        raise NotApplicable
    try:
        facts(bucket_caller)
    except AwsError as error:
        if error.kind not in _USELESS:
            raise
        yield _refused(error, gateway.bucket_profile, " for the bucket")


def _refused(error: AwsError, profile: str | None, whose: str = "") -> Finding:
    named = f" --profile {profile}" if profile else ""
    command = "aws sso login" if error.kind in _RENEWED_BY_LOGIN else "aws configure"
    return Finding(
        CREDENTIALS,
        "fail",
        "proven",
        f"The credentials{whose} do not work: {error.sentence}",
        evidence={"call": error.operation, "code": error.code, "profile": profile},
        remedy=error.remedy,
        commands=() if error.kind == "clock-skew" else (f"{command}{named}",),
    )


def _cannot_read(_: Facts, found: Mapping[str, Finding]) -> Iterator[Finding | Omit]:
    missing: dict[str, list[str]] = {}
    for finding in found.values():
        if finding.status == "unknown" and finding.permission:
            missing.setdefault(finding.permission, []).append(finding.id)
    if not missing:
        yield Omit(CANNOT_READ)
        return
    names = sorted(missing)
    yield Finding(
        CANNOT_READ,
        "unknown",
        "proven",
        f"The caller may not {', '.join(names)}: what these would tell is unknown, not absent.",
        evidence={"permissions": names, "unanswered": {n: sorted(missing[n]) for n in names}},
        remedy="Grant what is named; event-console security --policy prints a policy that does.",
        permission=names[0] if len(names) == 1 else None,
    )


OPERATOR_CHECKS = (
    Check({CREDENTIALS: "The credentials work."}, _credentials, essential=False, gate=True),
    Check({CREDENTIALS: "The credentials work."}, _bucket_credentials, essential=False),
)

OPERATOR_LATE_CHECKS = (
    LateCheck({CANNOT_READ: "Nothing was denied."}, _cannot_read, closing=True),
)
