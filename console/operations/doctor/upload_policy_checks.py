"""The bucket policy: does a Deny in it refuse uploads?

What allows an upload may stand in policies of the producer's own, so only a Deny can be judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.errors import AwsError
from console.models.finding import Certainty, Finding
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.common_facts import bucket_name, bucket_policy
from console.operations.doctor.facts import Facts
from console.operations.doctor.object_facts import asked_object
from console.operations.doctor.policy_evidence import statement_name
from console.operations.doctor.security_facts import object_arn
from console.policy.callers import someone, without_headers
from console.policy.decide import decide_text
from console.policy.decision import StatementResult
from console.policy.limits import BUCKET_LIMITS
from console.policy.request import Request

_PUT = "s3:PutObject"


def _upload(facts: Facts) -> Iterator[Finding]:
    text = _policy(facts)
    if text is None:
        return
    call = someone(_PUT, facts(object_arn), facts.at)
    denies = _denies(text, call)
    refusing = [r for r in denies if r.matches]
    perhaps = [r for r in denies if r.matches is None]
    plain = [r for r in _denies(text, without_headers(call)) if r.matches]
    missing = _is_missing(facts)
    if refusing and missing is not False:
        proven = any(r.certain for r in refusing)
        yield _denied(facts, refusing, "proven" if proven else "likely")
    elif missing and plain:
        yield _denied(facts, plain, "likely")
    elif refusing or perhaps:
        yield _perhaps(facts, refusing or perhaps)


def _policy(facts: Facts) -> str | None:
    try:
        return facts(bucket_policy)
    except AwsError as error:
        if error.kind == "no-such-bucket":
            raise NotApplicable from None
        raise


def _denies(text: str, call: Request) -> list[StatementResult]:
    return [r for r in decide_text(text, call, BUCKET_LIMITS).statements if r.effect == "Deny"]


def _is_missing(facts: Facts) -> bool | None:
    """Whether the object that is asked about is missing; `None` where that cannot be told."""
    if facts.key is None:
        return None
    try:
        return facts(asked_object) is None
    except (AwsError, NotApplicable):
        return None


def _denied(facts: Facts, results: Sequence[StatementResult], certainty: Certainty) -> Finding:
    sure = certainty == "proven"
    return Finding(
        "bucket.upload-denied",
        "fail",
        certainty,
        "The bucket policy refuses uploads, whoever makes them."
        if sure
        else "The bucket policy refuses uploads that are made in the usual way.",
        _evidence(facts, results),
        "Change the Deny of the bucket policy, or send what it asks of a request.",
    )


def _perhaps(facts: Facts, results: Sequence[StatementResult]) -> Finding:
    return Finding(
        "bucket.upload-denied",
        "warn",
        "likely",
        "The bucket policy refuses some uploads, depending on who makes them and how.",
        _evidence(facts, results),
        "See that the producer's requests have what the bucket policy asks for.",
    )


def _evidence(facts: Facts, results: Sequence[StatementResult]) -> dict[str, object]:
    evidence: dict[str, object] = {
        "bucket": facts(bucket_name),
        "statements": [{"statement": statement_name(r), "because": r.because} for r in results],
    }
    return evidence if facts.key is None else {**evidence, "key": facts.key}


UPLOAD_POLICY_CHECKS = (
    Check(
        {"bucket.upload-denied": "No Deny of the bucket policy refuses uploads."},
        _upload,
        essential=False,
    ),
)
