"""Resumes on a queue with consumers, and of what nobody knows the end of: never called done too
early, and always there to be restored."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from console.models.moving import DeleteReport, MoveOptions, ProcessReport, RestoreReport
from console.models.selection import Filter
from console.operations.delete import delete
from console.operations.restore import plan_restore, restore
from console.operations.resume import resume, unfinished
from tests.emulator.conftest import Bench
from tests.emulator.test_redrive import drain
from tests.emulator.test_resume import _short_leases, die
from tests.emulator.test_resume_again import killed

__all__ = ["_short_leases"]

COUNT = 30
EVERY = Counter(f"message {i}" for i in range(COUNT))


def finish(bench: Bench, operation: str) -> DeleteReport:
    report = resume(bench.workbench, operation, cancel=threading.Event())
    assert isinstance(report, DeleteReport)
    return report


def bring_back(bench: Bench, operation: str) -> RestoreReport:
    return restore(bench.workbench, operation, cancel=threading.Event())


def bodies(bench: Bench) -> Counter[str]:
    return Counter(m["Body"] for m in drain(bench, bench.queue.url))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_delete_on_a_live_queue_is_finished_at_once_and_costs_others_one_attempt(
    bench: Bench, when: str
) -> None:
    bench.send(COUNT)
    die(bench, "delete-live", "delete", when, 2)
    operation = killed(bench)
    bench.sqs.send_message(QueueUrl=bench.queue.url, MessageBody="other")
    report = finish(bench, operation)
    assert (report.deleted, report.failed, report.state) == (COUNT, 0, "done"), report
    assert bench.counts() == (1, 0)
    assert unfinished(bench.workbench) == ()
    assert bring_back(bench, operation).restored == COUNT
    found = drain(bench, bench.queue.url)
    assert Counter(m["Body"] for m in found) == EVERY + Counter(["other"])
    (other,) = (m for m in found if m["Body"] == "other")
    assert other["Attributes"]["ApproximateReceiveCount"] == "2"


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_a_killed_process_owes_on_a_live_queue_is_deleted(bench: Bench, when: str) -> None:
    bench.send(COUNT)
    die(bench, "process-live", "delete", when, 2)
    report = resume(bench.workbench, killed(bench), cancel=threading.Event())
    assert isinstance(report, ProcessReport)
    assert report.state == "done", report
    assert report.done == COUNT - sum(bench.counts())
    assert not any("journal resume" in reason for reason in report.reasons)
    assert unfinished(bench.workbench) == ()


def test_what_a_resume_could_not_come_to_is_left_to_the_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(COUNT)
    die(bench, "delete-live", "delete", "before", 1)
    operation = killed(bench)
    with monkeypatch.context() as crowded:
        crowded.setattr("console.operations.passing.Pass._at_bound", lambda _: True)
        report = finish(bench, operation)
    assert report.state == "interrupted"
    assert report.deleted < COUNT
    assert any("not reached" in reason for reason in report.reasons)
    (left,) = unfinished(bench.workbench)
    assert (left.killed, left.pending > 0) == (False, True)
    report = finish(bench, operation)
    assert (report.deleted, report.state) == (COUNT, "done")
    assert bench.counts() == (0, 0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_may_have_been_deleted_is_brought_back_and_told(bench: Bench, when: str) -> None:
    bench.send(COUNT)
    die(bench, "delete-live", "delete", when, 2)
    operation = killed(bench)
    plan = plan_restore(bench.workbench, operation)
    begun = len(plan.entries)
    assert 0 < len(plan.doubted) <= begun
    report = bring_back(bench, operation)
    assert (report.restored, report.possibly_duplicated) == (begun, len(plan.doubted))
    finished = finish(bench, operation)
    assert (finished.deleted, finished.state) == (COUNT, "done")
    assert set(bodies(bench).values()) == {1}


def test_what_somebody_else_may_hide_in_a_dlq_is_not_called_gone(bench: Bench) -> None:
    bench.send(1, bench.dlq)
    (foreign,) = bench.sqs.receive_message(QueueUrl=bench.dlq.url, VisibilityTimeout=300)[
        "Messages"
    ]
    bench.send(COUNT, bench.dlq)
    die(bench, "delete", "delete", "after", 2)
    operation = killed(bench)
    assert finish(bench, operation).state == "interrupted"
    assert unfinished(bench.workbench)
    bench.sqs.delete_message(QueueUrl=bench.dlq.url, ReceiptHandle=foreign["ReceiptHandle"])
    report = finish(bench, operation)
    assert (report.deleted, report.state) == (COUNT, "done")


def test_what_a_fifo_queue_does_not_give_out_yet_is_not_called_gone(bench: Bench) -> None:
    url = bench.sqs.create_queue(
        QueueName=f"{bench.queue.name}.fifo", Attributes={"FifoQueue": "true"}
    )["QueueUrl"]
    for number in range(3):
        bench.sqs.send_message(
            QueueUrl=url, MessageBody="{}", MessageGroupId="one", MessageDeduplicationId=str(number)
        )
    bench.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=60)
    options = MoveOptions(where=Filter(ids=frozenset(["somewhere"])))
    report = delete(bench.workbench, bench.queue_at(url), options, cancel=threading.Event())
    assert (report.not_found, report.state) == (0, "interrupted")
    assert any("message group" in reason for reason in report.reasons)
