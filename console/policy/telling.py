"""Why a condition does not hold, or cannot be told, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable

from console.policy.document import Condition
from console.policy.request import ABSENT, ABSENT_OR_NO_ONES, PRESENT, Request, World
from console.policy.variables import Failure, expand


def why_not(condition: Condition, verdict: bool | None, request: Request, version: str) -> str:
    """The operator, the key, what is wanted of it and what it is. Texts of a policy are hostile."""
    wanted = " or ".join(f'"{value}"' for value in condition.values) or "nothing"
    whether = "cannot be told" if verdict is None else "does not hold"
    told = [_actual(condition.key, request.worlds(condition.key))]
    if condition.operator.kind.variables and told != [_absent(condition.key)]:
        told += _variables(condition.values, request, version)
    name = condition.operator.name
    return f"{name} {condition.key} {wanted} {whether}: {', and '.join(told)}."


def _actual(key: str, worlds: tuple[World, ...]) -> str:
    if worlds == ABSENT:
        return _absent(key)
    if len(worlds) == 1 and worlds[0] is not None and None not in worlds[0]:
        return f"{key} is " + " and ".join(f'"{value}"' for value in worlds[0])
    if worlds == ABSENT_OR_NO_ONES:
        return f"{key}, if the call has it, is the service's own"
    if worlds == PRESENT:
        return f"what {key} is, is not known"
    return f"what {key} is, if the call has it, is not known"


def _absent(key: str) -> str:
    return f"the call has no {key}"


def _variables(values: Iterable[str], request: Request, version: str) -> list[str]:
    """What became of the values whose policy variables are no text in this call."""
    told: list[str] = []
    for value in values:
        found = expand(value, request, version)
        if found is Failure.NO_VALUE:
            told.append(f'"{value}" has no value')
        elif found is Failure.UNKNOWN:
            told.append(f'the value of "{value}" is not known')
    return told
