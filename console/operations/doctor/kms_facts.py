"""Facts about the key that encrypts the queue."""

from __future__ import annotations

from console.errors import AwsError
from console.models.key import KeyDescription
from console.operations.doctor.common_facts import queue_attributes, queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_facts import owner_for, policy_text, sender_decision, senders
from console.policy.check import KeyCheck, check_key_policy

_AWS_ALIAS = "alias/aws/sqs"


def key_name(facts: Facts) -> str | None:
    """The key as the queue names it: an id, an alias or an ARN; `None` where it has none. Raises
    `AwsError`, and `NotApplicable` where there is no queue."""
    facts(policy_text)
    return facts(queue_attributes).kms_key_id


def is_aws_alias(name: str) -> bool:
    """Whether a name is that of the key that AWS keeps for SQS."""
    return name == _AWS_ALIAS or name.endswith(f":{_AWS_ALIAS}")


def named_region(name: str) -> str | None:
    """The region in a key's ARN, `None` where the name is no ARN."""
    parts = name.split(":")
    return parts[3] if name.startswith("arn:") and len(parts) >= 6 else None


def key_description(facts: Facts) -> KeyDescription | None:
    """The queue's key; `None` where there is none of that name. Raises `AwsError`."""
    name = facts(key_name) or ""
    region = named_region(name) or facts(queue_ref).region
    try:
        return facts.bench.gateway.kms(region).describe(name)
    except AwsError as error:
        if error.code == "NotFoundException":
            return None
        raise


def key_policy(facts: Facts) -> str:
    """The policy of the queue's key as text. Raises `AwsError`."""
    key = facts(key_description)
    assert key is not None
    return facts.bench.gateway.kms(key.region).policy(key.arn)


def key_check(facts: Facts) -> KeyCheck:
    """Whether what sends to the queue may use its key. Raises `AwsError`."""
    key = facts(key_description)
    assert key is not None
    text = facts(key_policy)
    caller = facts(sender_decision).sender.caller
    on_path, perhaps = senders(facts, owner_for(facts, text))
    sender = next(s for s in (*on_path, *perhaps) if s.caller == caller)
    return check_key_policy(text, sender, key.arn)
