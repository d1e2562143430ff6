"""A journal that stalls longer than a lease lasts: nothing is done to what is somebody else's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from console.models.handling import Handled
from console.models.message import Message
from console.models.moving import ProcessOptions
from console.operations.process import process
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.fakes import AheadClock


def stall(monkeypatch: pytest.MonkeyPatch, bench: Bench, name: str, seconds: float) -> None:
    """Let a kind of write about messages take so long, the first time."""
    clock, moves = bench.workbench.clock, bench.workbench.journal.moves
    assert isinstance(clock, AheadClock)
    write: Callable[..., Any] = getattr(moves, name)
    stalls = iter([seconds])

    def slow(*arguments: Any, **named: Any) -> Any:
        result = write(*arguments, **named)
        clock.advance(next(stalls, 0.0))
        return result

    monkeypatch.setattr(moves, name, slow)


class Seen:
    """A handler that has done everything, and knows what."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        self.ids.append(message.message_id)
        return Handled("done")


def test_no_handler_runs_on_what_was_lost_while_its_intent_was_written(
    bench_on: Callable[..., Bench], installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = bench_on(installation, clock=AheadClock())
    bench.send(1, bench.dlq)
    stall(monkeypatch, bench, "intend", 60)
    handler = Seen()
    report = process(
        bench.workbench, bench.dlq, handler, ProcessOptions(), cancel=threading.Event(),
        on_result=lambda _: None,
    )  # fmt: skip
    assert (handler.ids, report.done) == ([], 0)
    assert sum(bench.counts(bench.dlq)) == 1
