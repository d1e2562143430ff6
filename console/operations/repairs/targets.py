"""Where a configuration is read from and written to, part by part."""

from __future__ import annotations

import json
from typing import Any

from console.errors import UsageError
from console.models.pipeline import QueueRef
from console.models.repair import Parts, Target
from console.operations.queues import known_queue
from console.operations.repairs.parts import (
    notification_document,
    notification_parts,
    policy_document,
    policy_parts,
)
from console.operations.workbench import Workbench

ATTRIBUTES = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "VisibilityTimeout",
    "RedrivePolicy",
    "KmsMasterKeyId",
    "SqsManagedSseEnabled",
)
"""The queue attributes that a repair may change."""


def read(bench: Workbench, target: Target) -> dict[str, Any]:
    """The configuration as it is now. Raises `AwsError`."""
    configuring = bench.gateway.configuring()
    if target.kind == "notification":
        return notification_parts(configuring.notification(target.name))
    if target.kind == "key-policy":
        policy = bench.gateway.kms(bench.pipeline.region).policy(target.name)
        return policy_parts(_policy(policy))
    attributes = configuring.attributes(_queue(bench, target))
    if target.kind == "policy":
        return policy_parts(_policy(attributes.get("Policy")))
    return {name: attributes[name] for name in ATTRIBUTES if name in attributes}


def write(bench: Workbench, target: Target, before: Parts, after: Parts) -> None:
    """Write the configuration. Raises `AwsError`."""
    configuring = bench.gateway.configuring()
    if target.kind == "notification":
        configuring.put_notification(target.name, notification_document(after))
    elif target.kind == "key-policy":
        configuring.put_key_policy(target.name, bench.pipeline.region, policy_document(after))
    elif target.kind == "policy":
        document = policy_document(after)
        text = json.dumps(document) if document else ""
        configuring.set_attributes(_queue(bench, target), {"Policy": text})
    else:
        changed = {n: str(after.get(n, "")) for n in ATTRIBUTES if after.get(n) != before.get(n)}
        configuring.set_attributes(_queue(bench, target), changed)


def _queue(bench: Workbench, target: Target) -> QueueRef:
    return known_queue(bench, target.name)


def _policy(text: str | None) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise UsageError(
            "Unreadable policy",
            "The policy is not a JSON object, so nothing can be merged into it.",
            "Replace it by hand, as with aws sqs set-queue-attributes.",
        )
    return policy
