"""What the bodies in the DLQ say of why they ended there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.errors import AwsError
from console.models.event import S3Event
from console.models.finding import Finding
from console.models.message import Message
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.common_facts import dlq_ref
from console.operations.doctor.dlq_look import Look, dlq_explains, dlq_look, events_of
from console.operations.doctor.facts import Facts

_MOST_HEADS = 3
_EXCERPT = 200


def foreign_bodies(look: Look) -> list[Message]:
    """The messages that are no event of an object: TestEvents, and whatever else was sent."""
    return [m for m in look.messages if m.parsed.kind in ("s3-test-event", "other")]


def foreign_only(look: Look) -> bool:
    """Whether all that was seen is foreign."""
    return bool(look.messages) and len(foreign_bodies(look)) == len(look.messages)


def encoded_only(facts: Facts) -> Sequence[S3Event]:
    """The events in the DLQ, where all of them have a key that differs from its encoded form, and
    S3 has their objects under the key and not under that form; else none."""
    events = [e for m in facts(dlq_look).messages for e in events_of(m, facts)]
    if not events or any(e.raw_key == e.key for e in events):
        return ()
    by_key = {e.key: e for e in events}
    some = list(by_key.values())[:_MOST_HEADS]
    confirmed = all(_exists(facts, e, e.key) and not _exists(facts, e, e.raw_key) for e in some)
    return tuple(by_key.values()) if confirmed else ()


def _exists(facts: Facts, event: S3Event, key: str) -> bool | None:
    """`None` where it cannot be told, which confirms nothing."""
    try:
        facts.bench.gateway.s3.head(event.bucket, key)
    except AwsError as error:
        return False if error.kind == "no-such-key" else None
    return True


def _look_or_nothing(facts: Facts) -> Look:
    """What was seen. Raises `NotApplicable` where nobody may look."""
    look = facts(dlq_look)
    if look.why_not and not look.messages:
        raise NotApplicable
    return look


def _foreign_body(facts: Facts) -> Iterator[Finding]:
    look = _look_or_nothing(facts)
    foreign = foreign_bodies(look)
    if not foreign:
        return
    tests = sum(m.parsed.kind == "s3-test-event" for m in foreign)
    # S3's own TestEvent among events is a stray; whatever else was sent may poison a consumer.
    poisons = foreign_only(look) or tests < len(foreign)
    explains = poisons and facts(dlq_explains)
    first = foreign[0]
    yield Finding(
        "consumer.foreign-body",
        "fail" if explains else "warn",
        "proven",
        f"{len(foreign)} of {len(look.messages)} messages in the DLQ are no events of objects "
        f"({tests} TestEvents of S3): the consumer cannot handle them.",
        evidence={
            "dlq": facts(dlq_ref).arn,
            "message_ids": [m.message_id for m in foreign],
            "kind": first.parsed.kind,
            "body": first.body[:_EXCERPT],
            "note": first.parsed.note,
        },
        remedy="Let the consumer skip and delete what has no Records, such as the TestEvent that "
        "S3 sends whenever a rule is put; delete these messages from the DLQ.",
    )


def _encoded_key(facts: Facts) -> Iterator[Finding]:
    _look_or_nothing(facts)
    events = facts(encoded_only)
    if not events:
        return
    first = events[0]
    yield Finding(
        "consumer.encoded-key",
        "fail" if facts(dlq_explains) else "warn",
        "likely",
        "Every event in the DLQ has a key that is encoded in its body, and S3 has the object under "
        "the decoded key only: the consumer seems to use the encoded one.",
        evidence={
            "bucket": first.bucket,
            "raw_key": first.raw_key,
            "key": first.key,
            "keys": len(events),
        },
        remedy="Let the consumer decode keys of S3's events with unquote_plus, but not those of "
        "EventBridge.",
    )


DLQ_BODY_CHECKS = (
    Check({"consumer.foreign-body": "No foreign body is in the DLQ."}, _foreign_body, False),
    Check({"consumer.encoded-key": "The DLQ hints at no encoded key."}, _encoded_key, False),
)
