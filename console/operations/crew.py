"""Several threads at one piece of work, with a heartbeat beside them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

HEARTBEAT_SECONDS = 1.0
_LOOK_SECONDS = 0.1


def work_together(
    work: Callable[[], None],
    workers: int,
    *,
    cancel: threading.Event,
    stop: Callable[[], None],
    heartbeat: Callable[[], None],
    grace: float,
) -> bool:
    """Run `work` in so many daemon threads until all have ended; whether they have.

    `heartbeat` runs about once a second in a thread of its own, and not after the end. When
    `cancel` is set, or one of them fails, `stop` is called, which has to make `work` return soon;
    what has not ended `grace` seconds after a cancel is left behind. Raises what the first one
    raised, and what `heartbeat` raised at once.
    """
    errors: list[BaseException] = []
    broken: list[BaseException] = []
    over = threading.Event()

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
            stop()

    def beat() -> None:
        try:
            while not over.wait(HEARTBEAT_SECONDS):
                heartbeat()
        except BaseException as error:
            broken.append(error)

    crew = [_started(run) for _ in range(workers)]
    pulse = _started(beat)
    watch = _Watch(cancel, stop, grace, broken)
    try:
        all_ended = watch.until_ended(crew)
        over.set()
        # A beat that is under way would meet what the caller does next, such as a release.
        watch.until_ended([pulse])
    except BaseException:
        stop()
        raise
    finally:
        over.set()
    if errors:
        raise errors[0]
    return all_ended


def _started(target: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


class _Watch:
    """Waits for threads, with one grace for all of them. What is in `broken` is raised."""

    def __init__(
        self,
        cancel: threading.Event,
        stop: Callable[[], None],
        grace: float,
        broken: list[BaseException],
    ) -> None:
        self._cancel, self._stop, self._grace, self._broken = cancel, stop, grace, broken
        self._leave_at: float | None = None

    def until_ended(self, threads: Iterable[threading.Thread]) -> bool:
        """Until all have ended, or the grace after a cancel is over; whether they have."""
        for thread in threads:
            while thread.is_alive():
                thread.join(_LOOK_SECONDS)
                if self._broken:
                    raise self._broken[0]
                if thread.is_alive() and self._cancel.is_set() and self._leaves(time.monotonic()):
                    return False
        if self._broken:
            raise self._broken[0]
        return True

    def _leaves(self, now: float) -> bool:
        """Whether a cancel has had its grace."""
        self._stop()
        self._leave_at = self._leave_at or now + self._grace
        return now > self._leave_at
