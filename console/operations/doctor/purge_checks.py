"""Late check: did a purge take the event?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from console.aws.object_listing import PAGE
from console.errors import AwsError, ConsoleError
from console.models.finding import GROUPS, Certainty, Finding
from console.models.trail import Change
from console.operations.doctor.check import LateCheck, NotApplicable
from console.operations.doctor.common_facts import bucket_name, dlq_attributes, queue_attributes
from console.operations.doctor.facts import Facts
from console.operations.doctor.purge_facts import taken
from console.operations.doctor.queue_facts import SLACK, nothing_anywhere, upload_time
from console.operations.doctor.trail_facts import changes, nothing, told, which_queue
from console.operations.trail_families import PURGE
from console.text import iso

Findings = Mapping[str, Finding]

_IN_FLIGHT = "consumer.in-flight"
_RECENT = timedelta(hours=24)
_LONGEST_RETENTION = timedelta(days=14)
_BEFORE_QUEUE = GROUPS[: GROUPS.index("queue")]


def _purged(facts: Facts, found: Findings) -> Iterator[Finding]:
    purges, written = changes(facts, PURGE), upload_time(facts)
    if written is None:
        answers = [_recent(facts, purge) for purge in purges]
    else:
        answers = [_of_object(facts, purge, written, found) for purge in purges]
    told_of = [answer for answer in answers if answer is not None]
    title = "CloudTrail knows of no purge that could have taken the event."
    failure = next((answer for answer in told_of if answer.status == "fail"), None)
    in_flight = found.get(_IN_FLIGHT)
    if failure is not None and in_flight is not None and in_flight.status == "fail":
        # A purge takes what is in flight too, so the event is not among what is in flight now.
        yield replace(in_flight, because_of=(*in_flight.because_of, failure.id))
    if told_of:
        yield failure or told_of[0]
    else:
        yield nothing(facts, "queue.purged", title, PURGE)


def _recent(facts: Facts, purge: Change) -> Finding | None:
    """A purge of the last day, where there was anything that it could have taken."""
    if purge.event.at <= facts.at - _RECENT or not _after_an_upload(facts, purge.event.at):
        return None
    return _purge_seen(purge)


def _after_an_upload(facts: Facts, at: datetime) -> bool:
    """Whether an object of the bucket is older; a bucket too large to be looked through has one.

    S3 tells whole seconds.
    """
    times = facts(_upload_times)
    if times is None:
        return True
    return any(time is None or time < at.replace(microsecond=0) for time in times)


def _upload_times(facts: Facts) -> list[datetime | None] | None:
    """When the bucket's objects were written; `None` where not all of them were seen."""
    try:
        listed = facts.bench.gateway.listing.objects(facts(bucket_name), pages=1)
        times = [item.last_modified for item in listed]
    except ConsoleError:
        return None
    return times if len(times) < PAGE else None


def _of_object(facts: Facts, purge: Change, written: datetime, found: Findings) -> Finding | None:
    """What a purge did to the event of an object; `None` where it came too early for that, or so
    late that the queue had dropped the event by itself."""
    if purge.event.at <= written or purge.event.at > written + _longest_wait(facts):
        return None
    if purge.resource == "dlq":
        return _purge_seen(purge)
    answer = facts(taken, purge.event.at, written)
    # Within the slack the purge may have come first: then the event would be somewhere.
    close = purge.event.at <= written + SLACK
    if answer == "no" or (close and not nothing_anywhere(facts)):
        return None
    if answer == "perhaps" or not (close or _dlq_is_empty(facts)):
        return _purge_seen(purge)
    certainty: Certainty = "proven" if answer == "surely" else "likely"
    return _purged_away(purge, written, found, certainty)


def _longest_wait(facts: Facts) -> timedelta:
    """How long an event can be in the queue."""
    try:
        return timedelta(seconds=facts(queue_attributes).retention)
    except AwsError:
        return _LONGEST_RETENTION


def _dlq_is_empty(facts: Facts) -> bool:
    """Whether the event cannot be in the DLQ, where no purge of the queue reaches it."""
    try:
        return facts(dlq_attributes).counts.total == 0
    except NotApplicable:
        return True
    except AwsError:
        return False


def _purged_away(
    purge: Change, written: datetime, found: Findings, certainty: Certainty
) -> Finding:
    earlier = [f.id for f in found.values() if f.status == "fail" and f.group in _BEFORE_QUEUE]
    return Finding(
        "queue.purged",
        "fail",
        certainty,
        "The queue was purged after the object was uploaded: what no consumer had taken by then"
        " is gone.",
        {**told(purge), "last_modified": iso(written)},
        remedy="Send the event again with event-console backfill, and restrict sqs:PurgeQueue.",
        because_of=tuple(earlier),
    )


def _purge_seen(purge: Change) -> Finding:
    return Finding(
        "queue.purged",
        "warn",
        "proven",
        f"The {which_queue(purge)} was purged at {iso(purge.event.at)}: what was in it then is"
        " gone.",
        {**told(purge), "queue": purge.name},
        remedy="Send lost events again with event-console backfill, and restrict sqs:PurgeQueue.",
    )


PURGE_CHECKS = (LateCheck({"queue.purged": "No purge took the event."}, _purged),)
