"""Whatever goes wrong: source, target and journal hold every message, and the report is true."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

from console.models.moving import DeleteReport, MoveOptions, MoveReport
from console.operations.delete import delete
from console.operations.redrive import redrive
from console.operations.resume import resume, unfinished
from tests.emulator.conftest import Bench
from tests.emulator.test_redrive import drain
from tests.faults.conftest import Faulty
from tests.faults.proxy import (
    Fault,
    error,
    hang,
    login_page,
    refuse_entries,
    reset,
    swallow,
    untold,
)

COUNT = 30
EVERY = {f"message {i}" for i in range(COUNT)}


def move(bench: Bench, **options: Any) -> MoveReport:
    return redrive(bench.workbench, bench.dlq, MoveOptions(**options), cancel=threading.Event())


def held_by(bench: Bench, url: str) -> Counter[str]:
    return Counter(m["Body"] for m in drain(bench, url))


def finish(faulty: Faulty, report: MoveReport) -> MoveReport:
    """Mend everything, and resume what is left."""
    faulty.proxy.mend()
    for left in unfinished(faulty.bench.workbench):
        again = resume(faulty.bench.workbench, left.operation.id, cancel=threading.Event())
        assert isinstance(again, MoveReport)
        report = again
    return report


def assert_nothing_lost(faulty: Faulty, report: MoveReport) -> None:
    """Every message is in the target or the source, and doubles were told."""
    bench = faulty.bench
    target, source = held_by(bench, bench.queue.url), held_by(bench, bench.dlq.url)
    assert target.keys() | source.keys() == EVERY
    assert report.moved == COUNT - source.total()
    doubles = (target + source).total() - COUNT
    assert 0 <= doubles <= report.possibly_duplicated, report


THROTTLED = "AWS.SimpleQueueService.ThrottlingException"
PASSING: dict[str, tuple[str, Fault]] = {
    "send throttled": ("SendMessageBatch", error(THROTTLED)),
    "send 500 before": ("SendMessageBatch", error("InternalFailure", 500)),
    "send 503 before": ("SendMessageBatch", error("ServiceUnavailable", 503)),
    "send 500 after": ("SendMessageBatch", error("InternalFailure", 500, carried_out=True)),
    "send reset before": ("SendMessageBatch", reset(carried_out=False)),
    "send reset after": ("SendMessageBatch", reset()),
    "send hangs": ("SendMessageBatch", hang()),
    "send hangs after": ("SendMessageBatch", hang(carried_out=True)),
    "send login page": ("SendMessageBatch", login_page()),
    "send entries, aws fault": ("SendMessageBatch", refuse_entries(1, 4, sender_fault=False)),
    "delete throttled": ("DeleteMessageBatch", error(THROTTLED)),
    "delete 500 before": ("DeleteMessageBatch", error("InternalFailure", 500)),
    "delete 500 after": ("DeleteMessageBatch", error("InternalFailure", 500, carried_out=True)),
    "delete reset after": ("DeleteMessageBatch", reset()),
    "delete entries, aws fault": ("DeleteMessageBatch", refuse_entries(0, sender_fault=False)),
    "delete untold": ("DeleteMessageBatch", untold()),
    "delete untold after": ("DeleteMessageBatch", untold(carried_out=True)),
    "delete login page": ("DeleteMessageBatch", login_page()),
    "receive throttled": ("ReceiveMessage", error(THROTTLED)),
    "receive 500 before": ("ReceiveMessage", error("InternalFailure", 500)),
    "receive 503 after": ("ReceiveMessage", error("ServiceUnavailable", 503, carried_out=True)),
    "receive reset before": ("ReceiveMessage", reset(carried_out=False)),
    "receive reset after": ("ReceiveMessage", reset()),
    "receive hangs after": ("ReceiveMessage", hang(carried_out=True)),
    "receive login page": ("ReceiveMessage", login_page()),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_redrive_gets_over_what_passes(faulty: Faulty, name: str) -> None:
    action, fault = PASSING[name]
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on(action, fault, times=2)
    report = move(faulty.bench)
    assert faulty.proxy.requests[action] > 2
    report = finish(faulty, report)
    assert (report.moved, report.state) == (COUNT, "done"), report
    assert faulty.bench.counts(faulty.bench.dlq) == (0, 0)
    assert_nothing_lost(faulty, report)


def test_receives_that_go_on_failing_end_it(faulty: Faulty) -> None:
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("ReceiveMessage", error("InternalFailure", 500), times=None)
    report = move(faulty.bench)
    assert (report.moved, report.state) == (0, "failed")
    assert "sqs:ReceiveMessage" in " ".join(report.reasons)
    assert_nothing_lost(faulty, report)


def test_entries_the_sender_is_to_blame_for_stay_and_are_told(faulty: Faulty) -> None:
    """The proxy lets them through all the same: then they count as told, not as lost."""
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("SendMessageBatch", refuse_entries(0, 1, code="InvalidMessageContents"))
    report = move(faulty.bench)
    assert (report.moved, report.failed) == (COUNT - 2, 2)
    assert "by the proxy" in " ".join(report.reasons)
    assert faulty.bench.counts(faulty.bench.dlq) == (2, 0)


@pytest.mark.parametrize("action", ["ReceiveMessage", "SendMessageBatch", "DeleteMessageBatch"])
def test_credentials_that_expire_end_it_and_a_resume_finishes(faulty: Faulty, action: str) -> None:
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on(action, error("ExpiredToken", 403), times=None, skip=1)
    report = move(faulty.bench)
    assert report.state == "failed"
    assert "expired" in " ".join(report.reasons)
    assert report.moved < COUNT
    faulty.proxy.mend()
    again = resume(faulty.bench.workbench, report.operation_id, cancel=threading.Event())
    assert isinstance(again, MoveReport)
    assert (again.moved, again.state) == (COUNT, "done"), again
    assert_nothing_lost(faulty, again)


def test_a_target_that_is_deleted_under_it_loses_nothing(faulty: Faulty) -> None:
    gone = "AWS.SimpleQueueService.NonExistentQueue"
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("SendMessageBatch", error(gone), times=None, skip=1)
    report = move(faulty.bench)
    assert report.state == "failed"
    assert "no queue" in " ".join(report.reasons).lower() or "exist" in " ".join(report.reasons)
    assert_nothing_lost(faulty, report)
    assert report.possibly_duplicated == 0


def test_a_missing_permission_to_delete_sends_no_more_and_says_what_is_owed(
    faulty: Faulty,
) -> None:
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("DeleteMessageBatch", error("AccessDenied", 403), times=None)
    report = move(faulty.bench)
    assert report.state == "failed"
    assert "sqs:DeleteMessage" in " ".join(report.reasons)
    assert report.failed == report.possibly_duplicated > 0
    report = finish(faulty, report)
    assert_nothing_lost(faulty, report)
    assert (report.possibly_duplicated, report.moved) == (0, COUNT)


def test_an_endpoint_that_answers_nothing_more_leaves_nothing_undecided(faulty: Faulty) -> None:
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("SendMessageBatch", reset(), times=None)
    report = move(faulty.bench)
    assert report.state == "failed"
    report = finish(faulty, report)
    assert report.moved == COUNT
    assert_nothing_lost(faulty, report)


def test_a_delete_that_only_seems_to_succeed_is_seen_by_its_count(faulty: Faulty) -> None:
    """AWS answers success for a stale handle without deleting: what remains is counted."""
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("DeleteMessageBatch", swallow())
    report = move(faulty.bench)
    assert report.remaining == 10


def wipe(bench: Bench) -> DeleteReport:
    return delete(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())


@pytest.mark.parametrize(
    "fault",
    [
        error(THROTTLED),
        error("InternalFailure", 500),
        reset(),
        refuse_entries(0, 3, sender_fault=False),
        untold(),
        untold(carried_out=True),
        login_page(),
    ],
    ids=["throttled", "500", "reset", "entries", "untold", "untold after", "login page"],
)
def test_a_delete_gets_over_what_passes(faulty: Faulty, fault: Fault) -> None:
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("DeleteMessageBatch", fault, times=2)
    report = wipe(faulty.bench)
    assert (report.deleted, report.failed, report.state) == (COUNT, 0, "done"), report
    assert faulty.bench.counts(faulty.bench.dlq) == (0, 0)
    copies = faulty.bench.workbench.journal.moves.copies(report.operation_id)
    assert {copy.body for copy in copies} == EVERY


@pytest.mark.parametrize("fault", [untold(), login_page()], ids=["untold", "login page"])
def test_a_release_that_no_answer_speaks_of_is_not_called_done(
    faulty: Faulty, fault: Fault
) -> None:
    bench = faulty.bench
    bench.send(3, bench.dlq)
    faulty.proxy.on("ChangeMessageVisibilityBatch", fault, times=None)
    summary, _ = bench.peek(bench.dlq)
    assert (summary.released, summary.unreleased) == (0, 3)


def test_entries_that_may_not_be_deleted_are_told_one_by_one(faulty: Faulty) -> None:
    def none_of_two(request: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        ids = [entry["Id"] for entry in request["Entries"]]
        failed = [
            {"Id": i, "Code": "ReceiptHandleIsInvalid", "Message": "stale", "SenderFault": True}
            for i in ids[:2]
        ]
        return {"Successful": [{"Id": i} for i in ids[2:]], "Failed": failed}

    faulty.bench.send(10, faulty.bench.dlq)
    faulty.proxy.on("DeleteMessageBatch", Fault("edit", False, edit=none_of_two))
    report = wipe(faulty.bench)
    assert report.failed == 2
    assert "stale" in " ".join(report.reasons)


def test_a_message_whose_delete_is_refused_again_is_owed_and_not_called_gone(
    faulty: Faulty,
) -> None:
    def none(request: dict[str, Any], _: dict[str, Any]) -> dict[str, Any]:
        failed = [
            {"Id": entry["Id"], "Code": "Refused", "Message": "locked", "SenderFault": True}
            for entry in request["Entries"]
        ]
        return {"Successful": [], "Failed": failed}

    faulty.bench.send(1, faulty.bench.dlq)
    faulty.proxy.on("DeleteMessageBatch", Fault("edit", False, edit=none), times=None)
    report = move(faulty.bench)
    assert (report.moved, report.failed, report.remaining) == (0, 1, 1), report
    assert "locked" in " ".join(report.reasons)
    assert finish(faulty, report).moved == 1
    assert not held_by(faulty.bench, faulty.bench.dlq.url)


def test_a_cancel_in_a_hang_ends_soon_and_is_resumed(faulty: Faulty) -> None:
    faulty.bench.send(COUNT, faulty.bench.dlq)
    faulty.proxy.on("SendMessageBatch", hang(carried_out=True), times=None, skip=1)
    cancel = threading.Event()
    report = redrive(
        faulty.bench.workbench,
        faulty.bench.dlq,
        MoveOptions(),
        cancel=cancel,
        on_progress=lambda progress: cancel.set(),
    )
    assert report.state == "interrupted"
    faulty.proxy.mend()
    again = resume(faulty.bench.workbench, report.operation_id, cancel=threading.Event())
    assert isinstance(again, MoveReport)
    assert again.moved == COUNT
    assert_nothing_lost(faulty, again)
