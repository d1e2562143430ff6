"""When each live source is read next: one poll in flight, slower while AWS throttles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from console.models.pipeline import Refresh

SourceName = Literal["sqs", "cloudwatch", "configuration"]
SOURCES: tuple[SourceName, ...] = ("sqs", "cloudwatch", "configuration")

# Three requests a minute; rules and policies take about so long to be effective.
CONFIGURATION_SECONDS = 60.0
# Throttling doubles the interval, at most this many times over what was asked for.
SLOWEST = 16
EARLY_SECONDS = 5.0
RETRY_SECONDS = 10.0
EARLY_TIMES = 4


class _Schedule:
    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.due_at = 0.0
        self.in_flight = False
        self.asked_again = False
        self.slowness = 1
        self.early = 0


class Polling:
    """The schedule of the live sources, in seconds of a monotonic clock that the caller reads.

    Nothing is read more often than once a second.
    """

    def __init__(self, refresh: Refresh) -> None:
        self.paused = False
        intervals = (refresh.sqs, refresh.cloudwatch, CONFIGURATION_SECONDS)
        self._schedules: dict[SourceName, _Schedule] = {
            name: _Schedule(max(1.0, interval))
            for name, interval in zip(SOURCES, intervals, strict=True)
        }

    def take_due(self, now: float) -> tuple[SourceName, ...]:
        """The sources to read now; each counts as in flight until `finished`."""
        due: tuple[SourceName, ...] = tuple(
            name for name in SOURCES if self._is_due(self._schedules[name], now)
        )
        for name in due:
            self._schedules[name].in_flight = True
        return due

    def finished(
        self,
        name: SourceName,
        now: float,
        *,
        throttled: bool = False,
        unreachable: bool = False,
        nothing_yet: bool = False,
    ) -> None:
        """A read of `name` ended at `now`; `throttled` doubles its interval, success resets it.

        `unreachable` tries again soon, so that a slow source does not stay stale for long after
        the endpoint is back. `nothing_yet` reads again a little earlier, a few times: an answer
        without any figure may only mean that the source is slower than this console was to start.
        """
        schedule = self._schedules[name]
        schedule.in_flight = False
        schedule.slowness = min(SLOWEST, schedule.slowness * 2) if throttled else 1
        wait = schedule.interval * schedule.slowness
        if nothing_yet and not throttled and schedule.early < EARLY_TIMES:
            schedule.early += 1
            wait = min(wait, EARLY_SECONDS)
        if unreachable:
            wait = min(wait, RETRY_SECONDS)
        schedule.due_at = now + wait
        if schedule.asked_again:
            schedule.asked_again = False
            schedule.due_at = 0.0

    def ask_now(self) -> None:
        """Read every source at the next tick, also one that is being read right now."""
        for schedule in self._schedules.values():
            schedule.due_at = 0.0
            schedule.asked_again = schedule.in_flight

    def slowed(self, name: SourceName) -> float | None:
        """The interval in seconds that throttling has led to, `None` at the normal pace."""
        schedule = self._schedules[name]
        return schedule.interval * schedule.slowness if schedule.slowness > 1 else None

    def told(self) -> str | None:
        """What throttling has led to, in words; `None` at the normal pace."""
        labels: dict[SourceName, str] = {"sqs": "SQS", "cloudwatch": "CloudWatch"}
        for name, label in labels.items():
            interval = self.slowed(name)
            if interval:
                return f"{label} throttles: read every {interval:.0f} s"
        return None

    def _is_due(self, schedule: _Schedule, now: float) -> bool:
        if schedule.in_flight or now < schedule.due_at:
            return False
        return not self.paused or schedule.due_at == 0.0
