"""Which KMS keys of their own queue, DLQ and bucket use, by ARN.

The policy of a key that AWS manages lets everybody of the account use it through its service, so
that nobody needs a grant on it: these are left out.
"""

from __future__ import annotations

from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes
from console.operations.doctor.common_facts import (
    dlq_attributes,
    dlq_ref,
    queue_attributes,
    queue_ref,
)
from console.operations.doctor.facts import Facts
from console.operations.doctor.operator_checks import bucket_caller
from console.operations.doctor.security_facts import bucket_encryption, partition

_AWS_MANAGED = "alias/aws/"


def queue_key_arn(facts: Facts) -> str | None:
    """The queue's own key, `None` where it has none. Raises `AwsError`."""
    return _of_queue(facts, facts(queue_attributes), facts(queue_ref))


def dlq_key_arn(facts: Facts) -> str | None:
    """The DLQ's own key, as above. Raises `NotApplicable` where there is no DLQ."""
    return _of_queue(facts, facts(dlq_attributes), facts(dlq_ref))


def bucket_key_arn(facts: Facts) -> str | None:
    """The own key that the bucket encrypts with by default, `None` where it has none.

    A key that is named without an account is one of the bucket's credentials' own. Raises
    `AwsError`.
    """
    encryption = facts(bucket_encryption)
    name = encryption.kms_key_id if encryption else None
    if name is None:
        return None
    return _arn(facts, name, facts.pipeline.region, facts(bucket_caller).account)


def _of_queue(facts: Facts, attributes: QueueAttributes, queue: QueueRef) -> str | None:
    name = attributes.kms_key_id
    return _arn(facts, name, queue.region, queue.account) if name else None


def _arn(facts: Facts, name: str, region: str, account: str) -> str | None:
    if _AWS_MANAGED in name:
        return None
    if name.startswith("alias/") or ":alias/" in name:
        return facts(_described, name, region)
    return (
        name
        if name.startswith("arn:")
        else f"arn:{partition(facts)}:kms:{region}:{account}:key/{name}"
    )


def _described(facts: Facts, alias: str, region: str) -> str:
    return facts.bench.gateway.kms(region).describe(alias).arn
