"""What a check is: the ids it answers for, and a function from facts to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.models.finding import Finding

if TYPE_CHECKING:
    from console.operations.doctor.facts import Facts


class NotApplicable(Exception):
    """The question does not arise here: the check says nothing at all."""


@dataclass(frozen=True, slots=True)
class Omit:
    """The question behind one id does not arise here: nothing is said about it."""

    id: str


@dataclass(frozen=True, slots=True)
class Check:
    """Some questions that are answered together.

    `passes` names the ids it answers for, each with the title of the good answer: an id that
    `run` says nothing about passes. What `run` raises as `ConsoleError` makes its ids unknown;
    `NotApplicable` makes it silent. `essential` says that without an answer nobody can call the
    pipeline healthy. Where a `gate` fails, no other check could read anything and none is run.
    """

    passes: Mapping[str, str]
    run: Callable[[Facts], Iterable[Finding | Omit]]
    essential: bool = True
    gate: bool = False


@dataclass(frozen=True, slots=True)
class LateCheck:
    """A check that runs after the others, on their findings too, and is never essential.

    A finding with the id of an earlier one takes its place, as with more evidence. `closing` ones
    run last of all, on what every other check said.
    """

    passes: Mapping[str, str]
    run: Callable[[Facts, Mapping[str, Finding]], Iterable[Finding | Omit]]
    closing: bool = False
