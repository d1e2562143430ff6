"""Late checks: events that were dropped after a change, or that never could be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import takewhile

from console.models.finding import Finding
from console.models.trail import Change, FieldChange
from console.operations.doctor.check import LateCheck, NotApplicable
from console.operations.doctor.common_facts import queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.processed import processed
from console.operations.doctor.queue_facts import SLACK, asked_object
from console.operations.doctor.trail_facts import changes, nothing, told, which_queue
from console.operations.trail_families import NOTIFICATION, Family
from console.operations.trail_rules import would_send
from console.text import human_duration, iso

Findings = Mapping[str, Finding]

_CREATION = Family("bucket", ("CreateBucket",))
RETENTION = Family("queue", ("SetQueueAttributes", "CreateQueue"))


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
                f"The {which_queue(change)}'s retention was lowered from {human_duration(before)}"
                f" to {human_duration(after)}: older messages were dropped then.",
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
    written, key = facts(asked_object).last_modified, facts.key
    if written is None or key is None:
        raise NotApplicable
    puts = changes(facts, NOTIFICATION)
    holding = _holding(puts, facts(queue_ref).arn, key)
    if holding and written + SLACK < holding[-1].event.at and not facts(processed):
        new = len(holding) < len(puts) or bool(changes(facts, _CREATION))
        yield Finding(
            "object.before-configuration",
            "fail" if new else "warn",
            "likely",
            "The object was uploaded before the rule that sends its events here was put."
            if new
            else "The rule that sends its events here was put after the object was uploaded; "
            "whether it was there before is older than what CloudTrail tells.",
            {**told(holding[-1]), "last_modified": iso(written)},
            remedy="Send its event with event-console backfill, or copy the object onto itself.",
        )
        return
    title = "CloudTrail knows of no rule that was put after the object was uploaded."
    yield nothing(facts, "object.before-configuration", title, NOTIFICATION)


def _holding(puts: Sequence[Change], queue_arn: str, key: str) -> list[Change]:
    """The PUTs that hold the rule which is in force, from the newest backwards as long as they do:
    where an older one does not, or the bucket is no older, the last of them brought it."""
    return list(takewhile(lambda put: would_send(put.event, queue_arn, key), puts))


LOSS_CHECKS = (
    LateCheck({"queue.retention-lowered": "The retention was not lowered."}, _retention),
    LateCheck(
        {"object.before-configuration": "The object is younger than the rule."},
        _before_configuration,
    ),
)
