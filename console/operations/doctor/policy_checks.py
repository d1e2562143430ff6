"""The queue policy: does it let the bucket's events in, and if not, what in it keeps them out?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from console.errors import AwsError
from console.models.finding import Finding
from console.operations.doctor.check import Check, Omit
from console.operations.doctor.common_facts import queue_attributes
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_diagnosis import (
    SOURCE_ACCOUNT,
    Fault,
    faults,
    open_questions,
    tls_denies,
)
from console.operations.doctor.policy_evidence import obstacles_evidence, statement_name
from console.operations.doctor.policy_facts import SenderDecision, policy_text, sender_decision
from console.operations.doctor.repairs import repair_command
from console.policy.decision import StatementResult
from console.text import iso

# SQS API Reference, SetQueueAttributes: a change takes up to 60 s; 2 s for clocks that differ.
_PROPAGATION = timedelta(seconds=60)
_SLACK = timedelta(seconds=2)

_PASSES = {
    "policy.no-allow": "The queue policy allows what brings the events to send.",
    "policy.wrong-principal": "The queue policy allows the right sender.",
    "policy.wrong-resource": "The queue policy names this queue.",
    "policy.wrong-source-arn": "The queue policy names this bucket in aws:SourceArn, or none.",
    "policy.wrong-source-account": "The queue policy names the bucket's owner, or no account.",
    "policy.wildcard-in-string-equals": "The queue policy has no wildcard where it is plain text.",
    "policy.absent-condition-key": "The queue policy asks for nothing that senders lack.",
    "policy.explicit-deny": "No Deny of the queue policy refuses the sender.",
}  # fmt: skip

# Of another bucket the policy need say nothing.
_CONSEQUENCE_OF = ("bucket.wrong-bucket",)
_TITLES = {
    "policy.no-allow": "The queue policy does not allow {sender} to send.",
    "policy.wrong-principal": "The queue policy allows others to send, but not {sender}.",
    "policy.wrong-resource": "The statement that allows {sender} to send is for another resource.",
    "policy.wrong-source-arn": "The queue policy allows {sender} for another source than this.",
    "policy.wrong-source-account": "The queue policy allows {sender} for another account's bucket.",
    "policy.wildcard-in-string-equals":
        "StringEquals takes the wildcard in the queue policy as a plain character.",
    "policy.absent-condition-key": "The queue policy asks for what a call of {sender} lacks.",
    "policy.explicit-deny": "A Deny of the queue policy refuses {sender}.",
}  # fmt: skip

_REMEDIES = {
    "policy.no-allow": "Add the documented statement that allows s3.amazonaws.com to send.",
    "policy.wrong-principal": "Name the service: Principal {{\"Service\": \"{sender}\"}}.",
    "policy.wrong-resource": "Put the queue's own ARN into Resource.",
    "policy.wrong-source-arn": "Put the bucket's ARN, without /*, into aws:SourceArn.",
    "policy.wrong-source-account": "Put the account that owns the bucket into aws:SourceAccount.",
    "policy.wildcard-in-string-equals": "Use ArnLike or StringLike where a value has a wildcard.",
    "policy.absent-condition-key": "Ask for aws:SourceArn and aws:SourceAccount instead.",
    "policy.explicit-deny":
        "Add BoolIfExists aws:PrincipalIsAWSService = false to the condition of the Deny.",
}  # fmt: skip


def _policy(facts: Facts) -> Iterator[Finding | Omit]:
    about = facts(sender_decision)
    decision = about.decision
    broken = decision.outcome == "unknown" and not decision.statements
    if broken or not (facts(policy_text) or "").strip():
        yield _without_statements(facts, about, invalid=broken)
        return
    found = faults(decision)
    for fault in found:
        yield _failure(facts, about, fault)
    for result in open_questions(decision):
        yield _open(about, result)


def _without_statements(facts: Facts, about: SenderDecision, *, invalid: bool) -> Finding:
    evidence: dict[str, object] = {"sender": about.sender.caller.name}
    if invalid:
        evidence["problems"] = [problem.text for problem in about.decision.problems]
        evidence["policy"] = facts(policy_text)
        title = "The queue policy is not valid, so nothing can be allowed by it."
    else:
        evidence["policy"] = None
        title = "The queue has no policy, so no service may send to it."
    return Finding(
        "policy.no-allow",
        "fail",
        "likely" if invalid else "proven",
        title,
        evidence,
        _remedy("policy.no-allow", about),
        (repair_command(facts.pipeline, "policy.no-allow"),),
        because_of=_CONSEQUENCE_OF,
    )


def _failure(facts: Facts, about: SenderDecision, fault: Fault) -> Finding:
    evidence: dict[str, object] = {
        "sender": about.sender.caller.name,
        "queue": about.sender.resource,
        **(_statement(fault.statement) if fault.statement else {"policy": "no Allow for sending"}),
        **obstacles_evidence(fault.obstacles),
    }
    return Finding(
        fault.id,
        "fail",
        fault.certainty,
        _TITLES[fault.id].format(sender=about.sender.caller.name),
        evidence,
        _remedy(fault.id, about),
        (repair_command(facts.pipeline, fault.id),),
        because_of=_CONSEQUENCE_OF,
    )


def _statement(result: StatementResult) -> Mapping[str, object]:
    return {"statement": statement_name(result), "because": result.because}


def _remedy(finding_id: str, about: SenderDecision) -> str:
    return _REMEDIES[finding_id].format(sender=about.sender.caller.name)


def _open(about: SenderDecision, result: StatementResult) -> Finding:
    """A statement of which it cannot be told whether it is about the sender."""
    keys = {(obstacle.key or "").lower() for obstacle in result.obstacles}
    sender = about.sender.caller.name
    if SOURCE_ACCOUNT in keys and about.owner.account is None:
        return _unknown_owner(about, result)
    if result.effect == "Deny":
        return Finding(
            "policy.explicit-deny",
            "warn",
            "likely",
            f"It cannot be told whether a Deny of the queue policy refuses {sender}.",
            {"sender": sender, **_statement(result)},
            _REMEDIES["policy.explicit-deny"],
        )
    return Finding(
        "policy.absent-condition-key",
        "unknown",
        "likely",
        f"It cannot be told whether a call of {sender} has what the queue policy asks for.",
        {"sender": sender, **_statement(result)},
        _REMEDIES["policy.absent-condition-key"],
    )


def _unknown_owner(about: SenderDecision, result: StatementResult) -> Finding:
    error = about.owner.error
    return Finding(
        "policy.wrong-source-account",
        "unknown",
        "proven",
        "Which account owns the bucket is not known, so aws:SourceAccount cannot be compared.",
        {"sender": about.sender.caller.name, **_statement(result)},
        error.remedy if error else "",
        permission=error.permission if isinstance(error, AwsError) else None,
    )


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


POLICY_CHECKS = (
    Check(_PASSES, _policy),
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
