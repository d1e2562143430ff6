"""Late checks: who changed what fails now, as evidence on the failure. They answer for no id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from console.models.finding import Finding
from console.models.trail import Change
from console.operations.doctor.check import LateCheck
from console.operations.doctor.facts import Facts
from console.operations.doctor.kms_facts import key_description
from console.operations.doctor.trail_facts import changes, told
from console.operations.trail_families import Family

Findings = Mapping[str, Finding]

ATTRIBUTES = Family("queue", ("SetQueueAttributes",))
_DELETED = Family("queue", ("DeleteQueue",))
_KEY = Family("key", ("PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion"))
_BUCKET_POLICY = Family("bucket", ("PutBucketPolicy",), whole=True)

_OF_DELETION = ("queue.missing", "queue.recreated")
_OF_KEY = ("kms.key-policy", "kms.key-unusable", "kms.consumer-denied")
_OF_BUCKET_POLICY = ("bucket.upload-denied",)
# Which attribute of which queue a finding is about.
_OF_ATTRIBUTES = {
    "queue.max-message-size": ("queue", "MaximumMessageSize"),
    "queue.delay": ("queue", "DelaySeconds"),
    "queue.low-max-receive-count": ("queue", "RedrivePolicy"),
    "kms.aws-managed-key": ("queue", "KmsMasterKeyId"),
    "consumer.expired": ("queue", "MessageRetentionPeriod"),
    "consumer.visibility-timeout": ("queue", "VisibilityTimeout"),
    "dlq.retention": ("dlq", "MessageRetentionPeriod"),
}


def explained(findings: Iterable[Finding], change: Change) -> Iterator[Finding]:
    """The same findings, with the change as evidence."""
    for finding in findings:
        yield replace(finding, evidence={**finding.evidence, **told(change)})


def sets(change: Change, attribute: str) -> bool:
    """Whether a change set an attribute of a queue, or removed it."""
    return any(f.field.startswith(attribute) for f in change.fields)


def _faults(found: Findings, ids: Iterable[str]) -> list[Finding]:
    listed = [found[finding_id] for finding_id in ids if finding_id in found]
    return [finding for finding in listed if finding.status in ("fail", "warn")]


def _deleted(facts: Facts, found: Findings) -> Iterator[Finding]:
    faults = _faults(found, _OF_DELETION)
    calls = changes(facts, _DELETED) if faults else ()
    own = next((call for call in calls if call.resource == "queue"), None)
    if own is not None:
        yield from explained(faults, own)


def _key(facts: Facts, found: Findings) -> Iterator[Finding]:
    faults = _faults(found, _OF_KEY)
    key = facts(key_description) if faults else None
    calls = changes(facts, _KEY, key.arn) if key is not None else ()
    if calls:
        yield from explained(faults, calls[0])


def _bucket_policy(facts: Facts, found: Findings) -> Iterator[Finding]:
    faults = _faults(found, _OF_BUCKET_POLICY)
    calls = changes(facts, _BUCKET_POLICY) if faults else ()
    if calls:
        yield from explained(faults, calls[0])


def _attributes(facts: Facts, found: Findings) -> Iterator[Finding]:
    for fault in _faults(found, _OF_ATTRIBUTES):
        resource, attribute = _OF_ATTRIBUTES[fault.id]
        calls = [c for c in changes(facts, ATTRIBUTES) if c.resource == resource]
        setting = next((call for call in calls if sets(call, attribute)), None)
        if setting is not None:
            yield from explained([fault], setting)


CHANGED_BY = tuple(LateCheck({}, run) for run in (_deleted, _key, _bucket_policy, _attributes))
