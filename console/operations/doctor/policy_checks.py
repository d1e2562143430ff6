"""The queue policy: does it let the bucket's events in, and if not, what in it keeps them out?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.errors import AwsError
from console.models.finding import Finding
from console.operations.doctor.check import Check, Omit
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_diagnosis import (
    SOURCE_ACCOUNT,
    Fault,
    faults,
    open_questions,
)
from console.operations.doctor.policy_evidence import (
    conditions_evidence,
    obstacles_evidence,
    statement_name,
)
from console.operations.doctor.policy_facts import SenderDecision, policy_text, sender_decision
from console.operations.doctor.policy_side_checks import POLICY_SIDE_CHECKS
from console.operations.doctor.policy_words import PASSES, REMEDIES, TITLES
from console.operations.doctor.queue_facts import repair_line
from console.policy.callers import S3
from console.policy.decision import StatementResult

# Of another bucket the policy need say nothing.
_CONSEQUENCE_OF = ("bucket.wrong-bucket",)


def _policy(facts: Facts) -> Iterator[Finding | Omit]:
    if facts.pipeline.bucket is None and not (facts(policy_text) or "").strip():
        # Whatever the bucket is: nothing but a policy lets a service in.
        yield _no_policy(S3)
        return
    about = facts(sender_decision)
    decision = about.decision
    broken = decision.outcome == "unknown" and not decision.statements
    if broken:
        yield _invalid(facts, about)
        return
    if not (facts(policy_text) or "").strip():
        sender = about.sender.caller.name
        yield _no_policy(sender, _commands(facts, about, "policy.no-allow"))
        return
    for fault in faults(decision, about.sender.caller.name):
        yield _failure(facts, about, fault)
    for result in open_questions(decision):
        yield _open(about, result)


def _no_policy(sender: str, commands: tuple[str, ...] = ()) -> Finding:
    return Finding(
        "policy.no-allow",
        "fail",
        "proven",
        "The queue has no policy, so no service may send to it.",
        {"sender": sender, "policy": None},
        REMEDIES["policy.no-allow"].format(sender=sender),
        commands,
        because_of=("bucket.wrong-bucket",),
    )


def _invalid(facts: Facts, about: SenderDecision) -> Finding:
    return Finding(
        "policy.no-allow",
        "fail",
        "likely",
        "The queue policy is not valid, so nothing can be allowed by it.",
        {
            "sender": about.sender.caller.name,
            "problems": [problem.text for problem in about.decision.problems],
            "policy": facts(policy_text),
        },
        _remedy("policy.no-allow", about),
        _commands(facts, about, "policy.no-allow"),
        because_of=_CONSEQUENCE_OF,
    )


def _failure(facts: Facts, about: SenderDecision, fault: Fault) -> Finding:
    evidence: dict[str, object] = {
        "sender": about.sender.caller.name,
        "queue": about.sender.resource,
        **(_statement(fault.statement) if fault.statement else {"policy": "no Allow for sending"}),
        **obstacles_evidence(fault.obstacles),
    }
    if fault.statement and fault.id == "policy.explicit-deny":
        evidence |= conditions_evidence(fault.statement, about.sender)
    return Finding(
        fault.id,
        "fail",
        fault.certainty,
        TITLES[fault.id].format(sender=about.sender.caller.name),
        evidence,
        _remedy(fault.id, about),
        _commands(facts, about, fault.id),
        because_of=_CONSEQUENCE_OF,
    )


def _commands(facts: Facts, about: SenderDecision, finding_id: str) -> tuple[str, ...]:
    """The repair, which lets S3 in, or spares every service from a Deny."""
    if about.sender.caller.name != S3 and finding_id != "policy.explicit-deny":
        return ()
    return (repair_line(facts, finding_id),)


def _statement(result: StatementResult) -> Mapping[str, object]:
    return {"statement": statement_name(result), "because": result.because}


def _remedy(finding_id: str, about: SenderDecision) -> str:
    return REMEDIES[finding_id].format(sender=about.sender.caller.name)


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
            REMEDIES["policy.explicit-deny"],
        )
    return Finding(
        "policy.absent-condition-key",
        "unknown",
        "likely",
        f"It cannot be told whether a call of {sender} has what the queue policy asks for.",
        {"sender": sender, **_statement(result)},
        REMEDIES["policy.absent-condition-key"],
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


POLICY_CHECKS = (Check(PASSES, _policy), *POLICY_SIDE_CHECKS)
