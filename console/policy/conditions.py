"""Whether a statement's condition holds for a call, and what keeps it from holding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.policy.document import Condition
from console.policy.operators import ARN, LIKE, Operator
from console.policy.patterns import Pattern, has_arn_parts
from console.policy.request import Request, World
from console.policy.scalars import boolean
from console.policy.three import agreed, all_of, any_of, negation
from console.policy.variables import Failure, expand


@dataclass(frozen=True, slots=True)
class _Comparison:
    """One operator with the policy's values as they stand in this call."""

    operator: Operator
    values: Sequence[Pattern | Failure]
    strict: bool

    def in_world(self, actual: World) -> bool | None:
        """Whether it holds where the key is so.

        IAM User Guide: an absent key fits no value, so negated operators hold; …IfExists holds;
        ForAllValues holds, ForAnyValue does not.
        """
        operator = self.operator
        if operator.null:
            return any_of(boolean(v.text) is (not actual) for v in self._patterns())
        if not actual:
            return self._when_absent()
        if operator.qualifier == "all":
            return all_of(self._holds(value) for value in actual)
        if operator.qualifier == "any":
            return any_of(self._holds(value) for value in actual)
        # Without a set operator, several values of a call are not foreseen: any of them counts.
        matched = any_of(self._found(value) for value in actual)
        return negation(matched) if operator.negated else matched

    def _when_absent(self) -> bool:
        if self.operator.if_exists or self.operator.qualifier == "all":
            return True
        return self.operator.negated and self.operator.qualifier is None

    def _holds(self, value: str | None) -> bool | None:
        found = self._found(value)
        return negation(found) if self.operator.negated else found

    def _found(self, value: str | None) -> bool | None:
        return any_of(self._matches(value, wanted) for wanted in self.values)

    def _matches(self, value: str | None, wanted: Pattern | Failure) -> bool | None:
        if isinstance(wanted, Failure):
            # A variable without a value fits nothing. IAM's guide leaves open whether that makes
            # the whole statement void: it would, where the operator is negated.
            void = self.strict and self.operator.negated
            return None if wanted is Failure.UNKNOWN or void else False
        if self.strict and self._is_doubtful(wanted):
            return None
        if value is None:
            return True if self._takes_anything(wanted) else None
        return self.operator.kind.compare(value, wanted)

    def _takes_anything(self, wanted: Pattern) -> bool:
        return self.operator.kind is LIKE and wanted.is_anything

    def _is_doubtful(self, wanted: Pattern) -> bool:
        return self.operator.kind is ARN and not has_arn_parts(wanted)

    def _patterns(self) -> Iterable[Pattern]:
        return (value for value in self.values if isinstance(value, Pattern))


def holds(condition: Condition, request: Request, version: str) -> bool | None:
    """Whether one operator with one key holds; `None` where the call does not tell."""
    values = [
        expand(text, request, version) if condition.operator.kind.variables else Pattern(text)
        for text in condition.values
    ]
    comparison = _Comparison(condition.operator, values, request.strict)
    return agreed(comparison.in_world(world) for world in request.worlds(condition.key))
