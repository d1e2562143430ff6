"""The configuration of a pipeline as it is, beside what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.models.notification import Difference, NotificationConfiguration
from console.models.queue import QueueAttributes
from console.models.status import Source


@dataclass(frozen=True, slots=True)
class Inspection:
    """One look at the configuration, source by source; a failing source never blanks another.

    `policy` is the queue policy parsed, `None` where there is none or it is not JSON (then
    `policy_error` says so). `differences` are the rules' from what the pipeline expects;
    `refusals` are what keeps S3's events out of the queue. `dlq` has neither value nor error where
    the pipeline has no DLQ.
    """

    notification: Source[NotificationConfiguration]
    queue: Source[QueueAttributes]
    dlq: Source[QueueAttributes]
    policy: Mapping[str, Any] | None
    policy_error: str | None
    differences: tuple[Difference, ...]
    refusals: tuple[Difference, ...] = ()

    @property
    def all_differences(self) -> tuple[Difference, ...]:
        """What is not as expected, of the bucket's rules and of the queue."""
        return self.differences + self.refusals
