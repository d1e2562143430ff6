"""Several threads at one piece of work, with a heartbeat beside them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

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

    `heartbeat` runs about once a second in the calling thread. When `cancel` is set, or one of
    them fails, `stop` is called, which has to make `work` return soon; what has not ended `grace`
    seconds after a cancel is left behind. Raises what the first one raised.
    """
    errors: list[BaseException] = []
    ended = threading.Semaphore(0)

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)
            stop()
        finally:
            ended.release()

    for _ in range(workers):
        threading.Thread(target=run, daemon=True).start()
    try:
        all_ended = _wait(ended, workers, cancel, stop, heartbeat, grace)
    except BaseException:
        stop()
        raise
    if errors:
        raise errors[0]
    return all_ended


def _wait(
    ended: threading.Semaphore,
    workers: int,
    cancel: threading.Event,
    stop: Callable[[], None],
    heartbeat: Callable[[], None],
    grace: float,
) -> bool:
    beat, leave_at = time.monotonic(), None
    while workers:
        if ended.acquire(timeout=_LOOK_SECONDS):
            workers -= 1
            continue
        now = time.monotonic()
        if now - beat >= HEARTBEAT_SECONDS:
            heartbeat()
            beat = now
        if cancel.is_set():
            stop()
            leave_at = leave_at or now + grace
            if now > leave_at:
                return False
    return True
