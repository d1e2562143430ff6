"""Run blocking calls side by side within a deadline, on threads that never keep a process alive."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
_LOOK_SECONDS = 0.1


def run_all(
    work: Callable[[T], R], items: Iterable[T], *, workers: int, seconds: float | None = None
) -> Iterator[tuple[T, R | Exception]]:
    """Yield each item with its result or its exception as they finish.

    Ends when all are done, or after `seconds` on the real clock: what is still running then goes
    on in daemon threads, and its items are not yielded. Standard executors join their threads
    when the interpreter leaves, which a hung connection would delay by its time-out.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    count = 0
    for item in items:
        waiting.put(item)
        count += 1
    finished: queue.SimpleQueue[tuple[T, R | Exception]] = queue.SimpleQueue()
    for _ in range(min(workers, count)):
        threading.Thread(target=_drain, args=(work, waiting, finished), daemon=True).start()
    ends = None if seconds is None else time.monotonic() + seconds
    for _ in range(count):
        try:
            yield finished.get(timeout=None if ends is None else max(0.0, ends - time.monotonic()))
        except queue.Empty:
            return


def run_until(work: Callable[[], R], cancel: threading.Event, *, grace: float) -> R:
    """The result of `work`, or what it raises.

    Raises `TimeoutError` when there is none `grace` seconds after `cancel` was set; the work then
    goes on in a daemon thread, and its result is lost.
    """
    finished: queue.SimpleQueue[R | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            finished.put(work())
        except Exception as error:
            finished.put(error)

    threading.Thread(target=run, daemon=True).start()
    while not cancel.is_set():
        with suppress(queue.Empty):
            return _result(finished.get(timeout=_LOOK_SECONDS))
    try:
        return _result(finished.get(timeout=grace))
    except queue.Empty:
        raise TimeoutError from None


def _result(answer: R | Exception) -> R:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _drain(
    work: Callable[[T], R],
    waiting: queue.SimpleQueue[T],
    finished: queue.SimpleQueue[tuple[T, R | Exception]],
) -> None:
    while True:
        try:
            item = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            result: R | Exception = work(item)
        except Exception as error:
            result = error
        finished.put((item, result))
