"""Reads the statements of a policy for questions of width: who, what, on what, under which keys.

Lenient: what cannot be read is left out, since that AWS holds it says that it is well-formed. It
decides no call.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from re import IGNORECASE, fullmatch
from typing import Any, cast

# Condition keys that tell who calls or from where, so that `*` stands for some only (S3 User
# Guide, "The meaning of public", and IAM User Guide, global condition keys).
NARROWING = frozenset(
    {
        "aws:calledvia",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:username",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One statement. `principals` are pairs of kind and name; names of operators and condition
    keys are in lower case."""

    sid: str | None
    allows: bool
    principals: tuple[tuple[str, str], ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    not_principals: bool = False
    not_actions: bool = False
    not_resources: bool = False

    @property
    def for_anyone(self) -> bool:
        """Whether it is about every caller, conditions aside."""
        return not self.not_principals and ("AWS", "*") in self.principals

    def covers(self, action: str, resource: str) -> bool:
        """Whether it is about this action on this resource, conditions and callers aside."""
        return (
            _any_fits(self.actions, action, IGNORECASE) != self.not_actions
            and _any_fits(self.resources, resource) != self.not_resources
        )

    def requires(self, keys: Iterable[str]) -> bool:
        """Whether a condition wants one of these keys to have certain values."""
        wanted = frozenset(keys)
        return any(
            key in wanted and not _is_anything(values)
            for operator, tests in self.conditions.items()
            if "not" not in operator and operator != "null"
            for key, values in tests.items()
        )


def rules_of(text: str | None) -> tuple[Rule, ...]:
    """The statements of a policy's JSON text; none where there is no policy."""
    try:
        document = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return ()
    statements = _listed(_object(document).get("Statement"))
    return tuple(_rule(_object(raw)) for raw in statements if isinstance(raw, dict))


def refuses_plain_http(rule: Rule, action: str, resource: str) -> bool:
    """Whether the statement denies the action to everybody who comes without TLS."""
    plain = {"bool", "boolifexists"}
    tests = rule.conditions
    return (
        not rule.allows
        and rule.for_anyone
        and rule.covers(action, resource)
        and bool(tests)
        and set(tests) <= plain
        and all(t == {"aws:securetransport": ("false",)} for t in tests.values())
    )


def _rule(raw: Mapping[str, Any]) -> Rule:
    principals, not_principals = _element(raw, "Principal")
    actions, not_actions = _element(raw, "Action")
    resources, not_resources = _element(raw, "Resource")
    sid = raw.get("Sid")
    return Rule(
        sid=sid if isinstance(sid, str) else None,
        allows=raw.get("Effect") == "Allow",
        principals=_principals(principals),
        actions=_texts(actions),
        resources=_texts(resources),
        conditions=_conditions(raw.get("Condition")),
        not_principals=not_principals,
        not_actions=not_actions,
        not_resources=not_resources,
    )


def _element(raw: Mapping[str, Any], name: str) -> tuple[object, bool]:
    return (raw[name], False) if name in raw else (raw.get(f"Not{name}"), f"Not{name}" in raw)


def _principals(value: object) -> tuple[tuple[str, str], ...]:
    if value == "*":
        return (("AWS", "*"),)
    kinds = _object(value).items()
    return tuple((kind, name) for kind, names in kinds for name in _texts(names))


def _conditions(value: object) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        operator.lower(): {key.lower(): _texts(values) for key, values in _object(tests).items()}
        for operator, tests in _object(value).items()
    }


def _texts(value: object) -> tuple[str, ...]:
    words = (str(v).lower() if isinstance(v, bool) else v for v in _listed(value))
    return tuple(word for word in words if isinstance(word, str))


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _object(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _is_anything(values: tuple[str, ...]) -> bool:
    return any(set(value) == {"*"} for value in values)


def _any_fits(patterns: Iterable[str], value: str, flags: int = 0) -> bool:
    return any(fullmatch(translate(p.replace("[", "[[]")), value, flags) for p in patterns)
