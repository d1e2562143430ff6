"""A policy document as it was read, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from console.policy.operators import Operator

Effect = Literal["Allow", "Deny"]

OLDEST_VERSION = "2008-10-17"
"""The language version of a document that names none."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a document. `refused` means that AWS would not take it as it is."""

    text: str
    refused: bool = True


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator with one key and the values that are wanted, as text."""

    operator: Operator
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """Patterns of an element, or with `negated` (`NotAction`, `NotResource`) all but these."""

    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """Who a statement is about: pairs of kind (`AWS`, `Service`, …) and name; `negated` for
    `NotPrincipal`. `Principal: "*"` is the pair `AWS`, `*`."""

    entries: tuple[tuple[str, str], ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `index` counts from 0; `sid` is `None` where it has none."""

    index: int
    sid: str | None
    effect: Effect
    principals: Principals
    actions: Listed
    resources: Listed
    conditions: tuple[Condition, ...]

    @property
    def name(self) -> str:
        """What to call it: its Sid, or its place."""
        return f'"{self.sid}"' if self.sid else f"number {self.index + 1}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A document. Where it is not `valid` it has no statements that can be relied on."""

    version: str
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...]
    valid: bool

    @property
    def acceptable(self) -> bool:
        """Whether nothing is known for which AWS would refuse the document."""
        return not any(problem.refused for problem in self.problems)
