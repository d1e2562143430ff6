"""The configuration of a pipeline as it is now, beside what is expected of it."""

from __future__ import annotations

import json
from typing import Any

from console.models.inspection import Inspection
from console.models.notification import Difference, NotificationConfiguration
from console.models.queue import QueueAttributes
from console.models.status import Source
from console.notification import differences
from console.operations.asking import ask
from console.operations.refusals import refusals
from console.operations.workbench import Workbench


def inspect(workbench: Workbench) -> Inspection:
    """Read the bucket's notification configuration and the queues' attributes.

    Never raises `AwsError`: what could not be read stands in its source.
    """
    gateway, pipeline = workbench.gateway, workbench.pipeline
    bucket, queue_ref, dlq_ref = pipeline.bucket, pipeline.queue, pipeline.dlq
    notification: Source[NotificationConfiguration] = Source()
    queue: Source[QueueAttributes] = Source()
    dlq: Source[QueueAttributes] = Source()
    if bucket:
        notification = ask(workbench.clock, lambda: gateway.s3.notification(bucket))
    if queue_ref:
        queue = ask(workbench.clock, lambda: gateway.sqs.attributes(queue_ref))
    if dlq_ref:
        dlq = ask(workbench.clock, lambda: gateway.sqs.attributes(dlq_ref))
    policy, policy_error = _policy(queue.value)
    return Inspection(
        notification=notification,
        queue=queue,
        dlq=dlq,
        policy=policy,
        policy_error=policy_error,
        differences=_differences(workbench, notification.value),
        refusals=refusals(bucket, notification.value, queue.value, workbench.clock.now())
        if bucket and notification.value and queue.value
        else (),
    )


def _differences(
    workbench: Workbench, configuration: NotificationConfiguration | None
) -> tuple[Difference, ...]:
    pipeline = workbench.pipeline
    if configuration is None:
        return ()
    return differences(
        configuration,
        queue_arn=pipeline.queue.arn if pipeline.queue else None,
        events=pipeline.expected_events,
        prefix=pipeline.expected_prefix,
        suffix=pipeline.expected_suffix,
    )


def _policy(attributes: QueueAttributes | None) -> tuple[dict[str, Any] | None, str | None]:
    if attributes is None or attributes.policy is None:
        return None, None
    try:
        policy = json.loads(attributes.policy)
    except ValueError as error:
        return None, f"The queue policy is not JSON: {error}."
    if not isinstance(policy, dict):
        return None, "The queue policy is not a JSON object."
    return policy, None
