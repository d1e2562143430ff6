"""Late checks: who changed what does not work now, as CloudTrail tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from console.models.finding import Finding
from console.models.trail import Change
from console.operations.doctor.changed_by import ATTRIBUTES, CHANGED_BY, explained, sets
from console.operations.doctor.check import LateCheck
from console.operations.doctor.facts import Facts
from console.operations.doctor.loss_checks import LOSS_CHECKS
from console.operations.doctor.purge_checks import PURGE_CHECKS
from console.operations.doctor.queue_facts import SLACK
from console.operations.doctor.trail_facts import changes, nothing, told
from console.operations.trail_families import NOTIFICATION, Family
from console.text import human_age

Findings = Mapping[str, Finding]

# "It can take about five minutes" (S3 User Guide, enabling event notifications).
_EFFECTIVE_AFTER = timedelta(minutes=5)

# A fault of the bucket's that no notification configuration explains.
_OTHER_FAULTS = ("bucket.upload-denied",)

POLICY = Family("queue", ("SetQueueAttributes", "AddPermission", "RemovePermission"))


def failing(found: Findings, *groups: str) -> list[Finding]:
    """The failures of these groups."""
    return [f for f in found.values() if f.status == "fail" and f.group in groups]


def _no_fault(found: Findings, what: str, *groups: str) -> str:
    """That nothing fails in these groups, as far as it is known."""
    if any(f.status == "unknown" and f.group in groups for f in found.values()):
        return f"Whether the {what} has a fault that a change of it would explain is not known."
    return f"The {what} has no fault that a change of it would explain."


def _notifications(facts: Facts, found: Findings) -> Iterator[Finding]:
    puts = changes(facts, NOTIFICATION)
    broken = [f for f in failing(found, "bucket", "filter") if f.id not in _OTHER_FAULTS]
    if puts and broken:
        yield from explained(broken, puts[0])
        yield _overwritten("bucket.config-overwritten", "notification configuration", puts[0])
    else:
        title = "CloudTrail knows of no change of the configuration in 90 days."
        if not broken:
            title = _no_fault(found, "configuration", "bucket", "filter")
        yield nothing(facts, "bucket.config-overwritten", title, NOTIFICATION)
    yield _propagating(facts, puts)


def _overwritten(finding_id: str, what: str, change: Change) -> Finding:
    """A remark beside the failure that the change explains: history is no cause of its own."""
    who = change.event.who or "somebody unknown"
    certainty = "proven" if any(f.before_known for f in change.fields) else "likely"
    return Finding(
        finding_id,
        "warn",
        certainty,
        f"The {what}, which has a fault now, was last written by {who}.",
        told(change),
        remedy="Let one owner write it: each write replaces all of what was there.",
    )


def _propagating(facts: Facts, puts: tuple[Change, ...]) -> Finding:
    """A change takes about five minutes to be effective."""
    if puts and puts[0].event.at > facts.at - _EFFECTIVE_AFTER - SLACK:
        age = human_age(max(0.0, (facts.at - puts[0].event.at).total_seconds()))
        return Finding(
            "bucket.config-propagating",
            "warn",
            "likely",
            f"The notification configuration was written {age} ago; S3 takes about 5 minutes to"
            " follow it.",
            told(puts[0]),
            remedy="Wait 5 minutes, then upload again.",
        )
    title = "CloudTrail knows of no change of the configuration in the last 5 minutes."
    return nothing(facts, "bucket.config-propagating", title, NOTIFICATION)


def _policy(facts: Facts, found: Findings) -> Iterator[Finding]:
    broken = failing(found, "policy")
    family = POLICY if broken else ATTRIBUTES
    writes = [change for change in changes(facts, family) if _of_policy(change)]
    if writes and broken:
        yield from explained(broken, writes[0])
        yield _overwritten("policy.overwritten", "queue policy", writes[0])
        return
    title = "CloudTrail knows of no change of the policy in 90 days."
    if not broken:
        title = _no_fault(found, "queue policy", "policy")
    yield nothing(facts, "policy.overwritten", title, family)


def _of_policy(change: Change) -> bool:
    queue = change.resource == "queue"
    by_label = change.event.name != "SetQueueAttributes"
    return queue and (by_label or sets(change, "Policy"))


TRAIL_CHECKS = (
    LateCheck(
        {
            "bucket.config-overwritten": "No change explains a fault of the configuration.",
            "bucket.config-propagating": "The configuration was not changed just now.",
        },
        _notifications,
    ),
    LateCheck({"policy.overwritten": "No change explains a fault of the policy."}, _policy),
    *CHANGED_BY,
    *PURGE_CHECKS,
    *LOSS_CHECKS,
    LateCheck(
        {
            "trail.data-events-absent": "CloudTrail's event history never holds PutObject or"
            " SendMessage: that none is there proves nothing."
        },
        lambda facts, found: (),
    ),
)
