"""Two weeks of believable past for the metrics of queue and DLQ, up to the running minute.

A small model, minute by minute: uploads follow the day, a consumer of limited speed works them
off, and now and then a bad release of that consumer slows it and fills the DLQ until somebody
redrives. It ends with an empty DLQ and the load that the live traffic goes on with.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from console.local.meter import Flow, Gauges
from console.local.metrics import MINUTE, Datum, flow_data, gauge_data, minute_of
from console.local.names import LIVE_UPLOADS_PER_MINUTE

_DAY_MINUTES = 24 * 60
HISTORY_MINUTES = 14 * _DAY_MINUTES
RECENT_MINUTES = 3 * 60
"""The part of the history that is there first, a point a minute."""

_RECEIVES_BEFORE_DEATH = 3
_BODY_BYTES = (690, 800)
_EMPTY_POLLS_PER_MINUTE = 12


@dataclass(frozen=True, slots=True)
class Incident:
    """A bad release: minutes before now of its begin, its end, and of the redrive after it.

    `speed` is the consumer's speed in uploads handled per upload sent, `dead_share` the share
    of what it handles that ends in the DLQ.
    """

    begin: int
    end: int
    redriven: int
    speed: float
    dead_share: float


INCIDENTS = (
    Incident(12_730, 12_640, 12_460, 0.85, 0.10),
    Incident(4_400, 4_372, 4_290, 0.0, 0.0),
    Incident(163, 118, 74, 0.7, 0.06),
)


@dataclass(frozen=True, slots=True)
class PastMinute:
    """One minute of the model; `at` is its begin in seconds of the epoch."""

    at: float
    minutes_ago: int
    queue: Gauges
    queue_flow: Flow
    dlq: Gauges
    dlq_flow: Flow


def day_wave(at: float) -> float:
    """How busy the service is at a time of day (UTC): 0.3 at night to 1 in the afternoon."""
    hours = at / 3600 % 24
    return 0.65 + 0.35 * math.sin((hours - 10.5) / 24 * 2 * math.pi)


class _Model:
    """The state that one minute hands to the next: the backlog and the dead letters."""

    def __init__(self, now: float, seed: int) -> None:
        self._random = random.Random(seed)
        self._peak = LIVE_UPLOADS_PER_MINUTE / day_wave(now)
        self._backlog = 0
        self._dead: deque[float] = deque()

    def step(self, at: float, minutes_ago: int) -> PastMinute:
        """Go on by one minute."""
        incident = _incident(minutes_ago)
        rate = self._peak * day_wave(at)
        uploads = self._about(rate)
        redriven = self._redrive(minutes_ago)
        work = self._backlog + uploads + redriven
        handled = min(work, self._about(rate * incident.speed if incident else self._peak * 1.5))
        died = min(handled, self._about(handled * incident.dead_share)) if incident else 0
        self._dead.extend([at] * died)
        self._backlog = work - handled
        return PastMinute(
            at=at,
            minutes_ago=minutes_ago,
            queue=self._gauges(uploads, handled, rate),
            queue_flow=self._flow(uploads + redriven, handled, died),
            dlq=Gauges(len(self._dead), 0, 0, at - self._dead[0] if self._dead else 0.0),
            # A redrive policy's moves are not in the DLQ's NumberOfMessagesSent.
            dlq_flow=Flow(received=redriven, deleted=redriven),
        )

    def _about(self, mean: float) -> int:
        return max(0, round(self._random.gauss(mean, math.sqrt(mean) * 0.7)))

    def _redrive(self, minutes_ago: int) -> int:
        if all(one.redriven != minutes_ago for one in INCIDENTS):
            return 0
        count = len(self._dead)
        self._dead.clear()
        return count

    def _gauges(self, uploads: int, handled: int, rate: float) -> Gauges:
        """The oldest of a backlog came as long ago as the uploads of now would fill it."""
        visible = self._backlog + (self._random.randint(0, 3) if uploads else 0)
        in_flight = min(4, self._random.randint(0, 3) + self._backlog) if handled else 0
        waited = self._backlog / rate * MINUTE
        age = waited + self._random.uniform(1, 9) if visible or in_flight else 0.0
        return Gauges(visible, in_flight, 0, age)

    def _flow(self, sent: int, handled: int, died: int) -> Flow:
        return Flow(
            sent_sizes=[float(self._random.randint(*_BODY_BYTES)) for _ in range(sent)],
            received=handled + died * (_RECEIVES_BEFORE_DEATH - 1),
            deleted=handled - died,
            empty_receives=max(0, _EMPTY_POLLS_PER_MINUTE - handled // 2),
        )


def _incident(minutes_ago: int) -> Incident | None:
    for incident in INCIDENTS:
        if incident.end < minutes_ago <= incident.begin:
            return incident
    return None


def past_minutes(now: float, seed: int = 7) -> list[PastMinute]:
    """Every minute of the past two weeks, oldest first, the running minute left out."""
    model = _Model(now, seed)
    running = minute_of(now)
    return [model.step(running - ago * MINUTE, ago) for ago in range(HISTORY_MINUTES, 0, -1)]


def condensed(past: Sequence[PastMinute]) -> Iterator[list[PastMinute]]:
    """Groups that become one point each, newest group first, coarser the older they are.

    Each group lies within one period of the clock, so that sums over longer periods are right.
    """
    for _, group in groupby(reversed(past), key=_period):
        yield list(group)[::-1]


def _period(minute: PastMinute) -> tuple[int, int]:
    if minute.minutes_ago <= RECENT_MINUTES:
        length = MINUTE
    elif minute.minutes_ago <= 3 * _DAY_MINUTES:
        length = 5 * MINUTE
    else:
        length = 15 * MINUTE
    return length, int(minute.at // length)


def history_data(groups: Sequence[list[PastMinute]], queue: str, dlq: str) -> Iterator[Datum]:
    """The metric points of queue and DLQ for these groups."""
    for group in groups:
        at = group[0].at
        yield from gauge_data(queue, at, [one.queue for one in group])
        yield from flow_data(queue, at, [one.queue_flow for one in group])
        yield from gauge_data(dlq, at, [one.dlq for one in group])
        yield from flow_data(dlq, at, [one.dlq_flow for one in group])
