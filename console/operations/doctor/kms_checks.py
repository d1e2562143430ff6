"""Encryption of the queue: may its sender use the key, and can the key be used at all?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.models.finding import Finding
from console.models.key import KeyDescription
from console.operations.doctor.check import Check, NotApplicable, Omit
from console.operations.doctor.common_facts import queue_attributes, queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.kms_facts import (
    is_aws_alias,
    key_check,
    key_description,
    key_name,
    key_policy,
    named_region,
)
from console.operations.doctor.policy_evidence import obstacles_evidence
from console.operations.doctor.queue_facts import repair_line
from console.policy.callers import someone
from console.policy.check import KeyCheck
from console.policy.decide import decide_text
from console.policy.limits import KEY_LIMITS
from console.text import iso

_USABLE = "Enabled"
_ENCRYPTS = "ENCRYPT_DECRYPT"
_SYMMETRIC = "SYMMETRIC_DEFAULT"


def _own_key(facts: Facts) -> KeyDescription:
    """The customer managed key of the queue. Raises `NotApplicable` where it has none."""
    name = facts(key_name)
    if name is None or is_aws_alias(name):
        raise NotApplicable
    key = facts(key_description)
    if key is None or key.manager == "AWS":
        raise NotApplicable
    return key


def _aws_managed(facts: Facts) -> Iterator[Finding]:
    name = facts(key_name)
    if name is None:
        return
    if not is_aws_alias(name):
        key = facts(key_description)
        if key is None or key.manager != "AWS":
            return
    yield Finding(
        "kms.aws-managed-key",
        "fail",
        "proven",
        "The queue is encrypted with the key that AWS keeps for SQS, which no service may use.",
        {"key_id": name},
        "Use SSE-SQS, or a key of your own whose policy allows s3.amazonaws.com.",
        (repair_line(facts, "kms.aws-managed-key"),),
    )


def _usable(facts: Facts) -> Iterator[Finding | Omit]:
    name = facts(key_name)
    if name is None or is_aws_alias(name):
        return
    home, region = facts(queue_ref).region, named_region(name)
    if region not in (None, home):
        evidence = {"key_id": name, "key_region": region, "queue_region": home}
        yield _unusable(facts, "The key that encrypts the queue is in another region.", evidence)
        return
    key = facts(key_description)
    if key is None:
        yield _missing(facts, name)
    elif key.state != _USABLE:
        gone = iso(key.deletion_at) if key.deletion_at else None
        yield _unusable(
            facts,
            f"The key that encrypts the queue is not enabled, but {key.state}.",
            {"key_id": key.arn, "state": key.state, "deletion_at": gone},
        )
    elif key.usage != _ENCRYPTS or (key.spec and key.spec != _SYMMETRIC):
        evidence = {"key_id": key.arn, "usage": key.usage, "spec": key.spec}
        yield _unusable(
            facts, "The key that encrypts the queue is not made to encrypt data.", evidence
        )


def _missing(facts: Facts, name: str) -> Finding:
    """Another account's key that this identity may not see looks the same as none."""
    theirs = name.startswith("arn:") and f":{facts(queue_ref).account}:" not in name
    title = "The key that encrypts the queue does not exist."
    return _unusable(facts, title, {"key_id": name}, certain=not theirs)


def _unusable(
    facts: Facts, title: str, evidence: Mapping[str, object], *, certain: bool = True
) -> Finding:
    return Finding(
        "kms.key-unusable",
        "fail",
        "proven" if certain else "likely",
        title,
        evidence,
        "Enable the key, cancel its deletion, or encrypt the queue with another.",
        _commands(facts, str(evidence["key_id"]), evidence.get("state")),
    )


def _commands(facts: Facts, key_id: str, state: object) -> tuple[str, ...]:
    region = facts(queue_ref).region
    enable = f"aws kms enable-key --key-id {key_id} --region {region}"
    if state == "Disabled":
        return (enable,)
    if state == "PendingDeletion":
        return (f"aws kms cancel-key-deletion --key-id {key_id} --region {region}", enable)
    return ()


def _key_policy(facts: Facts) -> Iterator[Finding]:
    key = _own_key(facts)
    check = facts(key_check)
    if check.allowed:
        return
    sender = "what sends the bucket's events"
    refused = check.allowed is False
    yield Finding(
        "kms.key-policy",
        "fail" if refused else "warn",
        check.decisive.certainty if refused else "likely",
        f"The policy of the queue's key does not let {sender} use it."
        if refused
        else f"It cannot be told whether the policy of the queue's key lets {sender} use it.",
        {"key_id": key.arn, "actions": _actions(check), **_obstacles(check)},
        "Allow s3.amazonaws.com kms:GenerateDataKey and kms:Decrypt in the key's policy.",
        (repair_line(facts, "kms.key-policy"),) if refused else (),
    )


def _actions(check: KeyCheck) -> dict[str, object]:
    return {
        action: {"allowed": decision.allowed, "reason": decision.reason}
        for action, decision in check.decisions.items()
    }


def _obstacles(check: KeyCheck) -> dict[str, object]:
    near = [r for r in check.decisive.statements if r.effect == "Allow" and not r.matches]
    nearest = min(near, key=lambda r: len(r.obstacles), default=None)
    return dict(obstacles_evidence(nearest.obstacles)) if nearest else {}


def _consumer(facts: Facts) -> Iterator[Finding]:
    """Grants apart, a consumer can decrypt only what the key's policy lets its account decrypt; a
    Deny outweighs grants too."""
    key = _own_key(facts)
    decision = decide_text(facts(key_policy), someone("kms:Decrypt", key.arn, facts.at), KEY_LIMITS)
    if decision.outcome not in ("implicit-deny", "explicit-deny"):
        return
    denied = decision.outcome == "explicit-deny"
    yield Finding(
        "kms.consumer-denied",
        "fail" if denied else "warn",
        "likely",
        "The policy of the queue's key lets no user or role decrypt, so no consumer can receive.",
        {
            "key_id": key.arn,
            "reason": decision.reason,
            "waiting": facts(queue_attributes).counts.visible,
        },
        "Allow the consumer's role, or the account, kms:Decrypt in the key's policy.",
    )


KMS_CHECKS = (
    Check(
        {"kms.aws-managed-key": "The queue does not use the key that AWS keeps for SQS."},
        _aws_managed,
    ),
    Check({"kms.key-unusable": "No key keeps the queue from working."}, _usable),
    Check({"kms.key-policy": "The key's policy lets the sender use it."}, _key_policy),
    Check(
        {"kms.consumer-denied": "The key's policy lets users or roles decrypt."},
        _consumer,
        essential=False,
    ),
)
