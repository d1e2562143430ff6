"""Deletes that are refused after the work is done: what it costs others to look for them again, and
what is said of it."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from console.models.moving import MoveOptions, MoveProgress, ProcessOptions, ProcessReport
from console.models.pipeline import QueueRef
from console.models.selection import EVERYTHING, Filter
from console.operations.delete import delete
from console.operations.passing import LIVE_SECONDS
from console.operations.process import process
from console.operations.receiving import Receiver
from console.operations.redrive import redrive
from tests.emulator.conftest import Bench
from tests.emulator.test_redrive import drain
from tests.faults.conftest import Faulty
from tests.faults.proxy import refuse_all, reset
from tests.faults.test_under_way import Deal

COUNT = 15
DONE = 5


def deal(
    bench: Bench, queue: QueueRef, told: list[MoveProgress] | None = None, **options: Any
) -> ProcessReport:
    return process(
        bench.workbench, queue, Deal(), ProcessOptions(**options), cancel=threading.Event(),
        on_result=lambda _: None, on_progress=[].append if told is None else told.append,
    )  # fmt: skip


def test_a_process_looks_for_what_it_owes_as_briefly_as_consumers_need(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, received = faulty.bench, list[int]()
    receive = Receiver.receive

    def noted(self: Receiver, limit: int, visibility: int) -> Any:
        received.append(visibility)
        return receive(self, limit, visibility)

    monkeypatch.setattr(Receiver, "receive", noted)
    bench.send(COUNT)
    faulty.proxy.on("DeleteMessageBatch", refuse_all(), times=1)
    before: list[int] = []

    def note(progress: MoveProgress) -> None:
        if progress.note:
            before.append(len(received))

    report = process(
        bench.workbench, bench.queue, Deal(), ProcessOptions(limit=DONE),
        cancel=threading.Event(), on_result=lambda _: None, on_progress=note,
    )  # fmt: skip
    assert (report.done, report.failed, report.state) == (DONE, 0, "done"), report
    assert before, "the wait was not told"
    assert received[before[0] :]
    assert set(received[before[0] :]) == {LIVE_SECONDS}
    assert bench.counts() == (COUNT - DONE, 0)


def test_a_process_spends_no_last_attempt_of_others_for_what_it_owes(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(COUNT)
    for _ in range(2):
        for message in drain(bench, bench.queue.url):
            bench.sqs.change_message_visibility(
                QueueUrl=bench.queue.url,
                ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=0,
            )
    faulty.proxy.on("DeleteMessageBatch", refuse_all(), times=None)
    told: list[MoveProgress] = []
    report = deal(bench, bench.queue, told, limit=DONE)
    assert (report.done, report.failed, report.state) == (0, DONE, "failed"), report
    reasons = " ".join(report.reasons)
    assert f"journal resume {report.operation_id}" in reasons
    assert "last attempt" in reasons
    assert bench.counts(bench.dlq) == (0, 0)
    found = drain(bench, bench.queue.url)
    assert [m["Attributes"]["ApproximateReceiveCount"] for m in found] == ["3"] * (COUNT - DONE)


@pytest.mark.parametrize("where", [EVERYTHING, Filter(match="message")])
@pytest.mark.parametrize("does", [redrive, delete, process])
def test_what_was_refused_once_and_then_dealt_with_is_not_elsewhere(
    faulty: Faulty, does: Any, where: Filter
) -> None:
    bench = faulty.bench
    bench.send(COUNT, bench.dlq)
    faulty.proxy.on("DeleteMessageBatch", refuse_all(), times=1)
    if does is process:
        report = deal(bench, bench.dlq, drain=True, where=where)
    else:
        options = MoveOptions(where=where)
        report = does(bench.workbench, bench.dlq, options, cancel=threading.Event())
    assert not [reason for reason in report.reasons if "elsewhere" in reason]


def test_what_a_lost_answer_hides_is_told_while_it_is_waited_for(faulty: Faulty) -> None:
    bench, told = faulty.bench, list[MoveProgress]()
    bench.send(COUNT, bench.dlq)
    faulty.proxy.on("ReceiveMessage", reset(), times=1)
    report = delete(
        bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event(), on_progress=told.append
    )
    assert (report.deleted, report.state) == (COUNT, "done")
    notes = [progress.note for progress in told if progress.note]
    assert len(notes) == 1
    # Which of the receives meets the fault is chance, and they ask for different numbers.
    told_at = r"An answer was lost: up to \d+ messages may be hidden until [\d:]{8} UTC\."
    assert re.fullmatch(told_at, notes[0])
