"""What at-least-once delivery means for this pipeline now: late, twice, out of order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from console.events import compare_sequencers
from console.models.event import S3Event
from console.models.finding import Finding
from console.models.message import Message
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.dlq_look import dlq_look, events_of
from console.operations.doctor.facts import Facts
from console.operations.doctor.processed import processed
from console.operations.doctor.queue_facts import nothing_anywhere, object_age
from console.text import iso

_SOON_SECONDS = 120


def _delay(facts: Facts) -> Iterator[Finding]:
    age = facts(object_age)
    if age < _SOON_SECONDS and nothing_anywhere(facts) and not facts(processed):
        yield Finding(
            "delivery.delay",
            "warn",
            "likely",
            f"The object was uploaded {max(age, 0):.0f} s ago, and its event may still be on its "
            "way: typically it takes seconds, sometimes a minute or longer.",
            evidence={"key": facts.key, "object_age_seconds": age},
            remedy="Wait a minute or two and ask again.",
        )


def _seen(facts: Facts) -> list[tuple[S3Event, Message]]:
    """The events in the DLQ, oldest message first. Raises `NotApplicable` where none are seen."""
    messages = sorted(facts(dlq_look).messages, key=lambda m: m.sent_at or facts.at)
    seen = [(event, message) for message in messages for event in events_of(message, facts)]
    if not seen:
        raise NotApplicable
    return seen


def _duplicate(facts: Facts) -> Iterator[Finding]:
    first: dict[tuple[str | None, ...], Message] = {}
    for event, message in _seen(facts):
        if event.sequencer is None:
            continue
        same = (event.bucket, event.key, event.version_id, event.name, event.sequencer)
        other = first.setdefault(same, message)
        if other is not message:
            yield Finding(
                "delivery.duplicate",
                "warn",
                "proven",
                f"The event of {event.key} is in the DLQ twice: delivery is at least once.",
                evidence={
                    "key": event.key,
                    "sequencer": event.sequencer,
                    "message_ids": [other.message_id, message.message_id],
                },
                remedy="Let the consumer do no harm with an event that it gets twice: remember "
                "bucket, key, version and sequencer.",
            )
            return


def _out_of_order(facts: Facts) -> Iterator[Finding]:
    by_key: dict[str, list[tuple[S3Event, Message]]] = {}
    for event, message in _seen(facts):
        by_key.setdefault(event.key, []).append((event, message))
    for (before, sooner), (after, later) in (
        pair for seen in by_key.values() for pair in pairwise(seen)
    ):
        order = compare_sequencers(before.sequencer, after.sequencer)
        if order is None or order <= 0 or sooner.sent_at == later.sent_at:
            continue
        yield Finding(
            "delivery.out-of-order",
            "warn",
            "proven",
            f"A newer event of {before.key} was sent before an older one.",
            evidence={
                "key": before.key,
                "sequencers": [before.sequencer, after.sequencer],
                "sent_at": [iso(m.sent_at) for m in (sooner, later) if m.sent_at],
                "message_ids": [sooner.message_id, later.message_id],
            },
            remedy="Let the consumer compare sequencers of a key, and skip what is older than what "
            "it has done.",
        )
        return


DELIVERY_CHECKS = (
    Check({"delivery.delay": "The event had time enough to arrive."}, _delay, False),
    Check({"delivery.duplicate": "No event is in the DLQ twice."}, _duplicate, False),
    Check({"delivery.out-of-order": "Events in the DLQ are in order."}, _out_of_order, False),
)
