"""Decides: a call is denied unless a statement allows it, and a Deny outweighs every Allow.

IAM User Guide, policy evaluation logic, for the resource's own policy. What cannot be told of one
statement keeps the whole from being told only where it matters.
"""

from __future__ import annotations

from collections.abc import Sequence

from console.policy.decision import Decision, Outcome, StatementResult
from console.policy.document import Policy
from console.policy.limits import Limits, exceeded
from console.policy.matching import judge
from console.policy.reading import read_policy
from console.policy.request import Request

_Judged = Sequence[tuple[StatementResult, bool | None]]


def decide_text(text: str | None, request: Request, limits: Limits) -> Decision:
    """What a policy in JSON says to a call; `None` or nothing is no policy, which allows none."""
    if not (text or "").strip():
        return Decision("implicit-deny", "proven", "There is no policy, so nothing allows it.")
    assert text is not None
    policy = read_policy(text)
    decision = decide(policy, request)
    problems = (*policy.problems, *exceeded(text, policy, limits))
    return Decision(
        decision.outcome,
        decision.certainty,
        decision.reason,
        decision.statements,
        decision.deciding,
        problems,
    )


def decide(policy: Policy, request: Request) -> Decision:
    """What a policy says to a call."""
    if not policy.valid:
        first = next((p.text for p in policy.problems if p.refused), "")
        return Decision(
            "unknown", "proven", f"The policy is not valid. {first}".strip(), (), (),
            policy.problems,
        )  # fmt: skip
    results = tuple(judge(statement, request, policy.version) for statement in policy.statements)
    outcome, deciding = _outcome([(result, result.matches) for result in results])
    strict, _ = _outcome([(r, r.matches if r.certain else None) for r in results])
    sure = _refuses(strict) is _refuses(outcome)
    return Decision(
        outcome,
        "proven" if sure else "likely",
        _reason(outcome, deciding),
        results,
        deciding,
        policy.problems,
    )


def _refuses(outcome: Outcome) -> bool | None:
    return None if outcome == "unknown" else outcome != "allow"


def _outcome(judged: _Judged) -> tuple[Outcome, tuple[StatementResult, ...]]:
    def of(effect: str, verdict: bool | None) -> tuple[StatementResult, ...]:
        return tuple(r for r, m in judged if r.effect == effect and m is verdict)

    denying, perhaps_denying = of("Deny", True), of("Deny", None)
    allowing, perhaps_allowing = of("Allow", True), of("Allow", None)
    if denying:
        return "explicit-deny", denying
    if not allowing and not perhaps_allowing:
        return "implicit-deny", ()
    if perhaps_denying or not allowing:
        return "unknown", (*perhaps_denying, *(() if allowing else perhaps_allowing))
    return "allow", allowing


def _reason(outcome: Outcome, deciding: Sequence[StatementResult]) -> str:
    names = ", ".join(result.statement.name for result in deciding)
    if outcome == "allow":
        return f"Allowed by statement {names}."
    if outcome == "explicit-deny":
        return f"Denied by statement {names}, and a Deny outweighs every Allow."
    if outcome == "implicit-deny":
        return "No statement allows it."
    because = " ".join(result.because for result in deciding)
    return f"It depends on statement {names}. {because}"
