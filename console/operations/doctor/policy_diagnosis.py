"""Which fault of a queue policy keeps a sender out: the most specific name for it. Pure.

Of the statements that allow, the one that comes nearest to letting the sender in is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from console.models.finding import Certainty
from console.policy.decision import Decision, Obstacle, StatementResult
from console.policy.patterns import Pattern, arn_matches
from console.policy.request import NO_ONES

SOURCE_ARN = "aws:sourcearn"
SOURCE_ACCOUNT = "aws:sourceaccount"
_SECURE_TRANSPORT = "aws:securetransport"
_EXACT = ("stringequals", "stringequalsignorecase")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the id of its cause, the statement, and the obstacles that show it."""

    id: str
    certainty: Certainty
    statement: StatementResult | None = None
    obstacles: tuple[Obstacle, ...] = ()


def faults(decision: Decision, service: str) -> tuple[Fault, ...]:
    """Every fault that keeps the sender, a service principal, out; none where it is let in or
    nothing can be told."""
    found: list[Fault] = []
    denying = [r for r in decision.statements if r.effect == "Deny" and r.matches]
    if denying:
        certain = [r for r in denying if r.certain]
        chosen = (certain or denying)[0]
        found.append(Fault("policy.explicit-deny", "proven" if certain else "likely", chosen))
    allowing = [r for r in decision.statements if r.effect == "Allow"]
    if decision.outcome in ("explicit-deny", "implicit-deny") and all(
        r.matches is False for r in allowing
    ):
        found += _without_allow(allowing, service)
    return tuple(found)


def open_questions(decision: Decision) -> tuple[StatementResult, ...]:
    """The statements that keep it from being told whether the sender is let in."""
    return decision.deciding if decision.outcome == "unknown" else ()


def tls_denies(decision: Decision) -> tuple[StatementResult, ...]:
    """Statements that deny calls without TLS, and so are not about the sender's."""
    return tuple(
        result
        for result in decision.statements
        if result.effect == "Deny"
        and result.matches is False
        and any(_key(obstacle) == _SECURE_TRANSPORT for obstacle in result.obstacles)
    )


def _without_allow(allowing: Sequence[StatementResult], service: str) -> list[Fault]:
    sending = [r for r in allowing if not _has(r, "action")]
    ours = [r for r in sending if not _has(r, "principal")]
    if ours:
        nearest = min(ours, key=_distance)
        return list(_of_conditions(nearest))
    if any(not _has(r, "principal") for r in allowing):
        # The sender is named, but not for sending.
        named = next(r for r in allowing if not _has(r, "principal"))
        return [Fault("policy.no-allow", _certainty(named), named, named.obstacles)]
    if not sending:
        return [Fault("policy.no-allow", "proven")]
    nearest = min(sending, key=_distance)
    principal = [o for o in nearest.obstacles if o.element == "principal"]
    found = [Fault("policy.wrong-principal", _certainty(nearest), nearest, tuple(principal))]
    if _is_meant_for(service, nearest):
        found += _of_conditions(nearest)
    return found


def _is_meant_for(service: str, result: StatementResult) -> bool:
    """Whether a statement for another principal is about sources of this service, so that its
    other faults count as well."""
    part = f":{service.partition('.')[0]}:"
    return any(part in v for o in result.obstacles if _key(o) == SOURCE_ARN for v in o.wanted)


def _of_conditions(result: StatementResult) -> Iterator[Fault]:
    """The faults of a statement apart from its principal, one for each cause."""
    by_cause: dict[str, list[Obstacle]] = {}
    for obstacle in result.obstacles:
        if obstacle.element != "principal" and obstacle.verdict is False:
            by_cause.setdefault(_cause(obstacle), []).append(obstacle)
    if len(by_cause) > 1:
        by_cause.pop("policy.no-allow", None)
    for cause, obstacles in by_cause.items():
        yield Fault(cause, _certainty(result), result, tuple(obstacles))


def _cause(obstacle: Obstacle) -> str:
    if obstacle.element == "resource":
        return "policy.wrong-resource"
    key = _key(obstacle)
    if _would_fit_as_pattern(obstacle):
        return "policy.wildcard-in-string-equals"
    if key == SOURCE_ARN:
        return "policy.wrong-source-arn"
    if key == SOURCE_ACCOUNT:
        return "policy.wrong-source-account"
    if None in obstacle.actual:
        return "policy.absent-condition-key"
    return "policy.no-allow"


def _would_fit_as_pattern(obstacle: Obstacle) -> bool:
    if (obstacle.operator or "").lower().removesuffix("ifexists") not in _EXACT:
        return False
    actual = [v for world in obstacle.actual for v in world or () if v and v != NO_ONES]
    patterns = [p for p in map(Pattern, obstacle.wanted) if p.has_wildcards]
    return any(p.matches(value) or arn_matches(p, value) for p in patterns for value in actual)


def _distance(result: StatementResult) -> tuple[int, int, int]:
    """How far a statement is from being about the sender; one about another bucket, or another
    queue, is rather for somebody else."""
    keys = {_key(obstacle) for obstacle in result.obstacles}
    wildcard = any(_would_fit_as_pattern(obstacle) for obstacle in result.obstacles)
    elsewhere = SOURCE_ARN in keys and not wildcard
    return (_has(result, "resource") + elsewhere, len(result.obstacles), result.statement.index)


def _has(result: StatementResult, element: str) -> bool:
    return any(o.element == element and o.verdict is False for o in result.obstacles)


def _key(obstacle: Obstacle) -> str:
    return (obstacle.key or "").lower()


def _certainty(result: StatementResult) -> Certainty:
    return "proven" if result.certain else "likely"
