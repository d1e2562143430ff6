"""The bucket policy: does a Deny in it refuse uploads?

What allows an upload may stand in policies of the producer's own, so only a Deny can be judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.errors import AwsError
from console.models.finding import Finding
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.common_facts import bucket_name, rules_to_queue
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_evidence import statement_name
from console.policy.callers import someone
from console.policy.decide import decide_text
from console.policy.decision import StatementResult
from console.policy.limits import BUCKET_LIMITS

_SOME_KEY = "event-console-some-key"


def bucket_policy(facts: Facts) -> str | None:
    """The bucket policy as text, `None` where it has none. Raises `AwsError`, and `NotApplicable`
    where there is no bucket."""
    try:
        return facts.bench.gateway.bucket_access().policy(facts(bucket_name))
    except AwsError as error:
        if error.kind == "no-such-bucket":
            raise NotApplicable from None
        raise


def _key(facts: Facts) -> str:
    """The key that is asked about, or one that the pipeline's rule covers."""
    if facts.key is not None:
        return facts.key
    pipeline = facts.pipeline
    prefix, suffix = pipeline.expected_prefix, pipeline.expected_suffix
    try:
        rules = facts(rules_to_queue)
    except AwsError:
        rules = ()
    if rules:
        prefix, suffix = prefix or rules[0].prefix, suffix or rules[0].suffix
    return f"{prefix or ''}{_SOME_KEY}{suffix or ''}"


def _upload(facts: Facts) -> Iterator[Finding]:
    text = facts(bucket_policy)
    if text is None:
        return
    bucket, key = facts(bucket_name), _key(facts)
    resource = f"arn:{_partition(facts)}:s3:::{bucket}/{key}"
    call = someone("s3:PutObject", resource, facts.at)
    denies = [r for r in decide_text(text, call, BUCKET_LIMITS).statements if r.effect == "Deny"]
    refusing = [r for r in denies if r.matches]
    if refusing:
        proven = any(r.certain for r in refusing)
        yield Finding(
            "bucket.upload-denied",
            "fail",
            "proven" if proven else "likely",
            "The bucket policy refuses uploads, whoever makes them.",
            _evidence(facts, bucket, refusing),
            "Change the Deny of the bucket policy, or what it asks of a request.",
        )
    elif some := [r for r in denies if r.matches is None]:
        yield Finding(
            "bucket.upload-denied",
            "warn",
            "likely",
            "The bucket policy refuses some uploads, depending on who makes them and how.",
            _evidence(facts, bucket, some),
            "See that the producer's requests have what the bucket policy asks for.",
        )


def _partition(facts: Facts) -> str:
    queue = facts.pipeline.queue
    return queue.arn.split(":")[1] if queue else "aws"


def _evidence(facts: Facts, bucket: str, results: Sequence[StatementResult]) -> dict[str, object]:
    evidence: dict[str, object] = {
        "bucket": bucket,
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
