"""What changes under a running operation: leases, clocks, queues, the journal's disk."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from console.errors import JournalError
from console.models.clock import SystemClock
from console.models.handling import Handled
from console.models.message import Message
from console.models.moving import MoveOptions, MoveReport, ProcessOptions, ProcessReport
from console.operations.delete import delete
from console.operations.process import process
from console.operations.redrive import redrive
from console.operations.restore import restore
from console.operations.resume import resume, unfinished
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.faults.conftest import Faulty
from tests.faults.proxy import Fault, error, hang, refuse_entries, reset
from tests.faults.test_moves import (
    COUNT,
    EVERY,
    THROTTLED,
    assert_nothing_lost,
    finish,
    held_by,
    move,
    wipe,
)


class JumpingClock(SystemClock):
    """A wall clock that jumps at every tenth look at it, forth and back again or the other way."""

    def __init__(self, by: timedelta) -> None:
        self._by, self._looks = by, 0

    def now(self) -> datetime:
        self._looks += 1
        return super().now() + (self._by if self._looks // 10 % 2 else timedelta())


@pytest.mark.parametrize("hours", [-30, 30], ids=["back", "forward"])
def test_a_wall_clock_that_jumps_harms_nothing(
    bench_on: Callable[..., Bench], installation: Installation, hours: int
) -> None:
    bench = bench_on(installation, clock=JumpingClock(timedelta(hours=hours)))
    bench.send(COUNT, bench.dlq)
    report = move(bench)
    assert (report.moved, report.possibly_duplicated, report.state) == (COUNT, 0, "done")
    assert held_by(bench, bench.queue.url) == Counter(EVERY)


def test_leases_that_run_out_under_it_lose_and_hide_nothing(faulty: Faulty) -> None:
    """Extending fails all the time, the rate is slow, and a consumer takes what reappears."""
    bench, over = faulty.bench, threading.Event()
    bench.send(COUNT, bench.dlq)
    taken: Counter[str] = Counter()

    def consume() -> None:
        while not over.wait(0.2):
            got = bench.sqs.receive_message(QueueUrl=bench.dlq.url, MaxNumberOfMessages=1)
            for raw in got.get("Messages", []):
                taken[raw["Body"]] += 1
                bench.sqs.delete_message(QueueUrl=bench.dlq.url, ReceiptHandle=raw["ReceiptHandle"])

    faulty.proxy.on("ChangeMessageVisibilityBatch", error("AccessDenied", 403), times=None)
    consumer = threading.Thread(target=consume)
    seen = bench.peek(bench.dlq, limit=None, hold=True)[1]
    consumer.start()
    report = redrive(
        bench.workbench, bench.dlq, MoveOptions(rate=4), cancel=threading.Event(), held=seen
    )
    over.set()
    consumer.join()
    while bench.counts(bench.dlq)[1]:
        """What could not be released reappears by itself."""
    target, source = held_by(bench, bench.queue.url), held_by(bench, bench.dlq.url)
    assert target.keys() | source.keys() | taken.keys() == EVERY
    assert taken, "no lease ran out"
    assert (target + source + taken).total() - COUNT <= report.possibly_duplicated


def test_one_short_empty_answer_is_not_the_end(faulty: Faulty) -> None:
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("ReceiveMessage", Fault("edit", False, edit=lambda *_: {}), times=1)
    assert move(faulty.bench).moved == COUNT


@pytest.mark.parametrize("which", ["source", "target"])
def test_a_queue_that_is_really_deleted_under_it(faulty: Faulty, which: str) -> None:
    bench = faulty.bench
    bench.send(COUNT, bench.dlq)
    gone, left = (bench.dlq, bench.queue) if which == "source" else (bench.queue, bench.dlq)
    deleted: list[object] = []

    def delete_it(progress: object) -> None:
        if not deleted:
            deleted.append(bench.sqs.delete_queue(QueueUrl=gone.url))

    report = redrive(
        bench.workbench, bench.dlq, MoveOptions(rate=10), cancel=threading.Event(),
        on_progress=delete_it,
    )  # fmt: skip
    assert report.state == "failed"
    assert "does not exist" in " ".join(report.reasons)
    copies = {c.body for c in bench.workbench.journal.moves.copies(report.operation_id)}
    there = held_by(bench, left.url).keys() | copies
    assert there == EVERY if which == "target" else there


def test_a_second_destination_that_cannot_be_found_forgets_nothing_that_was_sent(
    faulty: Faulty,
) -> None:
    bench = faulty.bench
    policy = json.dumps({"deadLetterTargetArn": bench.dlq.arn, "maxReceiveCount": 1})
    other = bench.sqs.create_queue(
        QueueName=f"{bench.queue.name}-other", Attributes={"RedrivePolicy": policy}
    )["QueueUrl"]
    for number in range(4):
        bench.sqs.send_message(QueueUrl=other, MessageBody=f"other {number}")
    for _ in range(2):
        bench.sqs.receive_message(QueueUrl=other, VisibilityTimeout=0, MaxNumberOfMessages=10)
    bench.send(4, bench.dlq)
    faulty.proxy.on("GetQueueUrl", error("ExpiredToken", 403), times=None)
    report = move(bench, rate=5)
    assert report.state == "failed"
    report = finish(faulty, report)
    again = resume(bench.workbench, report.operation_id, cancel=threading.Event())
    assert isinstance(again, MoveReport)
    assert (again.moved, again.possibly_duplicated) == (8, 0)
    assert held_by(bench, bench.queue.url).total() == held_by(bench, other).total() == 4


class Deal:
    """A handler that has done everything, and counts."""

    def __init__(self) -> None:
        self.bodies: Counter[str] = Counter()
        self._lock = threading.Lock()

    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        with self._lock:
            self.bodies[message.body] += 1
        return Handled("done")


def deal(bench: Bench, handler: Deal) -> ProcessReport:
    return process(
        bench.workbench, bench.dlq, handler, ProcessOptions(drain=True),
        cancel=threading.Event(), on_result=lambda _: None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "fault",
    [
        error(THROTTLED),
        error("InternalFailure", 500),
        error("ServiceUnavailable", 503, carried_out=True),
        reset(),
        hang(carried_out=True),
        refuse_entries(0, sender_fault=False),
    ],
    ids=["throttled", "500", "503 after", "reset", "hang", "entries"],
)
def test_a_process_gets_over_deletes_that_fail(faulty: Faulty, fault: Fault) -> None:
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("DeleteMessageBatch", fault, times=2)
    handler = Deal()
    report = deal(faulty.bench, handler)
    assert (report.done, report.failed, report.state) == (COUNT, 0, "done"), report
    assert handler.bodies == Counter(EVERY)
    assert faulty.bench.counts(faulty.bench.dlq) == (0, 0)


@pytest.mark.parametrize("action", ["ReceiveMessage", "DeleteMessageBatch"])
def test_credentials_that_expire_end_a_process_and_no_handler_runs_twice(
    faulty: Faulty, action: str
) -> None:
    bench, handler = faulty.bench, Deal()
    bench.send(COUNT, bench.dlq)
    faulty.proxy.on(action, error("ExpiredToken", 403), times=None, skip=2)
    report = deal(bench, handler)
    assert report.state == "failed"
    faulty.proxy.mend()
    for left in unfinished(bench.workbench):
        resume(bench.workbench, left.operation.id, cancel=threading.Event())
    deal(bench, handler)
    assert handler.bodies == Counter(EVERY)
    assert bench.counts(bench.dlq) == (0, 0)


SENDS: dict[str, Fault] = {
    "throttled": error(THROTTLED),
    "500 before": error("InternalFailure", 500),
    "503 after": error("ServiceUnavailable", 503, carried_out=True),
    "reset before": reset(carried_out=False),
    "reset after": reset(),
    "hangs after": hang(carried_out=True),
    "entries": refuse_entries(1, 4, sender_fault=False),
    "not its own": Fault("edit", True, edit=lambda *_: {"Successful": [{"Id": "x"}]}),
}


@pytest.mark.parametrize("name", SENDS)
def test_a_restore_gets_over_what_passes(faulty: Faulty, name: str) -> None:
    bench = faulty.bench
    bench.send(COUNT, bench.dlq)
    deleted = wipe(bench)
    faulty.proxy.on("SendMessageBatch", SENDS[name], times=2)
    report = restore(bench.workbench, deleted.operation_id, cancel=threading.Event())
    assert (report.restored, report.failed, report.state) == (COUNT, 0, "done"), report
    found = held_by(bench, bench.dlq.url)
    assert found.keys() == EVERY
    assert found.total() - COUNT <= report.possibly_duplicated


def test_a_restore_that_is_refused_sends_the_rest_when_it_is_done_again(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(COUNT, bench.dlq)
    deleted = wipe(bench)
    faulty.proxy.on("SendMessageBatch", error("ExpiredToken", 403), times=None, skip=1)
    report = restore(bench.workbench, deleted.operation_id, cancel=threading.Event())
    assert report.state == "failed"
    assert report.restored < COUNT
    faulty.proxy.mend()
    again = restore(bench.workbench, deleted.operation_id, cancel=threading.Event())
    assert report.restored + again.restored == COUNT
    assert held_by(bench, bench.dlq.url) == Counter(EVERY)


def fill_disk(bench: Bench, pages: int | None) -> None:
    """Let the journal grow by so many pages only; without end for `None`."""
    with bench.workbench.journal.log._database.transaction() as db:
        now = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {2**30 if pages is None else now + pages}")


@pytest.mark.parametrize("what", ["redrive", "delete", "process"])
def test_a_full_disk_stops_before_the_call_and_a_resume_goes_on(faulty: Faulty, what: str) -> None:
    bench, handler = faulty.bench, Deal()
    run: dict[str, Callable[[], object]] = {
        "redrive": lambda: move(bench),
        "delete": lambda: wipe(bench),
        "process": lambda: deal(bench, handler),
    }
    for number in range(COUNT):
        body = f"message {number} " + "x" * 20_000
        bench.sqs.send_message(QueueUrl=bench.dlq.url, MessageBody=body)
    fill_disk(bench, 2)
    with pytest.raises(JournalError) as caught:
        run[what]()
    (stopped,) = bench.workbench.journal.log.operations(1, kind=what)
    assert f"journal resume {stopped.id}" in caught.value.remedy
    assert not handler.bodies
    assert not {"SendMessageBatch", "DeleteMessageBatch"} & faulty.proxy.requests.keys()
    fill_disk(bench, None)
    for left in unfinished(bench.workbench):
        resume(bench.workbench, left.operation.id, cancel=threading.Event())
    if what == "process":
        deal(bench, handler)
    assert held_by(bench, bench.queue.url).total() == (COUNT if what == "redrive" else 0)
    assert bench.counts(bench.dlq) == (0, 0)


def test_a_restore_sends_nothing_without_its_intent(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = faulty.bench
    bench.send(COUNT, bench.dlq)
    deleted = wipe(bench)

    def fail(*_: Any) -> None:
        raise JournalError("Journal unusable", "full", "")

    with monkeypatch.context() as full:
        full.setattr(bench.workbench.journal.log, "intend", fail)
        with pytest.raises(JournalError):
            restore(bench.workbench, deleted.operation_id, cancel=threading.Event())
    assert "SendMessageBatch" not in faulty.proxy.requests
    again = restore(bench.workbench, deleted.operation_id, cancel=threading.Event())
    assert again.restored == COUNT


def test_a_disk_that_is_full_after_the_send_deletes_nothing(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = faulty.bench
    bench.send(COUNT, bench.dlq)

    def fail(*_: Any) -> None:
        raise JournalError("Journal unusable", "full", "")

    with monkeypatch.context() as full:
        full.setattr(bench.workbench.journal.moves, "record", fail)
        with pytest.raises(JournalError):
            move(bench)
    assert "DeleteMessageBatch" not in faulty.proxy.requests
    (left,) = unfinished(bench.workbench)
    report = resume(bench.workbench, left.operation.id, cancel=threading.Event())
    assert isinstance(report, MoveReport)
    assert_nothing_lost(faulty, report)
    assert report.possibly_duplicated > 0


def test_a_delete_of_a_queue_that_is_gone_keeps_its_copies(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(COUNT, bench.dlq)
    faulty.proxy.on(
        "DeleteMessageBatch", error("AWS.SimpleQueueService.NonExistentQueue"), times=None
    )
    report = delete(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())
    assert (report.deleted, report.state) == (0, "failed")
    assert held_by(bench, bench.dlq.url).keys() == EVERY
