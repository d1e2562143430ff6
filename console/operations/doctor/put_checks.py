"""A late check: was the last change of the bucket's rules refused? Then what it meant to set is
not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.models.finding import Finding
from console.models.trail import Change
from console.operations.doctor.check import LateCheck, NotApplicable
from console.operations.doctor.facts import Facts
from console.operations.doctor.trail_facts import named_events, told
from console.operations.trail_changes import changes_of
from console.operations.trail_families import NOTIFICATION
from console.operations.trail_subjects import Subjects

_REJECTED = "bucket.put-rejected"
_GROUPS = ("bucket", "filter")

# Words of S3's answers (S3 API Reference, PutBucketNotificationConfiguration, and answers seen).
_REMEDIES = {
    "ambiguous": "Make the rules' prefixes or suffixes disjoint, or fan out from one rule by SNS "
    "or EventBridge, and put the configuration again.",
    "destination": "Mend what S3 names, the queue, its policy or its key, and put the whole "
    "configuration again: one bad destination refuses all of it.",
}
_REMEDY = "Mend what S3 names, and put the whole configuration again."


def _rejected(facts: Facts, found: Mapping[str, Finding]) -> Iterator[Finding]:
    if not any(f.status == "fail" and f.group in _GROUPS for f in found.values()):
        raise NotApplicable
    newest = next(iter(facts(all_puts)), None)
    if newest is None or newest.event.error is None:
        return
    error = newest.event.error
    remedy = next((r for word, r in _REMEDIES.items() if word in error.lower()), _REMEDY)
    yield Finding(
        _REJECTED,
        "warn",
        "proven",
        f"S3 refused the last change of the notification configuration: {error}",
        {**told(newest), "error": error},
        remedy,
    )


def all_puts(facts: Facts) -> tuple[Change, ...]:
    """Every call that set the bucket's rules or tried to, newest first. Raises `AwsError`."""
    pipeline = facts.pipeline
    subjects = Subjects(pipeline.bucket, pipeline.queue, pipeline.dlq, None)
    events = [event for name in NOTIFICATION.names for event in facts(named_events, name)]
    return tuple(changes_of(events, NOTIFICATION, subjects))


PUT_CHECKS = (
    LateCheck(
        {_REJECTED: "CloudTrail knows of no refused change of the configuration."}, _rejected
    ),
)
