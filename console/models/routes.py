"""Where a bucket's events go from an SNS topic or from EventBridge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription of an SNS topic; `confirmed` is false while it gets nothing."""

    protocol: str
    endpoint: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class BusRule:
    """One EventBridge rule that targets a queue; `pattern` is `None` where it has none."""

    name: str
    enabled: bool
    pattern: Mapping[str, Any] | None
