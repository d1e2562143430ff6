"""What CloudTrail tells, for the checks that run late: each event name is asked for once."""

from __future__ import annotations

from datetime import timedelta

from console.aws.cloudtrail import DAYS_KEPT, CloudTrail
from console.errors import AwsError
from console.models.finding import Finding
from console.models.trail import Change, TrailEvent
from console.operations.doctor.common_facts import bucket_name, queue_ref
from console.operations.doctor.facts import Facts
from console.operations.trail_changes import changes_of
from console.operations.trail_families import Family
from console.operations.trail_lookup import Lookups
from console.operations.trail_subjects import Subjects
from console.text import iso

# At two calls a second, ten seconds in all; of one name the newest 150 events.
_CALLS, _PAGES = 20, 3
_WINDOW = timedelta(days=DAYS_KEPT)


def lookups(facts: Facts) -> Lookups:
    """The look-ups of one diagnosis, which share AWS's limit."""
    start = facts.at - _WINDOW
    clock = facts.bench.clock
    return Lookups(clock, start, facts.at, facts.cancel, pages=_PAGES, calls=_CALLS)


def bucket_history(facts: Facts) -> CloudTrail:
    """The event history of the bucket's own region, with the bucket's credentials.

    Raises `AwsError` where no region is known.
    """
    gateway, region = facts.bench.gateway, facts.pipeline.region
    try:
        found = gateway.s3.bucket_region(facts(bucket_name))
    except AwsError:
        if region == "unknown":
            raise
        found = None
    return gateway.bucket_cloudtrail(found or region)


def queue_history(facts: Facts) -> CloudTrail:
    """The event history of the queue's region."""
    return facts.bench.gateway.cloudtrail(facts(queue_ref).region)


def named_events(facts: Facts, name: str) -> tuple[TrailEvent, ...]:
    """The events of that name. Raises `AwsError`."""
    history = facts(bucket_history if "Bucket" in name else queue_history)
    return tuple(facts(lookups).named(history, name))


def changes(facts: Facts, family: Family, key: str | None = None) -> tuple[Change, ...]:
    """What was done to this pipeline by the calls of one family, refused ones left out, newest
    first; `key` is the KMS key that is asked about. Raises `AwsError`."""
    pipeline = facts.pipeline
    subjects = Subjects(pipeline.bucket, pipeline.queue, pipeline.dlq, key)
    events = [event for name in family.names for event in facts(named_events, name)]
    done = changes_of(events, family, subjects)
    return tuple(change for change in done if change.event.error is None)


def told(change: Change) -> dict[str, object]:
    """A change as evidence: who, when, which call, and what it changed."""
    return {
        "changed_by": change.event.who,
        "changed_at": iso(change.event.at),
        "change": {
            "event": change.event.name,
            "event_id": change.event.event_id or None,
            "fields": [changed.stored() for changed in change.fields],
        },
    }


def which_queue(change: Change) -> str:
    """The queue that a change was made to, in words."""
    return "DLQ" if change.resource == "dlq" else "queue"


def nothing(facts: Facts, finding_id: str, title: str, family: Family) -> Finding:
    """The answer where CloudTrail tells of nothing: likely, since it may be late; unknown where
    it holds more events than were read."""
    if set(facts(lookups).cut) & set(family.names):
        return Finding(
            finding_id,
            "unknown",
            "likely",
            "The account has more events of this kind than were read: older ones may be there.",
            remedy="Look through all of them with event-console trail.",
        )
    return Finding(finding_id, "pass", "likely", title, {"days": DAYS_KEPT})
