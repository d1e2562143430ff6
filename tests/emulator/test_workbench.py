"""Leaving: what is held is given back, and what cannot be is told."""

from __future__ import annotations

from typing import Any

import pytest

from console.errors import JournalError
from tests.emulator.conftest import Bench


def test_without_a_journal_leaving_tells_what_stays_hidden_and_until_when(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(3, bench.dlq)
    bench.peek(bench.dlq, hold=True)
    (first, *_) = bench.workbench.leases.held()

    def full_disk(*_: Any, **__: Any) -> None:
        raise JournalError("Journal unusable", "The disk is full.")

    monkeypatch.setattr(bench.workbench.journal.log, "intend", full_disk)
    result = bench.workbench.close()
    assert len(result.failed) == 3
    assert result.reappear_at is not None
    assert result.reappear_at >= first.reappears_at
    assert bench.counts(bench.dlq) == (0, 3)


def test_closing_twice_is_harmless(bench: Bench) -> None:
    bench.send(2, bench.dlq)
    bench.peek(bench.dlq, hold=True)
    assert len(bench.workbench.close().released) == 2
    assert bench.workbench.close().released == ()
