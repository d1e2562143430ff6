"""Several threads at one piece of work: what ends it, and what a stuck heartbeat cannot hold up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator

import pytest

from console.errors import JournalError
from console.operations import crew
from console.operations.crew import work_together

_MOST_SECONDS = 30.0


@pytest.fixture(autouse=True)
def quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "HEARTBEAT_SECONDS", 0.01)


@pytest.fixture
def freed() -> Generator[threading.Event]:
    """What hangs in a test goes on with its end."""
    event = threading.Event()
    yield event
    event.set()


class Crew:
    """Work that goes on until it is told to stop."""

    def __init__(self) -> None:
        self.cancel, self.stopped = threading.Event(), threading.Event()

    def run(self, heartbeat: Callable[[], None], grace: float = _MOST_SECONDS) -> bool:
        return work_together(
            lambda: self.work(), 2, cancel=self.cancel, stop=self.stopped.set,
            heartbeat=heartbeat, grace=grace,
        )  # fmt: skip

    def work(self) -> None:
        assert self.stopped.wait(_MOST_SECONDS)


def test_a_heartbeat_that_hangs_keeps_no_cancel_from_stopping_the_work(
    freed: threading.Event,
) -> None:
    together = Crew()

    def hang() -> None:
        together.cancel.set()
        freed.wait()

    together.run(hang, grace=0.0)
    assert together.stopped.is_set()


def test_work_that_hangs_after_a_cancel_is_left_behind(freed: threading.Event) -> None:
    together = Crew()
    together.work = lambda: freed.wait() and None
    assert not together.run(together.cancel.set, grace=0.0)


def test_a_heartbeat_that_fails_ends_it_at_once(freed: threading.Event) -> None:
    together = Crew()
    together.work = lambda: freed.wait() and None

    def fail() -> None:
        raise JournalError("Journal unusable", "It is locked.", "")

    with pytest.raises(JournalError):
        together.run(fail)
    assert together.stopped.is_set()


def test_no_heartbeat_is_under_way_after_the_end() -> None:
    beating, ended = threading.Event(), threading.Event()

    def beat() -> None:
        beating.set()
        ended.wait(0.2)
        ended.set()

    def work() -> None:
        assert beating.wait(_MOST_SECONDS)

    together = Crew()
    together.work = work
    assert together.run(beat)
    assert ended.is_set()


def test_what_a_worker_raises_stops_the_others() -> None:
    together, first = Crew(), threading.Lock()

    def work() -> None:
        if first.acquire(blocking=False):
            raise JournalError("Journal unusable", "It is locked.", "")
        assert together.stopped.wait(_MOST_SECONDS)

    together.work = work
    with pytest.raises(JournalError):
        together.run(lambda: None)
