"""What mends a finding: which configuration, and how it has to look afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from console.models.repair import Parts, Target
from console.operations.repairs import attribute_recipes, policy_recipes, rule_recipes
from console.operations.repairs.case import Case

Recipe = Callable[[Case], tuple[Target, Callable[[Parts], Mapping[str, Any]]]]


@dataclass(frozen=True, slots=True)
class _Group:
    """Recipes that share their warnings."""

    recipes: Mapping[str, Recipe]
    warnings: tuple[str, ...]


_GROUPS = (
    _Group(
        rule_recipes.RECIPES,
        (
            "S3 sends a TestEvent to every destination of the bucket, now and when it is undone; "
            "consumers have to skip it.",
            "It takes about 5 minutes to become effective.",
        ),
    ),
    _Group(policy_recipes.QUEUE_RECIPES, ("It takes up to 60 s to become effective.",)),
    _Group(policy_recipes.KEY_RECIPES, ("SQS may use its old answer for 5 minutes more.",)),
    _Group(attribute_recipes.RECIPES, ("It takes up to 60 s, retention up to 15 minutes.",)),
)


def recipe_for(finding_id: str) -> tuple[Recipe, tuple[str, ...]] | None:
    """What mends a finding, and what has to be said before; `None` where nothing here does."""
    for group in _GROUPS:
        if finding_id in group.recipes:
            return group.recipes[finding_id], group.warnings
    return None


def repairable(finding_id: str) -> bool:
    """Whether the console can mend this."""
    return recipe_for(finding_id) is not None
