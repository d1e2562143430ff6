"""One bounded look into the DLQ: what is in it, given back at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from console.errors import AwsError, ConsoleError
from console.models.event import S3Event
from console.models.message import Message
from console.models.peek import PeekOptions
from console.models.queue import QueueAttributes
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import (
    dlq_attributes,
    dlq_ref,
    notification,
    queue_attributes,
)
from console.operations.doctor.facts import Facts
from console.operations.doctor.queue_facts import SLACK, upload_time
from console.operations.peek import peek

MOST_MESSAGES = 50
MOST_SECONDS = 3.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Look:
    """What a look saw.

    `complete` says that nothing else is in the DLQ as far as its count tells; `why_not` is the
    sentence why it was not looked into, or not further; `denied` the refusal, where that was it.
    """

    messages: tuple[Message, ...] = ()
    complete: bool = False
    why_not: str | None = None
    denied: AwsError | None = None


def dlq_look(facts: Facts) -> Look:
    """What is in the DLQ, as far as it may be looked into.

    Only a queue that is known to be nothing but a DLQ is received from, and only where a receive
    costs no attempt. Raises what hides the DLQ, and `NotApplicable` where there is none.
    """
    attributes = facts(dlq_attributes)
    if not attributes.counts.total:
        return Look(complete=True)
    why_not = _why_not(facts, attributes)
    return Look(why_not=why_not) if why_not else _look(facts, attributes.counts.total)


def events_of(message: Message, facts: Facts) -> list[S3Event]:
    """The events of a message about the pipeline's bucket."""
    bucket = facts.pipeline.bucket
    return [e for e in message.parsed.events if bucket in (None, e.bucket)]


def dead_letters_of_key(facts: Facts) -> list[Message]:
    """The messages of the DLQ about the object that is asked about as it is now, as far as it was
    looked."""
    try:
        messages = facts(dlq_look).messages
    except (AwsError, NotApplicable):
        return []
    about = [m for m in messages if any(e.key == facts.key for e in events_of(m, facts))]
    return [m for m in about if not _of_earlier_upload(m, facts)]


def _of_earlier_upload(message: Message, facts: Facts) -> bool:
    """A message that is moved to a DLQ keeps the time when it was sent."""
    written = facts(upload_time)
    return bool(written and message.sent_at and message.sent_at + SLACK < written)


def of_other_buckets(facts: Facts) -> bool:
    """Whether all that is in the DLQ is events of other buckets. Raises as `dlq_look`."""
    look = facts(dlq_look)
    others = [m for m in look.messages if m.parsed.events and not events_of(m, facts)]
    return look.complete and bool(others) and len(others) == len(look.messages)


def dlq_explains(facts: Facts) -> bool:
    """Whether what is in the DLQ is, or may be, what is missing. Raises nothing."""
    try:
        look, total = facts(dlq_look), facts(dlq_attributes).counts.total
        others = facts(of_other_buckets)
    except (AwsError, NotApplicable):
        return False
    if facts.key is None or not look.complete:
        return total > 0 and not others
    return bool(dead_letters_of_key(facts))


def _why_not(facts: Facts, attributes: QueueAttributes) -> str | None:
    if not facts.pipeline.mode.may_peek:
        return "This console is read-only, and a look receives messages."
    if attributes.redrive:
        return "The DLQ has a redrive policy of its own, so that a look would cost attempts."
    if not _nothing_but_a_dlq(facts):
        return "It is not known to be the DLQ of this queue and nothing else."
    if not attributes.counts.visible:
        return "All of its messages are in flight or delayed."
    return None


def _nothing_but_a_dlq(facts: Facts) -> bool:
    dlq = facts(dlq_ref)
    try:
        attributes = facts(queue_attributes)
    except (AwsError, NotApplicable):
        return False
    if not attributes.redrive or attributes.redrive.dlq_arn != dlq.arn or attributes.arn == dlq.arn:
        return False
    return not _is_destination(facts, dlq.arn)


def _is_destination(facts: Facts, arn: str) -> bool:
    """Where the rules cannot be read, the redrive policy is the only word on the queue."""
    try:
        return any(rule.destination == arn for rule in facts(notification).rules)
    except ConsoleError:
        return False


def _look(facts: Facts, total: int) -> Look:
    seen: list[Message] = []
    stop, done = threading.Event(), threading.Event()
    watch = threading.Thread(target=_watch, args=(facts, stop, done), daemon=True)
    watch.start()
    try:
        summary = peek(
            facts.bench,
            facts(dlq_ref),
            PeekOptions(limit=MOST_MESSAGES),
            cancel=stop,
            on_message=seen.append,
        )
    except ConsoleError as error:
        denied = error if isinstance(error, AwsError) and error.kind == "access-denied" else None
        return Look(tuple(seen), False, error.sentence, denied)
    finally:
        done.set()
    if len(seen) >= total:
        return Look(tuple(seen), complete=True)
    why_not = summary.partial or f"The look ended at {len(seen)} of about {total} messages."
    return Look(tuple(seen), why_not=why_not)


def _watch(facts: Facts, stop: threading.Event, done: threading.Event) -> None:
    """Ends a look that lasts too long, or that nobody waits for any more."""
    clock = facts.bench.clock
    until = clock.monotonic() + MOST_SECONDS
    while not done.wait(_LOOK_SECONDS):
        if facts.cancel.is_set() or clock.monotonic() > until:
            stop.set()
            return
