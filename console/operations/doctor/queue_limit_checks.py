"""The queue's settings: do they refuse, delay or give up events?"""

from __future__ import annotations

from collections.abc import Iterator

from console.models.finding import Finding
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.common_facts import queue_attributes, queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.queue_facts import messages, repair_line, set_attribute

EVENT_BYTES = 65_536
"""The most an event of S3 can have (S3 User Guide, event message structure)."""
_ANY_BYTES = 1_048_576
_LATE_SECONDS = 60
_NOTICED_SECONDS = 10
_FEW_ATTEMPTS = 3
_MANY_ATTEMPTS = 5


def _max_message_size(facts: Facts) -> Iterator[Finding]:
    size = facts(queue_attributes).maximum_message_size
    if size < EVENT_BYTES:
        yield Finding(
            "queue.max-message-size",
            "fail",
            "likely",
            f"The queue takes messages of up to {size} bytes, and an event can have {EVENT_BYTES}: "
            "the longer ones never arrive.",
            evidence={"maximum_message_size": size, "event_bytes": EVENT_BYTES},
            remedy="Raise the queue's maximum message size.",
            commands=_commands(facts, "queue.max-message-size", "MaximumMessageSize", _ANY_BYTES),
        )


def _delay(facts: Facts) -> Iterator[Finding]:
    attributes = facts(queue_attributes)
    delay, delayed = attributes.delay, attributes.counts.delayed
    if delay:
        late = delay >= _LATE_SECONDS or (delayed and delay >= _NOTICED_SECONDS)
        yield Finding(
            "queue.delay",
            "fail" if late else "warn",
            "proven",
            f"The queue hides every new message for {delay} s; {messages(delayed)} hidden now.",
            evidence={"delay_seconds": delay, "delayed": delayed},
            remedy="Set the queue's delay to 0; what is delayed already appears by itself.",
            commands=_commands(facts, "queue.delay", "DelaySeconds", 0),
        )


def _low_max_receive_count(facts: Facts) -> Iterator[Finding]:
    redrive = facts(queue_attributes).redrive
    if redrive is None:
        raise NotApplicable
    most = redrive.max_receive_count
    if most < _FEW_ATTEMPTS:
        yield Finding(
            "queue.low-max-receive-count",
            "warn",
            "likely",
            f"A message goes to the DLQ after {most} {'receive' if most == 1 else 'receives'}; one "
            "crash of a consumer, or a look by the AWS console, can use up an attempt.",
            evidence={"max_receive_count": most, "dlq": redrive.dlq_arn},
            remedy=f"Raise maxReceiveCount to {_MANY_ATTEMPTS} or more.",
            commands=_commands(
                facts,
                "queue.low-max-receive-count",
                "RedrivePolicy",
                {"deadLetterTargetArn": redrive.dlq_arn, "maxReceiveCount": _MANY_ATTEMPTS},
            ),
        )


def _commands(facts: Facts, finding_id: str, name: str, value: object) -> tuple[str, ...]:
    return (
        repair_line(facts, finding_id),
        set_attribute(facts, queue_ref(facts), name, value),
    )


QUEUE_LIMIT_CHECKS = (
    Check({"queue.max-message-size": "The queue takes events of every size."}, _max_message_size),
    Check({"queue.delay": "The queue does not delay messages."}, _delay),
    Check(
        {"queue.low-max-receive-count": "Messages have some attempts before the DLQ."},
        _low_max_receive_count,
    ),
)
