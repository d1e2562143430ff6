"""What is asked of the rules: to fire for one key, or for keys with the filters that the pipeline
expects. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from console.models.notification import NotificationRule, Obstacle
from console.notification import decode_filter, obstacles

_STAR = "S3 takes the * in a filter literally: it is no wildcard."

# How far an obstacle is from firing: of several rules the nearest tells what is wrong.
_DISTANCE = {"case": 1, "encoding": 2, "wildcard": 2, "event": 3, "other": 4}


@dataclass(frozen=True, slots=True)
class Asked:
    """`key` where one object is asked about; otherwise the expected filters, `None` where
    nothing was said."""

    key: str | None
    prefix: str | None = None
    suffix: str | None = None

    @property
    def anything(self) -> bool:
        """Whether a rule has to fit something."""
        return any(part is not None for part in (self.key, self.prefix, self.suffix))

    def obstacles(self, rule: NotificationRule) -> tuple[Obstacle, ...]:
        """What in the rule's filters keeps it from firing for what is asked.

        Where no key is asked, filters that fire for nobody are obstacles too.
        """
        if self.key is not None:
            return obstacles(rule, self.key, None)
        found = (
            _expected_obstacle(replace(rule, suffix=None), "prefix", self.prefix),
            _expected_obstacle(replace(rule, prefix=None), "suffix", self.suffix),
        )
        return tuple(obstacle for obstacle in found if obstacle is not None)

    def nearest(
        self, rules: Sequence[NotificationRule]
    ) -> tuple[NotificationRule, tuple[Obstacle, ...]]:
        """The rule with the least in its way, and what that is."""

        def distance(found: tuple[Obstacle, ...]) -> tuple[int, int]:
            return len(found), sum(_DISTANCE[obstacle.kind] for obstacle in found)

        return min(
            ((rule, self.obstacles(rule)) for rule in rules), key=lambda pair: distance(pair[1])
        )


def _expected_obstacle(
    rule: NotificationRule, field: Literal["prefix", "suffix"], expected: str | None
) -> Obstacle | None:
    """The obstacle of one filter for every key that has the expected end: a rule fires for all of
    them exactly where it would fire for the end alone."""
    value: str | None = getattr(rule, field)
    if not value:
        return None
    text = decode_filter(value) if expected in (None, value) else expected
    found = obstacles(rule, text or "", None)
    if not found and "*" in value:
        return Obstacle(field, "wildcard", _STAR)
    return found[0] if found else None
