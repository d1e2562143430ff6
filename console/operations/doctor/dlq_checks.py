"""The DLQ: what ended there, why, and how long it is kept."""

from __future__ import annotations

from collections.abc import Iterator

from console.errors import AwsError
from console.models.finding import Finding
from console.models.message import Message
from console.models.pipeline import QueueRef
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import (
    dlq_answer,
    dlq_attributes,
    dlq_ref,
    queue_attributes,
)
from console.operations.doctor.dlq_bodies import encoded_only, foreign_only
from console.operations.doctor.dlq_look import (
    Look,
    dead_letters_of_key,
    dlq_look,
    events_of,
    of_other_buckets,
)
from console.operations.doctor.facts import Facts
from console.operations.doctor.processed import processed
from console.operations.doctor.queue_facts import (
    console_line,
    messages,
    repair_line,
    set_attribute,
)
from console.text import iso

_LONGEST_RETENTION = 1_209_600
_SHOWN = 5
_REMEDY = (
    "Find out why the consumer fails on these messages, mend that, and move them back with redrive."
)


def _dead_lettered(facts: Facts) -> Iterator[Finding]:
    dlq = facts(dlq_ref)
    try:
        counts = facts(dlq_answer).counts
    except AwsError as error:
        if error.kind == "no-such-queue" or _foreign(facts, dlq):
            yield _unseen(dlq, error)
            return
        raise
    if counts.total:
        yield _about_key(facts, counts.total) if facts.key else _about_all(facts, counts.total)


def _about_key(facts: Facts, total: int) -> Finding:
    look, key = facts(dlq_look), facts.key
    found = dead_letters_of_key(facts)
    if found:
        return Finding(
            "consumer.dead-lettered",
            "fail",
            "proven",
            f"The event of {key} is in the DLQ: received by consumers and never deleted.",
            evidence=_evidence(facts, total, look) | _message_evidence(found[0]),
            remedy=_REMEDY,
            commands=_commands(facts, "--id", found[0].message_id),
            because_of=_because_of(facts),
        )
    if look.denied is not None:
        raise look.denied
    elsewhere = look.complete or facts(processed)
    return Finding(
        "consumer.dead-lettered",
        "warn" if elsewhere else "fail",
        "proven" if look.complete else "likely",
        f"The DLQ holds {messages(total)}, none of them about {key} as it is now."
        if look.complete
        else f"The DLQ holds {messages(total)}, and the event of {key} may be among them.",
        evidence=_evidence(facts, total, look),
        remedy=_REMEDY,
        commands=_commands(facts),
        because_of=_because_of(facts),
    )


def _about_all(facts: Facts, total: int) -> Finding:
    look = facts(dlq_look)
    events = [e for m in look.messages for e in events_of(m, facts)]
    others = facts(of_other_buckets)
    return Finding(
        "consumer.dead-lettered",
        "warn" if others else "fail",
        "proven" if events or others else "likely",
        f"The DLQ holds {messages(total)}, none of them about this bucket."
        if others
        else f"{messages(total)} ended in the DLQ: received by consumers and never deleted.",
        evidence=_evidence(facts, total, look),
        remedy=_REMEDY,
        commands=_commands(facts),
        because_of=_because_of(facts),
    )


def _because_of(facts: Facts) -> tuple[str, ...]:
    """What explains that they ended there; a single encoded key says too little."""
    if foreign_only(facts(dlq_look)):
        return ("consumer.foreign-body",)
    encoded = ("consumer.encoded-key",) if len(facts(encoded_only)) > 1 else ()
    return (*encoded, "consumer.visibility-timeout")


def _unseen(dlq: QueueRef, error: AwsError) -> Finding:
    return Finding(
        "consumer.dead-lettered",
        "warn",
        "likely",
        f"The DLQ {dlq.name} does not exist or may not be seen, so nobody can tell what is in it.",
        evidence={"dlq": dlq.arn, "error": error.code},
        remedy="Look again with credentials of its account, or name one that exists in the "
        "redrive policy.",
        permission=error.permission,
    )


def _foreign(facts: Facts, dlq: QueueRef) -> bool:
    caller = facts.pipeline.identity
    return caller is not None and dlq.account != caller.account


def _evidence(facts: Facts, total: int, look: Look) -> dict[str, object]:
    keys = list(dict.fromkeys(e.key for m in look.messages for e in m.parsed.events))
    return {
        "dlq": facts(dlq_ref).arn,
        "messages": total,
        "visible": facts(dlq_attributes).counts.visible,
        "looked_at": len(look.messages),
        "keys": keys[:_SHOWN],
        "kinds": sorted({m.parsed.kind for m in look.messages}),
        "why_not_looked_at_all": look.why_not,
    }


def _message_evidence(message: Message) -> dict[str, object]:
    return {
        "message_id": message.message_id,
        "receive_count": message.receive_count,
        "sent_at": iso(message.sent_at) if message.sent_at else None,
    }


def _commands(facts: Facts, *which: str) -> tuple[str, ...]:
    return console_line(facts, "peek", "--dlq"), console_line(facts, "redrive", *which)


def _retention(facts: Facts) -> Iterator[Finding]:
    source, dlq = facts(queue_attributes), facts(dlq_attributes)
    # Only a FIFO queue counts from the move (SQS Developer Guide, dead-letter queues).
    if source.fifo or dlq.retention > source.retention:
        return
    yield Finding(
        "dlq.retention",
        "warn",
        "likely",
        f"The DLQ keeps messages for {dlq.retention} s and the queue for {source.retention} s. A "
        "message keeps its age when it is moved, so it can expire in the DLQ soon after.",
        evidence={"dlq_retention": dlq.retention, "queue_retention": source.retention},
        remedy="Let the DLQ keep messages longer than the queue, best for 14 days.",
        commands=(
            repair_line(facts, "dlq.retention"),
            set_attribute(facts, facts(dlq_ref), "MessageRetentionPeriod", _LONGEST_RETENTION),
        ),
    )


DLQ_CHECKS = (
    Check({"consumer.dead-lettered": "The DLQ is empty."}, _dead_lettered),
    Check({"dlq.retention": "The DLQ keeps messages longer than the queue."}, _retention, False),
)
