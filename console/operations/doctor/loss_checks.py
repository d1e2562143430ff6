"""Late checks: what happened to events that were there once, or never could be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from console.errors import AwsError
from console.models.finding import GROUPS, Finding
from console.models.trail import Change, FieldChange
from console.operations.doctor.check import LateCheck, NotApplicable
from console.operations.doctor.common_facts import dlq_attributes, queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.trail_facts import SLACK, changes, last_modified, nothing, told
from console.operations.trail_families import NOTIFICATION, PURGE, Family
from console.operations.trail_rules import would_send
from console.text import human_duration, iso

Findings = Mapping[str, Finding]

RETENTION = Family("queue", ("SetQueueAttributes", "CreateQueue"))
_RECENT = timedelta(hours=24)
# A purge takes up to a minute, and what is sent meanwhile may go with it (SQS Developer Guide).
_PURGING = timedelta(seconds=60)
_BEFORE_QUEUE = GROUPS[: GROUPS.index("queue")]


def _purged(facts: Facts, found: Findings) -> Iterator[Finding]:
    purges = changes(facts, PURGE)
    written = _written(facts)
    own = [p for p in purges if p.resource == "queue"]
    after = [p for p in own if written is not None and p.event.at > written + SLACK]
    since = facts.at - _RECENT if written is None else written - _PURGING - SLACK
    near = [p for p in purges if p.event.at > since]
    if after and written is not None and _empty_dlq(facts):
        yield _purged_away(after[-1], written, found)
    elif near:
        yield _purge_seen(near[0])
    else:
        title = "CloudTrail knows of no purge that could have taken the event."
        yield nothing(facts, "queue.purged", title, PURGE)


def _written(facts: Facts) -> datetime | None:
    """When the object was written; `None` where that cannot be read, for others say so."""
    try:
        return facts(last_modified)
    except AwsError:
        return None


def _empty_dlq(facts: Facts) -> bool:
    """Whether the event cannot be in the DLQ, where no purge of the queue reaches it."""
    try:
        return facts(dlq_attributes).counts.total == 0
    except NotApplicable:
        return True
    except AwsError:
        return False


def _purged_away(purge: Change, written: datetime, found: Findings) -> Finding:
    earlier = [f.id for f in found.values() if f.status == "fail" and f.group in _BEFORE_QUEUE]
    return Finding(
        "queue.purged",
        "fail",
        "proven",
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
        f"The {_which(purge)} was purged at {iso(purge.event.at)}: what was in it then is gone.",
        {**told(purge), "queue": purge.name},
        remedy="Send lost events again with event-console backfill, and restrict sqs:PurgeQueue.",
    )


def _which(change: Change) -> str:
    return "DLQ" if change.resource == "dlq" else "queue"


def _retention(facts: Facts, found: Findings) -> Iterator[Finding]:
    """A lower retention also counts for messages that are in the queue already."""
    for change in changes(facts, RETENTION):
        lowered = _lowered(change)
        if lowered is None:
            continue
        before, after = lowered
        if change.event.at + timedelta(seconds=before) > facts.at:
            yield Finding(
                "queue.retention-lowered",
                "warn",
                "likely",
                f"The {_which(change)}'s retention was lowered from {human_duration(before)} to"
                f" {human_duration(after)}: older messages were dropped then.",
                {**told(change), "queue": change.name, "before": before, "after": after},
                remedy="Set it back, and send lost events again with event-console backfill.",
            )
            return
    title = "CloudTrail knows of no lowered retention that messages could have been lost by."
    yield nothing(facts, "queue.retention-lowered", title, RETENTION)


def _lowered(change: Change) -> tuple[int, int] | None:
    """Retention before and after, in seconds, where the change lowered it."""
    for field in change.fields:
        if field.field == "MessageRetentionPeriod" and field.before_known:
            before, after = _seconds(field)
            return (before, after) if 0 < after < before else None
    return None


def _seconds(field: FieldChange) -> tuple[int, int]:
    texts = (field.before or "", field.after or "")
    before, after = (int(t) if t.isascii() and t.isdigit() and len(t) < 9 else 0 for t in texts)
    return before, after


def _before_configuration(facts: Facts, found: Findings) -> Iterator[Finding]:
    """An object that was there before the rule caused no event."""
    written, key = facts(last_modified), facts.key
    if written is None or key is None:
        raise NotApplicable
    added = _added(changes(facts, NOTIFICATION), facts(queue_ref).arn, key)
    if added is not None and written + SLACK < added.event.at:
        yield Finding(
            "object.before-configuration",
            "fail",
            "likely",
            "The object was uploaded before the rule that sends its events here was put.",
            {**told(added), "last_modified": iso(written)},
            remedy="Send its event with event-console backfill, or copy the object onto itself.",
        )
        return
    title = "CloudTrail knows of no rule that was put after the object was uploaded."
    yield nothing(facts, "object.before-configuration", title, NOTIFICATION)


def _added(puts: Sequence[Change], queue_arn: str, key: str) -> Change | None:
    """The PUT that brought the rule which is in force: the oldest of those in a row, from the
    newest backwards, that hold it. `None` where the newest does not."""
    added: Change | None = None
    for put in puts:
        if not would_send(put.event, queue_arn, key):
            break
        added = put
    return added


LOSS_CHECKS = (
    LateCheck({"queue.purged": "No purge took the event."}, _purged),
    LateCheck({"queue.retention-lowered": "The retention was not lowered."}, _retention),
    LateCheck(
        {"object.before-configuration": "The object is younger than the rule."},
        _before_configuration,
    ),
)
