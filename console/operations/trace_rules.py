"""The rules in a trace: which were in force, which matched, and whether S3 was let in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from console.errors import ConsoleError
from console.models.finding import Diagnosis, Finding
from console.models.notification import NotificationRule
from console.models.trace import TraceStep
from console.models.trail import TrailEvent
from console.notification import explain_match
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import notification
from console.operations.doctor.facts import Facts
from console.operations.doctor.matching import reach
from console.operations.doctor.trail_facts import changes, lookups
from console.operations.trace_object import (
    object_now,
    upload_events,
    uploaded_at,
    why_unknown,
)
from console.operations.trail_families import NOTIFICATION
from console.text import iso

_NOTIFICATION = "s3:GetBucketNotificationConfiguration"
_TRAIL = "cloudtrail:LookupEvents"
_DOCTOR = "doctor"
SLACK = timedelta(seconds=2)
"""Times of different services are compared with so much slack."""
_TRAIL_DELAY = timedelta(minutes=15)
_REFUSING_GROUPS = ("policy", "kms")
_REFUSING = (
    "bucket.destination-missing",
    "queue.missing",
    "queue.fifo",
    "queue.other-region",
    "queue.max-message-size",
)


def configured(facts: Facts) -> TraceStep:
    """Whether the rules of now are those that were in force when the object was uploaded."""
    uploaded = uploaded_at(facts)
    if uploaded is None:
        return _unknown_then("Without a time of the upload nothing can be compared.")
    try:
        puts = facts(changes, NOTIFICATION)
        cut = set(facts(lookups).cut) & set(NOTIFICATION.names)
    except ConsoleError as error:
        return _unknown_then(why_unknown(error))
    later = [change for change in puts if change.event.at - uploaded > SLACK]
    if later:
        return _changed(later[0].event, later[-1].event)
    if cut:
        return _unknown_then("The account has more such events than were read.")
    if facts.at - uploaded < _TRAIL_DELAY:
        return _unknown_then("CloudTrail can take 15 minutes to show a change since the upload.")
    return TraceStep(
        "configured", "yes", _TRAIL, "CloudTrail shows no change of the rules since the upload."
    )


def _unknown_then(detail: str) -> TraceStep:
    return TraceStep("configured", "unknown", _TRAIL, detail)


def _changed(last: TrailEvent, first: TrailEvent) -> TraceStep:
    again = "" if first == last else f", the last time at {iso(last.at)}"
    detail = f"The rules were put after the upload, by {first.who or 'somebody'}{again}."
    return TraceStep("configured", "no", _TRAIL, detail, first.at)


def matched(facts: Facts) -> TraceStep:
    """Whether a rule that leads to the queue fires for the key, and why another does not."""
    try:
        rules = facts(notification).rules
        here = facts(reach).rules if rules else ()
    except NotApplicable:
        return TraceStep("matched", "unknown", _NOTIFICATION, "There is no such bucket.")
    except ConsoleError as error:
        return TraceStep("matched", "unknown", _NOTIFICATION, why_unknown(error))
    if not rules:
        return TraceStep("matched", "no", _NOTIFICATION, "The bucket has no rules.")
    if not here:
        return TraceStep("matched", "no", _NOTIFICATION, _elsewhere(rules))
    return _by_rules(here, facts.key or "", upload_events(object_now(facts)))


def _by_rules(rules: Sequence[NotificationRule], key: str, events: Sequence[str]) -> TraceStep:
    """How it was uploaded may not be known: then a rule for one way only leaves it open."""
    fired = [[explain_match(rule, key, _full(e)).matches for e in events] for rule in rules]
    detail = " ".join(_explained(rule, key, events) for rule in rules)
    if any(all(by_event) for by_event in fired):
        return TraceStep("matched", "yes", _NOTIFICATION, detail)
    status = "unknown" if any(any(by_event) for by_event in fired) else "no"
    return TraceStep("matched", status, _NOTIFICATION, detail)


def _full(event: str) -> str:
    return f"s3:ObjectCreated:{event}"


def _explained(rule: NotificationRule, key: str, events: Sequence[str]) -> str:
    """One rule in words: that it matches, or each reason why not."""
    found = {event: explain_match(rule, key, _full(event)) for event in events}
    name = f"Rule {rule.id or rule.kind}"
    if all(match.matches for match in found.values()):
        return f"{name} matches."
    if any(match.matches for match in found.values()):
        covered = ", ".join(event for event, match in found.items() if match.matches)
        return f"{name} matches where it was uploaded by {covered}."
    reasons = dict.fromkeys(reason for match in found.values() for reason in match.reasons)
    return f"{name} does not match: {' '.join(reasons)}"


def _elsewhere(rules: Sequence[NotificationRule]) -> str:
    where = ", ".join(dict.fromkeys(rule.destination or "EventBridge" for rule in rules))
    return f"No rule leads to the queue, only to {where}."


def allowed(diagnosis: Diagnosis) -> TraceStep:
    """Whether S3 may send and the queue takes it, as the doctor has found."""
    concerned = [f for f in diagnosis.findings if _refuses(f)]
    failing = [f for f in concerned if f.status == "fail"]
    missing = [f for f in concerned if f.status == "unknown"]
    if failing:
        return TraceStep("allowed", "no", _DOCTOR, " ".join(f.title for f in failing))
    if missing:
        detail = " ".join(dict.fromkeys(f.title for f in missing))
        return TraceStep("allowed", "unknown", _DOCTOR, detail)
    if not any(f.group in _REFUSING_GROUPS for f in concerned):
        return TraceStep("allowed", "unknown", _DOCTOR, "Policy and encryption were not checked.")
    return TraceStep(
        "allowed", "yes", _DOCTOR, "The queue's policy and encryption let S3 send to it now."
    )


def _refuses(finding: Finding) -> bool:
    return finding.group in _REFUSING_GROUPS or finding.id in _REFUSING
