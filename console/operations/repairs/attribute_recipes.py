"""Repairs of queue attributes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from console.models.repair import Parts, Target
from console.operations.repairs.case import Case, cannot

_LARGEST = "1048576"
_LONGEST = "1209600"
_ATTEMPTS = 5
"""Receives before a message is dead-lettered: AWS advises against very few (SQS Developer Guide,
dead-letter queues)."""

Edit = Callable[[Parts], Mapping[str, Any]]


def _set(**attributes: str) -> Edit:
    return lambda parts: {**parts, **attributes}


def _delay(case: Case) -> tuple[Target, Edit]:
    return case.attributes, _set(DelaySeconds="0")


def _largest_message(case: Case) -> tuple[Target, Edit]:
    return case.attributes, _set(MaximumMessageSize=_LARGEST)


def _dlq_retention(case: Case) -> tuple[Target, Edit]:
    return case.dlq_attributes, _set(MessageRetentionPeriod=_LONGEST)


def _source_retention(case: Case) -> tuple[Target, Edit]:
    return case.attributes, _set(MessageRetentionPeriod=_LONGEST)


def _queue_keys(case: Case) -> tuple[Target, Edit]:
    """From an AWS managed key, which S3 can never use, to keys that SQS looks after."""
    return case.attributes, _set(KmsMasterKeyId="", SqsManagedSseEnabled="true")


def _attempts(case: Case) -> tuple[Target, Edit]:
    def more(parts: Parts) -> Mapping[str, Any]:
        try:
            policy = json.loads(parts["RedrivePolicy"])
        except (KeyError, ValueError):
            raise cannot(
                "The queue has no redrive policy that can be read.", "Give it a dead-letter queue."
            ) from None
        return {**parts, "RedrivePolicy": json.dumps({**policy, "maxReceiveCount": _ATTEMPTS})}

    return case.attributes, more


RECIPES = {
    "queue.delay": _delay,
    "queue.max-message-size": _largest_message,
    "queue.low-max-receive-count": _attempts,
    "queue.retention-lowered": _source_retention,
    "dlq.retention": _dlq_retention,
    "kms.aws-managed-key": _queue_keys,
}
