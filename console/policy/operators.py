"""The condition operators of AWS's policy language: how each compares one value with another.

IAM User Guide, condition operators. A value of the policy that is not of its operator's kind, a
number that is none for example, compares as not matching.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Literal

from console.policy.patterns import Pattern, arn_matches, has_arn_parts
from console.policy.request import NO_ONES
from console.policy.scalars import boolean, moment, number

Qualifier = Literal["all", "any"] | None
Compare = Callable[[str, Pattern], bool]

_QUALIFIERS: dict[str, Qualifier] = {"forallvalues": "all", "foranyvalue": "any"}
_IF_EXISTS = "ifexists"


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of operators: how values compare, whether policy variables are read in them, and
    whether a value of a policy is of its kind."""

    compare: Compare
    variables: bool = False
    readable: Callable[[str], bool] = lambda text: True


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator as a policy names it. `null` asks for absence and compares nothing."""

    name: str
    kind: Kind
    negated: bool = False
    qualifier: Qualifier = None
    if_exists: bool = False
    null: bool = False


def _equals(actual: str, wanted: Pattern) -> bool:
    return actual == wanted.text


def _equals_ignoring_case(actual: str, wanted: Pattern) -> bool:
    return actual.lower() == wanted.text.lower()


def _like(actual: str, wanted: Pattern) -> bool:
    return wanted.matches(actual)


def _arn(actual: str, wanted: Pattern) -> bool:
    # Of a value without the six parts AWS says nothing; that `*` alone means any is an inference.
    if wanted.is_anything:
        return actual.startswith("arn:")
    return arn_matches(wanted, actual)


def _boolean(actual: str, wanted: Pattern) -> bool:
    value = boolean(actual)
    return value is not None and value == boolean(wanted.text)


def _binary(actual: str, wanted: Pattern) -> bool:
    return actual.encode() == _decoded(wanted.text)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _address(actual: str, wanted: Pattern) -> bool:
    try:
        network = ip_network(wanted.text, strict=False)
        # Whatever address a service calls from, it is one of all.
        return (actual == NO_ONES and network.prefixlen == 0) or ip_address(actual) in network
    except ValueError:
        return False


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


_ORDERS: dict[str, Callable[[int], bool]] = {
    "equals": lambda order: order == 0,
    "lessthan": lambda order: order < 0,
    "lessthanequals": lambda order: order <= 0,
    "greaterthan": lambda order: order > 0,
    "greaterthanequals": lambda order: order >= 0,
}


def _ordered(
    read: Callable[[str], Decimal | None],
    holds: Callable[[int], bool],
    actual: str,
    wanted: Pattern,
) -> bool:
    left, right = read(actual), read(wanted.text)
    if left is None or right is None:
        return False
    return holds((left > right) - (left < right))


def _by_order(family: str, read: Callable[[str], Decimal | None]) -> dict[str, tuple[Kind, bool]]:
    """The operators of numbers or dates: one for each order, and the negated one."""
    kinds = {
        name: Kind(partial(_ordered, read, holds), readable=lambda text: read(text) is not None)
        for name, holds in _ORDERS.items()
    }
    made = {family + name: (kind, False) for name, kind in kinds.items()}
    return made | {f"{family}notequals": (kinds["equals"], True)}


_STRING = Kind(_equals, variables=True)
_IGNORING_CASE = Kind(_equals_ignoring_case, variables=True)
LIKE = Kind(_like, variables=True)
ARN = Kind(_arn, variables=True, readable=lambda t: t == "*" or has_arn_parts(Pattern(t)))
_IP = Kind(_address, readable=_is_network)
_BOOL = Kind(_boolean, readable=lambda text: boolean(text) is not None)
_BINARY = Kind(_binary, readable=lambda text: _decoded(text) is not None)

_FAMILIES: dict[str, tuple[Kind, bool]] = {
    "stringequals": (_STRING, False),
    "stringnotequals": (_STRING, True),
    "stringequalsignorecase": (_IGNORING_CASE, False),
    "stringnotequalsignorecase": (_IGNORING_CASE, True),
    "stringlike": (LIKE, False),
    "stringnotlike": (LIKE, True),
    "arnequals": (ARN, False),
    "arnlike": (ARN, False),
    "arnnotequals": (ARN, True),
    "arnnotlike": (ARN, True),
    "ipaddress": (_IP, False),
    "notipaddress": (_IP, True),
    "bool": (_BOOL, False),
    "binaryequals": (_BINARY, False),
    "null": (_BOOL, False),
    **_by_order("numeric", number),
    **_by_order("date", moment),
}


def read_operator(name: str) -> Operator | None:
    """The operator that a policy names, in whatever case; `None` where AWS has none such.

    `…IfExists` goes with every operator but `Null`.
    """
    prefix, has_prefix, rest = name.lower().rpartition(":")
    if has_prefix and prefix not in _QUALIFIERS:
        return None
    if_exists = rest.endswith(_IF_EXISTS)
    plain = rest.removesuffix(_IF_EXISTS)
    if plain not in _FAMILIES or (plain == "null" and if_exists):
        return None
    kind, negated = _FAMILIES[plain]
    qualifier = _QUALIFIERS[prefix] if has_prefix else None
    return Operator(name, kind, negated, qualifier, if_exists, plain == "null")
