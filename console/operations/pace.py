"""Not faster than asked for."""

from __future__ import annotations

import threading

from console.models.clock import Clock


class Pace:
    """Lets so many a second through, whatever the number of threads. Unlimited without a rate."""

    def __init__(self, rate: float | None, clock: Clock) -> None:
        self._rate, self._clock = rate, clock
        self._lock = threading.Lock()
        self._next = clock.monotonic()

    @property
    def limited(self) -> bool:
        """Whether there is a rate."""
        return self._rate is not None

    def wait(self, count: int, cancel: threading.Event) -> bool:
        """Wait for the turn of `count` more; true when cancelled."""
        if self._rate is None:
            return cancel.is_set()
        with self._lock:
            now = self._clock.monotonic()
            turn = max(self._next, now)
            self._next = turn + count / self._rate
        return self._clock.wait(cancel, turn - now) if turn > now else cancel.is_set()
