"""Whatever goes wrong: every key has its event in the end, and doubles were told."""

from __future__ import annotations

import threading

import pytest

from console.models.backfill import BackfillOptions, BackfillReport
from console.operations.backfill import backfill
from console.operations.backfill_plan import KIND
from console.operations.resume import resume, unfinished
from tests.emulator.test_backfill import put, sent_keys
from tests.faults.conftest import Faulty
from tests.faults.proxy import Fault, error, refuse_entries, reset

KEYS = {f"in/{n:02}.mp3" for n in range(40)}
FAULTS: dict[str, tuple[Fault, int | None]] = {
    "throttled": (error("AWS.SimpleQueueService.ThrottlingException"), 3),
    "500 after": (error("InternalFailure", 500, carried_out=True), 2),
    "reset after": (reset(), 2),
    "entries refused by AWS's fault": (refuse_entries(1, 3, sender_fault=False), 2),
    "entries refused for good": (refuse_entries(0, 2), 1),
    "denied from now on": (error("AccessDenied", 403), None),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_survived_or_told(faulty: Faulty, name: str) -> None:
    put(faulty.bench, KEYS)
    fault, times = FAULTS[name]
    faulty.proxy.on("SendMessageBatch", fault, skip=1, times=times)
    bench = faulty.bench.workbench
    report = backfill(bench, BackfillOptions(), cancel=threading.Event())
    faulty.proxy.mend()
    if report.state != "done":
        assert report.remaining != 0
        assert any("journal resume" in reason for reason in report.reasons)
        again = resume(bench, report.operation_id, cancel=threading.Event())
        assert isinstance(again, BackfillReport)
        report = again
    found = sent_keys(faulty.bench)
    assert (report.state, report.sent, report.failed, report.remaining) == ("done", 40, 0, 0)
    assert found.keys() == KEYS
    refused_but_there = 2 if name == "entries refused for good" else 0
    assert found.total() - 40 <= report.possibly_duplicated + refused_but_there, report


def test_a_bare_resume_sends_only_what_is_in_doubt(faulty: Faulty) -> None:
    put(faulty.bench, KEYS)
    bench = faulty.bench.workbench
    cancel = threading.Event()
    faulty.proxy.on("SendMessageBatch", reset(), times=None)
    report = backfill(
        bench, BackfillOptions(rate=1000), cancel=cancel, on_progress=lambda _: cancel.set()
    )
    faulty.proxy.mend()
    assert (report.state, report.sent) == ("failed", 0)
    doubted = sum(row.twice > 0 for row in bench.journal.moves.entries(report.operation_id, KIND))
    (left,) = unfinished(bench)
    assert left.pending == doubted > 0
    again = resume(bench, report.operation_id, cancel=threading.Event(), whole=False)
    assert isinstance(again, BackfillReport)
    assert (again.sent, again.remaining) == (doubted, 40 - doubted)
    assert again.state == ("done" if doubted == 40 else "interrupted")
    assert unfinished(bench) == ()
