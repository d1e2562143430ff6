"""Which charts the overview has, made of a snapshot. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from console.models.status import Metrics, StatusSnapshot
from console.text import human_age
from console.tui.widgets.chart import ChartData, Series

HOURS = 3
TITLES = ("Waiting in queue", "Oldest message", "In and out per minute", "Waiting in DLQ")


def charts(snapshot: StatusSnapshot, now: datetime) -> tuple[ChartData, ...]:
    """The four charts of the last hours, in the order of `TITLES`."""
    data = snapshot.metrics.value
    queue = data.queue if data else Metrics()
    dlq = (data.dlq if data else None) or Metrics()
    stale = snapshot.metrics.error is not None
    end = now.replace(second=0, microsecond=0)
    start = end - timedelta(hours=HOURS)

    def chart(title: str, *series: Series, seconds: bool = False) -> ChartData:
        write = _seconds if seconds else _count
        note = "stale" if stale else ""
        return ChartData(title, series, start, end, write, note, stale)

    visible = "ApproximateNumberOfMessagesVisible"
    return (
        chart(TITLES[0], Series("", queue.points(visible))),
        chart(TITLES[1], Series("", queue.points("ApproximateAgeOfOldestMessage")), seconds=True),
        chart(
            TITLES[2],
            Series("in", queue.points("NumberOfMessagesSent")),
            Series("out", queue.points("NumberOfMessagesDeleted")),
        ),
        chart(TITLES[3], Series("", dlq.points(visible))),
    )


def _count(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:.0f}k"
    return f"{value:.0f}" if value == int(value) or value >= 100 else f"{value:.1f}"


def _seconds(value: float) -> str:
    return human_age(value)
