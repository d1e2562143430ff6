"""Reads one statement of a policy, element by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from console.policy.document import (
    Condition,
    Effect,
    Listed,
    Principals,
    Problem,
    Statement,
)
from console.policy.operators import read_operator

_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
     "NotResource", "Condition"}
)  # fmt: skip
_PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


class StatementReader:
    """Reads statements and remembers what is wrong. `broken` once one cannot be decided on."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._where = ""
        self.broken = False

    def wrong(self, text: str) -> None:
        """Something without which the policy cannot be decided on."""
        self.broken = True
        self._problems.append(Problem(self._where + text))

    def refused(self, text: str) -> None:
        """Something for which AWS would refuse the policy, clear as its meaning is."""
        self._problems.append(Problem(self._where + text))

    def doubtful(self, text: str) -> None:
        """Something that AWS may take, but that does not do what it seems to."""
        self._problems.append(Problem(self._where + text, refused=False))

    def unknown_elements(
        self, what: str, mapping: Mapping[str, Any], allowed: frozenset[str]
    ) -> None:
        """Report elements that the language does not have; their case counts."""
        for name in mapping:
            if name not in allowed:
                self.refused(f'{what} has an element that is none of the language\'s: "{name}".')

    def statement(self, index: int, raw: Any) -> Statement | None:
        """One statement; `None` where it has no meaning."""
        self._where = f"Statement {index + 1}: "
        try:
            return self._statement(index, raw)
        finally:
            self._where = ""

    def _statement(self, index: int, raw: Any) -> Statement | None:
        if not isinstance(raw, dict):
            self.wrong("it is not an object.")
            return None
        self.unknown_elements("it", raw, _ELEMENTS)
        effect = self._effect(raw)
        principals = self._principals(raw)
        if effect == "Allow" and principals is not None and principals.negated:
            self.doubtful("Allow with NotPrincipal is not supported by AWS.")
        actions, resources = self._listed(raw, "Action"), self._listed(raw, "Resource")
        conditions = self._conditions(raw.get("Condition", {}))
        if effect is None or principals is None or actions is None or resources is None:
            return None
        self._check_actions(actions)
        return Statement(index, self._sid(raw), effect, principals, actions, resources, conditions)

    def _sid(self, raw: Mapping[str, Any]) -> str | None:
        sid = raw.get("Sid")
        if sid is not None and not isinstance(sid, str):
            self.refused("Sid is not a text.")
            return None
        return sid or None

    def _effect(self, raw: Mapping[str, Any]) -> Effect | None:
        effect = raw.get("Effect")
        if effect in ("Allow", "Deny"):
            return effect
        self.wrong("Effect is neither Allow nor Deny.")
        return None

    def _element(self, raw: Mapping[str, Any], name: str) -> tuple[Any, bool] | None:
        """The value of an element or of its Not form, and whether it is that."""
        present = [n for n in (name, f"Not{name}") if n in raw]
        if len(present) == 1:
            return raw[present[0]], present[0] != name
        self.wrong(f"it has {'both' if present else 'neither'} {name} {'and' if present else 'nor'}"
                   f" Not{name}.")  # fmt: skip
        return None

    def _texts(self, value: Any, name: str) -> tuple[str, ...] | None:
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in values):
            self.wrong(f"{name} is neither a text nor a list of texts.")
            return None
        if not values:
            self.refused(f"{name} is empty.")
        return tuple(values)

    def _listed(self, raw: Mapping[str, Any], name: str) -> Listed | None:
        element = self._element(raw, name)
        if element is None:
            return None
        value, negated = element
        texts = self._texts(value, f"Not{name}" if negated else name)
        return None if texts is None else Listed(texts, negated)

    def _check_actions(self, actions: Listed) -> None:
        for action in actions.values:
            if action != "*" and ":" not in action:
                self.refused(f'the action "{action}" names no service.')

    def _principals(self, raw: Mapping[str, Any]) -> Principals | None:
        element = self._element(raw, "Principal")
        if element is None:
            return None
        value, negated = element
        if value == "*":
            return Principals((("AWS", "*"),), negated)
        if not isinstance(value, dict) or not value:
            self.wrong('Principal is neither "*" nor an object of kinds and names.')
            return None
        entries: list[tuple[str, str]] = []
        for kind, names in value.items():
            if kind not in _PRINCIPAL_KINDS:
                self.wrong(f'"{kind}" is no kind of principal.')
                return None
            entries += [(kind, name) for name in self._texts(names, f"Principal {kind}") or ()]
        self._check_principals(entries)
        return Principals(tuple(entries), negated)

    def _check_principals(self, entries: list[tuple[str, str]]) -> None:
        for kind, name in entries:
            if "*" in name and (kind, name) != ("AWS", "*"):
                self.doubtful(f'the principal {kind} "{name}" is nobody: "*" is no part of a name.')

    def _conditions(self, raw: Any) -> tuple[Condition, ...]:
        if not isinstance(raw, dict) or not all(isinstance(v, dict) for v in raw.values()):
            self.wrong("Condition is not an object of operators with objects of keys.")
            return ()
        for name, keys in raw.items():
            self._check_keys(name, keys)
        return tuple(
            condition
            for name, keys in raw.items()
            for key, values in keys.items()
            if (condition := self._condition(name, key, values)) is not None
        )

    def _check_keys(self, operator: str, keys: Mapping[str, Any]) -> None:
        counts = Counter(key.lower() for key in keys)
        twice = next((key for key in keys if counts[key.lower()] > 1), None)
        if twice is not None:
            self.doubtful(f"{operator} names {twice} twice, in different case.")

    def _condition(self, name: str, key: str, raw: Any) -> Condition | None:
        operator = read_operator(name)
        if operator is None:
            self.wrong(f'"{name}" is no condition operator.')
            return None
        values = raw if isinstance(raw, list) else [raw]
        if not all(isinstance(value, (str, bool, int, Decimal)) for value in values):
            self.wrong(f"the values of {name} {key} are not texts, numbers, true or false.")
            return None
        texts = tuple(_text(value) for value in values)
        for text in texts:
            if "${" not in text and not operator.kind.readable(text):
                self.doubtful(f'{name} {key}: "{text}" is of another kind and never matches.')
        return Condition(operator, key, texts)


def _text(value: str | bool | int | Decimal) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
