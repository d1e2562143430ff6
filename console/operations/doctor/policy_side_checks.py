"""Beside the verdict on a queue policy: a change still on its way, and Denies that do no harm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from console.models.finding import Finding
from console.operations.doctor.check import Check, Omit
from console.operations.doctor.common_facts import queue_attributes
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_diagnosis import tls_denies
from console.operations.doctor.policy_evidence import statement_name
from console.operations.doctor.policy_facts import policy_text, sender_decision
from console.text import iso

# SQS API Reference, SetQueueAttributes: a change takes up to 60 s; 2 s for clocks that differ.
_PROPAGATION = timedelta(seconds=60)
_SLACK = timedelta(seconds=2)


def _tls(facts: Facts) -> Iterator[Finding | Omit]:
    denies = tls_denies(facts(sender_decision).decision)
    if not denies:
        yield Omit("policy.secure-transport-deny")
        return
    yield Finding(
        "policy.secure-transport-deny",
        "pass",
        "likely",
        "The queue policy denies calls without TLS, which services do not make.",
        {"statements": [statement_name(result) for result in denies]},
    )


def _propagating(facts: Facts) -> Iterator[Finding]:
    """A change of the queue's attributes may not be in effect yet; its creation is none."""
    facts(policy_text)
    attributes = facts(queue_attributes)
    changed, created = attributes.modified_at, attributes.created_at
    if changed is None or not attributes.policy:
        return
    age = facts.at - changed
    if age >= _PROPAGATION or (created is not None and changed - created <= _SLACK):
        return
    yield Finding(
        "policy.propagating",
        "warn",
        "likely",
        "The queue's attributes, perhaps its policy, were changed within the last minute.",
        {"changed_at": iso(changed), "age_seconds": max(0.0, age.total_seconds())},
        "Wait until a minute after the change and look again.",
    )


POLICY_SIDE_CHECKS = (
    Check(
        {"policy.secure-transport-deny": "A Deny of calls without TLS keeps no service out."},
        _tls,
        essential=False,
    ),
    Check(
        {"policy.propagating": "The queue's attributes were not changed within the last minute."},
        _propagating,
        essential=False,
    ),
)
