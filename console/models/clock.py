"""Time, injected, so that operations can be tested without waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from threading import Event
from typing import Protocol

# Linux's monotonic clock stands still while the machine sleeps, that of macOS goes on.
_THROUGH_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock(Protocol):
    """What operations know of time."""

    def now(self) -> datetime:
        """The wall clock, as an aware UTC datetime; may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; only differences mean anything."""
        ...

    def wait(self, cancel: Event, seconds: float) -> bool:
        """Wait up to `seconds` or until `cancel` is set; true when it is set."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The wall clock, as an aware UTC datetime."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds on the monotonic clock, the machine's sleep included: leases run out in it."""
        return time.clock_gettime(_THROUGH_SLEEP)

    def wait(self, cancel: Event, seconds: float) -> bool:
        """Wait up to `seconds` or until `cancel` is set; true when it is set."""
        return cancel.wait(max(0.0, seconds))
