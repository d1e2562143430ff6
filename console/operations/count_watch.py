"""Watch a queue's counts closely, to see whether somebody else takes messages."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from console.errors import AwsError
from console.models.pipeline import QueueRef
from console.models.queue import QueueCounts
from console.operations.workbench import Workbench

_CLOSE_SECONDS = 10.0
_CLOSE_PAUSE = 0.01
_LATER_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class _Sample:
    """Counts between two moments of the monotonic clock."""

    start: float
    end: float
    foreign_in_flight: int
    total: int


@dataclass
class CountWatch:
    """Samples a queue's counts in a thread of its own, until the console deletes anything.

    A consumer may be done with a message within milliseconds, so the first ten seconds are
    sampled without much pause. Samples that overlap a receive of ours prove nothing, because
    what it returned was in flight before the console knew.
    """

    workbench: Workbench
    queue: QueueRef
    baseline: QueueCounts
    _samples: list[_Sample] = field(default_factory=list[_Sample])
    _ours: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self) -> Generator[None]:
        """Sample while the block runs."""
        stop = threading.Event()
        threading.Thread(target=self._run, args=(stop,), daemon=True).start()
        try:
            yield
        finally:
            stop.set()

    def received(self, start: float, end: float) -> None:
        """A receive of ours returned messages between two moments of the monotonic clock."""
        with self._lock:
            self._ours.append((start, end))

    def moved_at(self) -> float | None:
        """When, on the monotonic clock, somebody else was first seen to take messages.

        Either more are in flight with others than at the start, or messages have left the queue
        though the console deleted none. `None` where neither was seen, which proves nothing.
        """
        with self._lock:
            samples = [s for s in self._samples if not self._disturbed(s)]
        before = self.baseline.total
        for sample in samples:
            if sample.foreign_in_flight > self.baseline.in_flight or sample.total < before:
                return sample.end
            before = sample.total
        return None

    def _disturbed(self, sample: _Sample) -> bool:
        return any(start <= sample.end and sample.start <= end for start, end in self._ours)

    def _run(self, stop: threading.Event) -> None:
        clock = self.workbench.clock
        began = clock.monotonic()
        while not stop.is_set():
            self._sample(stop)
            close = clock.monotonic() - began < _CLOSE_SECONDS
            stop.wait(_CLOSE_PAUSE if close else _LATER_PAUSE)

    def _sample(self, stop: threading.Event) -> None:
        bench = self.workbench
        start, before = bench.clock.monotonic(), len(bench.leases.held(self.queue))
        try:
            counts = bench.gateway.sqs.attributes(self.queue).counts
        except AwsError:
            return
        own, end = max(before, len(bench.leases.held(self.queue))), bench.clock.monotonic()
        with self._lock:
            if not stop.is_set():
                self._samples.append(_Sample(start, end, counts.in_flight - own, counts.total))
