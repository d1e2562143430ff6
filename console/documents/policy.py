"""The JSON document of `policy`."""

from __future__ import annotations

from console.documents.values import Document
from console.policy.check import KeyCheck, PolicyCheck
from console.policy.decision import Decision, StatementResult


def policy_document(check: PolicyCheck) -> Document:
    """Whether S3 would be allowed; `statements` and `problems` are the queue policy's."""
    return {
        "allowed": check.allowed,
        "certainty": check.certainty,
        "reason": check.decisive.would_be_reason,
        "problems": _problems(check.queue),
        "statements": _statements(check.queue),
        "queue_policy": _decision(check.queue),
        "key_policy": _key(check.key) if check.key else None,
    }


def _decision(decision: Decision) -> Document:
    return {
        "allowed": decision.would_be_allowed,
        "outcome": decision.outcome,
        "certainty": decision.certainty,
        "reason": decision.would_be_reason,
    }


def _key(check: KeyCheck) -> Document:
    decisive = check.decisive
    return {
        "allowed": check.allowed,
        "certainty": decisive.certainty,
        "reason": decisive.would_be_reason,
        "problems": _problems(decisive),
        "statements": _statements(decisive),
        "actions": {action: _decision(d) for action, d in check.decisions.items()},
    }


def _problems(decision: Decision) -> list[str]:
    return [problem.text for problem in decision.problems]


def _statements(decision: Decision) -> list[Document]:
    return [_statement(result) for result in decision.statements]


def _statement(result: StatementResult) -> Document:
    return {
        "sid": result.statement.sid,
        "effect": result.effect,
        "matches": result.matches,
        "certainty": "proven" if result.certain else "likely",
        "because": result.because,
    }
