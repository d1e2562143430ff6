"""A repair: what it changes, part by part, so that it can be merged and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TargetKind = Literal["notification", "policy", "attributes", "key-policy"]

Parts = Mapping[str, Any]
"""A configuration taken apart by name: a rule, a statement, an attribute. Values are JSON."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is configured: a bucket's notifications, a queue's policy or attributes, a key's policy.

    `name` is the bucket, the queue's ARN or the key's id.
    """

    kind: TargetKind
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """One part before and after; `None` where there is none."""

    part: str
    before: Any
    after: Any

    def reversed(self) -> Change:
        """The change that takes this one back."""
        return Change(self.part, self.after, self.before)


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """What a repair would do: `before` and `after` are the whole configuration as it was read.

    `finding_id` is what it mends, or the operation that it takes back; `undoes` is what that had
    mended. `warnings` are sentences that belong into the confirmation.
    """

    finding_id: str
    target: Target
    changes: tuple[Change, ...]
    before: Parts
    after: Parts
    warnings: tuple[str, ...] = ()
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did. `changed` is false where everything was already as it should be; `merged`
    says that somebody else's change, made after the plan, was kept beside it."""

    operation_id: str | None
    changed: bool
    merged: bool
