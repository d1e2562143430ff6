"""Killed more than once, limited, overtaken by another console: what a resume still has to get
right."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from console.errors import UsageError
from console.models.moving import MoveOptions, MoveReport, ProcessReport, RestoreReport
from console.models.selection import Filter
from console.operations.delete import delete
from console.operations.redrive import redrive
from console.operations.restore import restore
from console.operations.resume import resume, unfinished
from tests.emulator.conftest import Bench
from tests.emulator.test_redrive import drain
from tests.emulator.test_resume import _short_leases, die, go_on

__all__ = ["_short_leases"]

COUNT = 40


def moved_to(bench: Bench) -> Counter[str]:
    return Counter(m["Body"] for m in drain(bench, bench.queue.url))


def killed(bench: Bench) -> str:
    (left,) = unfinished(bench.workbench)
    assert left.killed
    return left.operation.id


def test_what_each_killed_run_may_have_sent_is_counted(bench: Bench) -> None:
    bench.send(10, bench.dlq)
    die(bench, "redrive", "send", "after", 1)
    operation = killed(bench)
    die(bench, f"resume:{operation}", "send", "after", 1)
    report = go_on(bench, operation)
    found = moved_to(bench)
    assert len(found) == report.moved == 10
    assert found.total() == 30
    assert report.possibly_duplicated == 20


@pytest.mark.parametrize(
    ("point", "when", "count"),
    [("send", "after", 1), ("record", "after", 1), ("delete", "after", 1)],
)
def test_a_limit_holds_across_a_kill(bench: Bench, point: str, when: str, count: int) -> None:
    bench.send(COUNT, bench.dlq)
    die(bench, "redrive:5", point, when, count)
    report = go_on(bench, killed(bench))
    assert (len(moved_to(bench)), report.moved, report.state) == (5, 5, "done"), report
    assert bench.counts(bench.dlq) == (COUNT - 5, 0)


def test_what_another_redrive_took_meanwhile_is_counted_as_doubtful(bench: Bench) -> None:
    bench.send(10, bench.dlq)
    die(bench, "redrive", "send", "after", 1)
    operation = killed(bench)
    while bench.counts(bench.dlq)[1]:
        pass
    overtaking = redrive(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())
    assert (overtaking.moved, overtaking.possibly_duplicated) == (10, 0)
    report = go_on(bench, operation)
    assert (report.moved, report.skipped, report.possibly_duplicated) == (0, 10, 10)
    assert moved_to(bench).total() == 20


def test_canaries_that_nobody_agreed_to_follow_stay_alone(bench: Bench) -> None:
    bench.send(COUNT, bench.dlq)
    die(bench, "canary:5", "send", "after", 10_000)
    report = go_on(bench, killed(bench))
    assert (report.moved, report.remaining) == (5, COUNT - 5)
    assert "canaries" in " ".join(report.reasons)


def test_canaries_that_were_agreed_to_are_followed_after_a_kill(bench: Bench) -> None:
    bench.send(COUNT, bench.dlq)
    cancel = threading.Event()
    report = redrive(
        bench.workbench, bench.dlq, MoveOptions(rate=10), cancel=cancel, canary=1,
        proceed=lambda *_: True,
        on_progress=lambda progress: cancel.set() if progress.moved > 1 else None,
    )  # fmt: skip
    assert report.moved < COUNT
    assert go_on(bench, report.operation_id).moved == COUNT


def test_what_the_killed_console_held_before_is_waited_for(bench: Bench) -> None:
    """As the screen does it: the marked messages are held, and handed to the redrive."""
    bench.send(COUNT, bench.dlq)
    seen = bench.sqs.receive_message(
        QueueUrl=bench.dlq.url, MaxNumberOfMessages=5, VisibilityTimeout=2
    )["Messages"]
    where = Filter(ids=frozenset(m["MessageId"] for m in seen))
    operation = bench.workbench.begin(
        "redrive", bench.dlq, "move", MoveOptions(where=where).stored()
    )
    bench.workbench.journal.claims.drop(operation)
    report = go_on(bench, operation)
    assert (report.moved, report.skipped) == (5, 0)


def test_a_killed_restore_counts_only_what_was_begun_and_is_finished_first(bench: Bench) -> None:
    bench.send(COUNT, bench.dlq)
    deleted = delete(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())
    die(bench, f"restore:{deleted.operation_id}", "send", "before", 1)
    operation = killed(bench)
    with pytest.raises(UsageError, match="earlier restore"):
        restore(bench.workbench, deleted.operation_id, cancel=threading.Event())
    die(bench, f"resume:{operation}", "send", "after", 2)
    report = resume(bench.workbench, operation, cancel=threading.Event())
    assert isinstance(report, RestoreReport)
    found = Counter(m["Body"] for m in drain(bench, bench.dlq.url))
    assert report.restored == len(found) == COUNT
    assert 0 < found.total() - COUNT <= report.possibly_duplicated


def test_a_restore_elsewhere_is_listed_as_unfinished_too(bench: Bench) -> None:
    bench.send(3, bench.dlq)
    deleted = delete(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())
    url = bench.sqs.create_queue(QueueName=f"{bench.queue.name}-other")["QueueUrl"]
    operation = bench.workbench.begin(
        "restore", bench.queue_at(url), "send back",
        {"of": deleted.operation_id, "from": bench.dlq.arn, "to": ["other", url, "arn"]},
    )  # fmt: skip
    bench.workbench.journal.claims.drop(operation)
    assert killed(bench) == operation


def test_two_restores_of_the_same_do_not_run_at_once(bench: Bench) -> None:
    bench.send(3, bench.dlq)
    deleted = delete(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())
    assert bench.workbench.journal.claims.take(deleted.operation_id)
    with pytest.raises(UsageError, match="Another console"):
        restore(bench.workbench, deleted.operation_id, cancel=threading.Event())


def test_canaries_are_no_more_than_the_limit(bench: Bench) -> None:
    bench.send(COUNT, bench.dlq)
    asked: list[MoveReport] = []
    report = redrive(
        bench.workbench, bench.dlq, MoveOptions(limit=3), cancel=threading.Event(), canary=5,
        proceed=lambda so_far, _: not asked.append(so_far),
    )  # fmt: skip
    assert (asked[0].moved, report.moved) == (3, 3)
    assert bench.counts() == (3, 0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_a_killed_process_has_done_is_deleted_and_the_rest_is_said_to_be_unknown(
    bench: Bench, when: str
) -> None:
    bench.send(COUNT, bench.dlq)
    die(bench, "process", "record", when, 1)
    report = resume(bench.workbench, killed(bench), cancel=threading.Event())
    assert isinstance(report, ProcessReport)
    undecided = [e for e in bench.workbench.journal.moves.entries(report.operation_id, "process")
                 if e.outcome is None]  # fmt: skip
    assert report.done + report.failed + len(undecided) <= COUNT
    assert report.done == COUNT - sum(bench.counts(bench.dlq)) >= (when == "after")
    said = f"{len(undecided)} were begun, and nobody knows whether they were dealt with"
    # Killed after it recorded one, it may have had no other under way.
    assert undecided or when == "after"
    assert (said in report.reasons) == bool(undecided)
