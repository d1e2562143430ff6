"""Would this key fire? Every rule of a bucket tried on one key and event. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from console.models.notification import NotificationConfiguration, NotificationRule, Obstacle
from console.notification import explain_match, obstacles

EVENT_TYPES = (
    "ObjectCreated:Put",
    "ObjectCreated:Post",
    "ObjectCreated:Copy",
    "ObjectCreated:CompleteMultipartUpload",
    "ObjectRemoved:Delete",
    "ObjectRemoved:DeleteMarkerCreated",
    "ObjectRestore:Completed",
    "ObjectTagging:Put",
)
"""Event types to try, the usual ones first."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What one rule would do.

    `obstacles` keep it from firing; `reasons` say them in words, and where it fires, what else is
    to be said of it. Both quote filters, which are hostile text.
    """

    rule: NotificationRule
    fires: bool
    obstacles: tuple[Obstacle, ...]
    reasons: tuple[str, ...]

    @property
    def destination(self) -> str:
        """Where its event would go: an ARN, or EventBridge."""
        return self.rule.destination or "EventBridge"


def would_fire(
    configuration: NotificationConfiguration, key: str, event: str
) -> tuple[Simulated, ...]:
    """What each rule would do with an event about `key` (as it is in S3, not encoded), in the
    order of the configuration."""
    return tuple(_tried(rule, key, event) for rule in configuration.rules)


def _tried(rule: NotificationRule, key: str, event: str) -> Simulated:
    told = explain_match(rule, key, event)
    return Simulated(rule, told.matches, obstacles(rule, key, event), told.reasons)
