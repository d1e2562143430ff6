"""A bucket's notification configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RuleKind = Literal["queue", "topic", "function", "eventbridge"]


@dataclass(frozen=True, slots=True)
class NotificationRule:
    """One rule: which events on which keys go to which destination.

    `events` carry the `s3:` prefix, as configured; an EventBridge rule has none and sends every
    event. `destination` is an ARN, `None` for EventBridge. `prefix` and `suffix` are as
    configured, `None` where the rule has no such filter.
    """

    id: str
    kind: RuleKind
    destination: str | None
    events: tuple[str, ...]
    prefix: str | None = None
    suffix: str | None = None


@dataclass(frozen=True, slots=True)
class NotificationConfiguration:
    """Every rule of a bucket, in the order of AWS's answer: queues, topics, functions."""

    rules: tuple[NotificationRule, ...] = ()

    def of_kind(self, kind: RuleKind) -> tuple[NotificationRule, ...]:
        """The rules with one kind of destination."""
        return tuple(rule for rule in self.rules if rule.kind == kind)


ObstacleKind = Literal["event", "case", "encoding", "wildcard", "other"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps an event from firing a rule.

    `field` is the part of the rule that does. `kind` tells why: the event type, a difference in
    case alone, a value that is not encoded as S3 wants it, a `*` meant as a wildcard, or simply
    another value. `reason` says it in words.
    """

    field: Literal["events", "prefix", "suffix"]
    kind: ObstacleKind
    reason: str


@dataclass(frozen=True, slots=True)
class MatchResult:
    """Whether a key and event would fire a rule, with one reason in words for each obstacle."""

    matches: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of the configuration that is not what the pipeline expects.

    `expected` and `actual` are the values as text, `None` where there is none; `meaning` is one
    plain sentence about what it does to the pipeline's events.
    """

    field: str
    expected: str | None
    actual: str | None
    meaning: str
