"""The facts that most checks need: configuration, queue and DLQ as they are now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from console.errors import AwsError, UsageError
from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.facts import Facts


def bucket_name(facts: Facts) -> str:
    """The bucket. Raises what hides it, or `UsageError`."""
    return facts.bench.need_bucket()


def queue_ref(facts: Facts) -> QueueRef:
    """The queue. Raises what hides it, or `UsageError`."""
    return facts.bench.need_queue()


def notification(facts: Facts) -> NotificationConfiguration:
    """The bucket's whole notification configuration. Raises `AwsError`."""
    return facts.bench.gateway.s3.notification(bucket_name(facts))


def bucket_policy(facts: Facts) -> str | None:
    """The bucket policy as JSON text, `None` where there is none. Raises `AwsError`."""
    return facts.bench.gateway.bucket_security.policy(bucket_name(facts))


def rules_to_queue(facts: Facts) -> tuple[NotificationRule, ...]:
    """The rules of the bucket that send straight to this queue. Raises `AwsError`."""
    arn = queue_ref(facts).arn
    return tuple(rule for rule in facts(notification).rules if rule.destination == arn)


def queue_answer(facts: Facts) -> QueueAttributes:
    """What SQS answers about the queue. Raises what hides it, `UsageError`, and `AwsError`, of
    kind `no-such-queue` where there is none."""
    return facts.bench.gateway.sqs.attributes(queue_ref(facts))


def queue_attributes(facts: Facts) -> QueueAttributes:
    """The queue's attributes and counts. Raises `AwsError`, and `NotApplicable` where there is no
    queue to ask about: `queue.missing` alone tells that."""
    try:
        return facts(queue_answer)
    except UsageError as error:
        raise NotApplicable from error
    except AwsError as error:
        if error.kind == "no-such-queue":
            raise NotApplicable from error
        raise


def dlq_ref(facts: Facts) -> QueueRef:
    """The DLQ. Raises `NotApplicable` where the queue has none, and what hides it."""
    pipeline = facts.pipeline
    if pipeline.dlq is None:
        unknown = pipeline.unknown_field("dlq")
        if unknown and unknown.error:
            raise unknown.error
        if unknown:
            # The redrive policy was hidden: this raises what hides it.
            facts(queue_attributes)
        raise NotApplicable
    return pipeline.dlq


def dlq_answer(facts: Facts) -> QueueAttributes:
    """What SQS answers about the DLQ. Raises as `dlq_ref`, and `AwsError`, of kind
    `no-such-queue` where it does not exist."""
    return facts.bench.gateway.sqs.attributes(facts(dlq_ref))


def dlq_attributes(facts: Facts) -> QueueAttributes:
    """The DLQ's attributes and counts. Raises `AwsError`, and `NotApplicable` where there is
    none: `consumer.dead-lettered` alone tells of one that is named and does not exist."""
    try:
        return facts(dlq_answer)
    except AwsError as error:
        if error.kind == "no-such-queue":
            raise NotApplicable from error
        raise


def queue_policy(facts: Facts) -> Mapping[str, Any] | None:
    """The queue policy as JSON, `None` where there is none. Raises `AwsError`, and `ValueError`
    where the text is no JSON object."""
    text = facts(queue_attributes).policy
    if text is None:
        return None
    policy = json.loads(text)
    if not isinstance(policy, dict):
        raise ValueError("The queue policy is not a JSON object.")
    return cast("dict[str, Any]", policy)
