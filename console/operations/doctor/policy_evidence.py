"""What findings about policies show as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.policy.decision import Obstacle, StatementResult
from console.policy.request import NO_ONES, Request, World


def statement_name(result: StatementResult) -> str:
    """A statement's Sid, or its number counted from 1."""
    return result.statement.sid or str(result.statement.index + 1)


def obstacles_evidence(obstacles: Sequence[Obstacle]) -> Mapping[str, object]:
    """The very values that do not fit, of the policy and of the call."""
    return {"obstacles": [_obstacle(o) for o in obstacles]} if obstacles else {}


def conditions_evidence(result: StatementResult, request: Request) -> Mapping[str, object]:
    """The conditions of a statement that hold, with the values of the policy and of the call."""
    conditions = result.statement.conditions
    if not conditions:
        return {}
    return {
        "conditions": [
            {
                "operator": condition.operator.name,
                "key": condition.key,
                "policy_has": list(condition.values),
                "call_has": _values(request.worlds(condition.key)),
            }
            for condition in conditions
        ]
    }


def _obstacle(obstacle: Obstacle) -> Mapping[str, object]:
    shown: dict[str, object] = {"element": obstacle.element, "policy_has": list(obstacle.wanted)}
    if obstacle.key:
        shown |= {"operator": obstacle.operator, "key": obstacle.key}
        shown["call_has"] = _values(obstacle.actual)
    return shown


def _values(worlds: Sequence[World]) -> list[str] | None:
    """The values of a key; none where the call lacks it, `None` where they are not known."""
    if len(worlds) != 1:
        return None
    values = worlds[0] or ()
    known = [value for value in values if value is not None and value != NO_ONES]
    return known if len(known) == len(values) else None
