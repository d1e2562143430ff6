"""One look at a pipeline: a frozen snapshot that both front ends show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from console.errors import ConsoleError
from console.models.queue import QueueAttributes

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Source(Generic[T_co]):
    """The last answer of one source, and what is wrong with it now.

    `value` is the last good answer, `None` before the first; `at` when it was asked for; `error`
    the failure of the newest try, `None` while the source works. A source with a value and an
    error is stale since `at`.
    """

    value: T_co | None = None
    at: datetime | None = None
    error: ConsoleError | None = None

    @property
    def ok(self) -> bool:
        """Whether the newest try worked."""
        return self.error is None and self.at is not None


@dataclass(frozen=True, slots=True)
class Point:
    """One CloudWatch datapoint."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """The `AWS/SQS` series of one queue by metric name, oldest point first; one-minute periods.

    They lag by a minute or more, and stop after about six hours without activity (SQS Developer
    Guide, monitoring with CloudWatch).
    """

    series: Mapping[str, tuple[Point, ...]] = field(default_factory=dict[str, tuple[Point, ...]])

    def points(self, metric: str) -> tuple[Point, ...]:
        """The points of one metric, empty where there are none."""
        return self.series.get(metric, ())

    def latest(self, metric: str) -> Point | None:
        """The newest point of one metric."""
        points = self.points(metric)
        return points[-1] if points else None


@dataclass(frozen=True, slots=True)
class Alarm:
    """One CloudWatch alarm on the pipeline: `state` is `OK`, `ALARM` or `INSUFFICIENT_DATA`."""

    name: str
    state: str
    metric: str
    queue_name: str
    threshold: float | None
    reason: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages a minute in and out of the queue, averaged over CloudWatch's last full minutes."""

    in_per_minute: float
    out_per_minute: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the backlog does if the rates stay: `drains_in_seconds` or `grows_per_minute`."""

    drains_in_seconds: float | None
    grows_per_minute: float | None


@dataclass(frozen=True, slots=True)
class CloudWatchData:
    """What one CloudWatch poll brought."""

    queue: Metrics
    dlq: Metrics | None


@dataclass(frozen=True, slots=True)
class StatusSnapshot:
    """Everything known of a pipeline at one moment, source by source."""

    at: datetime
    queue: Source[QueueAttributes]
    dlq: Source[QueueAttributes]
    metrics: Source[CloudWatchData]
    alarms: Source[tuple[Alarm, ...]]
    rates: Rates | None
    oldest_age_seconds: float | None
    dlq_oldest_age_seconds: float | None
    forecast: Forecast | None
