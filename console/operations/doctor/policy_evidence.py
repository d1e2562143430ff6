"""What findings about policies show as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.policy.decision import Obstacle, StatementResult
from console.policy.request import NO_ONES, World


def statement_name(result: StatementResult) -> str:
    """A statement's Sid, or its number counted from 1."""
    return result.statement.sid or str(result.statement.index + 1)


def obstacles_evidence(obstacles: Sequence[Obstacle]) -> Mapping[str, object]:
    """The very values that do not fit, of the policy and of the call."""
    return {"obstacles": [_obstacle(o) for o in obstacles]} if obstacles else {}


def _obstacle(obstacle: Obstacle) -> Mapping[str, object]:
    shown: dict[str, object] = {"element": obstacle.element, "policy_has": list(obstacle.wanted)}
    if obstacle.key:
        shown |= {"operator": obstacle.operator, "key": obstacle.key}
        shown["call_has"] = _values(obstacle.actual)
    return shown


def _values(worlds: Sequence[World]) -> list[str] | None:
    """The values of a key where they are known."""
    known = [world for world in worlds if world and None not in world and NO_ONES not in world]
    return [value for value in known[0] if value] if len(known) == 1 else None
