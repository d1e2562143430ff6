"""The queue and its DLQ as an auditor sees them. Warnings only: none of this loses an event."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from console.models.finding import Finding
from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import (
    dlq_attributes,
    dlq_ref,
    queue_attributes,
    queue_ref,
)
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_width import refuses_plain_http, statements_of
from console.text import human_duration

# One action of each side: who may neither send nor receive in plain text has no use for the rest.
_ACTIONS = ("sqs:SendMessage", "sqs:ReceiveMessage")


def _queue_encryption(facts: Facts) -> Iterator[Finding]:
    yield from _encryption("security.queue-unencrypted", facts(queue_attributes), facts(queue_ref))


def _dlq_encryption(facts: Facts) -> Iterator[Finding]:
    yield from _encryption("security.dlq-unencrypted", facts(dlq_attributes), facts(dlq_ref))


def _encryption(finding_id: str, attributes: QueueAttributes, queue: QueueRef) -> Iterator[Finding]:
    if attributes.sse_sqs or attributes.kms_key_id:
        return
    yield Finding(
        finding_id,
        "warn",
        "proven",
        f"Messages of {queue.name} are not encrypted at rest.",
        evidence={"queue": queue.arn, "sse_sqs": False, "kms_key_id": None},
        remedy="Turn on SSE-SQS: it needs no key and no grant.",
        commands=(_set(queue, "SqsManagedSseEnabled=true"),),
    )


def _tls_only(facts: Facts) -> Iterator[Finding]:
    queue = facts(queue_ref)
    statements = statements_of(facts(queue_attributes).policy)
    open_to = [
        action
        for action in _ACTIONS
        if not any(refuses_plain_http(s, action, queue.arn) for s in statements)
    ]
    if open_to:
        yield Finding(
            "security.tls-only-queue",
            "warn",
            "proven",
            "The queue policy does not refuse callers who come without TLS.",
            evidence={"queue": queue.arn, "not_refused": open_to},
            remedy="Add a Deny for Principal * and sqs:* where aws:SecureTransport is false.",
        )


def _dlq_retention(facts: Facts) -> Iterator[Finding]:
    dlq, queue = facts(dlq_attributes), facts(queue_attributes)
    # On a standard queue a dead-lettered message keeps its first enqueue time (SQS Developer
    # Guide, dead-letter queues).
    if queue.fifo or dlq.retention > queue.retention:
        return
    yield Finding(
        "security.dlq-retention",
        "warn",
        "proven",
        f"The DLQ keeps messages for {human_duration(dlq.retention)}, no longer than the queue, and"
        " counts from the first send: what failed late is gone before anybody looks.",
        evidence={
            "dlq_retention_seconds": dlq.retention,
            "queue_retention_seconds": queue.retention,
        },
        remedy="Let the DLQ keep messages for 14 days.",
        commands=(_set(facts(dlq_ref), "MessageRetentionPeriod=1209600"),),
    )


def _set(queue: QueueRef, attribute: str) -> str:
    words = ("aws", "sqs", "set-queue-attributes", "--region", queue.region)
    return shlex.join((*words, "--queue-url", queue.url, "--attributes", attribute))


SECURITY_QUEUE_CHECKS = (
    Check(
        {"security.queue-unencrypted": "The queue is encrypted at rest."},
        _queue_encryption,
        essential=False,
    ),
    Check(
        {"security.dlq-unencrypted": "The DLQ is encrypted at rest."},
        _dlq_encryption,
        essential=False,
    ),
    Check(
        {"security.tls-only-queue": "The queue policy refuses callers without TLS."},
        _tls_only,
        essential=False,
    ),
    Check(
        {"security.dlq-retention": "The DLQ keeps messages longer than the queue."},
        _dlq_retention,
        essential=False,
    ),
)
