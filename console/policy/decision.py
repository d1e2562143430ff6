"""What a policy says to a call, statement by statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from console.policy.document import Effect, Problem, Statement
from console.policy.request import World

Outcome = Literal["allow", "explicit-deny", "implicit-deny", "unknown"]
Certainty = Literal["proven", "likely"]
Element = Literal["principal", "action", "resource", "condition"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a statement from being about a call (`verdict` no), or from being told whether
    it is (`None`).

    For a condition `operator`, `key`, the `wanted` values and every way the key may be; for
    another element `wanted` holds its values. Texts of the policy are hostile.
    """

    element: Element
    verdict: Literal[False] | None
    text: str
    wanted: tuple[str, ...] = ()
    operator: str | None = None
    key: str | None = None
    actual: tuple[World, ...] = ()


@dataclass(frozen=True, slots=True)
class StatementResult:
    """Whether a statement is about the call, and why not. `certain` says that no inference is
    needed to say so."""

    statement: Statement
    matches: bool | None
    certain: bool
    obstacles: tuple[Obstacle, ...]

    @property
    def effect(self) -> Effect:
        """Allow or Deny."""
        return self.statement.effect

    @property
    def because(self) -> str:
        """Why it is about the call or not, in one or more sentences."""
        if not self.obstacles:
            return "Every element and condition of it fits the call."
        decisive = [o for o in self.obstacles if o.verdict is self.matches]
        return " ".join(obstacle.text for obstacle in decisive)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy says to a call.

    `certainty` is of `allowed`: likely where it rests on an inference. `deciding` are the
    statements that decided, or that kept it from being told.
    """

    outcome: Outcome
    certainty: Certainty
    reason: str
    statements: tuple[StatementResult, ...] = ()
    deciding: tuple[StatementResult, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def allowed(self) -> bool | None:
        """Whether the call is allowed; `None` where that cannot be told."""
        if self.outcome == "unknown":
            return None
        return self.outcome == "allow"

    @property
    def acceptable(self) -> bool:
        """Whether nothing is known for which AWS would refuse the policy."""
        return not any(problem.refused for problem in self.problems)

    @property
    def would_be_allowed(self) -> bool | None:
        """The same of a policy that is not in force yet: what AWS would refuse allows nobody."""
        return None if self.allowed and not self.acceptable else self.allowed

    @property
    def would_be_reason(self) -> str:
        """Why, for a policy that is not in force yet."""
        if not self.allowed or self.acceptable:
            return self.reason
        first = next(problem.text for problem in self.problems if problem.refused)
        return f"AWS would not take the policy. {first}"
