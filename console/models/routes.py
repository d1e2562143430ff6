"""Where a bucket's events go from an SNS topic or from EventBridge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription of an SNS topic; `arn` is `None` while it is not confirmed and gets
    nothing."""

    protocol: str
    endpoint: str
    arn: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """Which messages of its topic a subscription gets: `policy` as it was read, empty for all.

    `on_body` says that it looks at the message's body, and not at its attributes.
    """

    policy: Mapping[str, Any]
    on_body: bool


@dataclass(frozen=True, slots=True)
class BusRule:
    """One EventBridge rule that targets a queue; `pattern` is `None` where it has none."""

    name: str
    enabled: bool
    pattern: Mapping[str, Any] | None
