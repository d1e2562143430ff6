"""Messages that others hold are not looked at, and that is told where they were meant."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from console.models.handling import Handled
from console.models.message import Message
from console.models.moving import DeleteReport, MoveOptions, MoveReport, ProcessOptions
from console.models.pipeline import QueueRef
from console.models.selection import Filter
from console.operations.delete import delete
from console.operations.process import process
from console.operations.redrive import redrive
from console.operations.resume import resume
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.fakes import AheadClock

NOTE = "About 4 messages were in flight elsewhere and not looked at."


@pytest.fixture
def held(bench: Bench) -> Bench:
    """Of the ten messages in the DLQ somebody else holds four."""
    bench.send(10, bench.dlq)
    take(bench, bench.dlq, 4)
    return bench


def take(bench: Bench, queue: QueueRef, count: int) -> list[str]:
    """Somebody else receives so many messages; returns their receipt handles."""
    handles: list[str] = []
    for _ in range(count):
        answer = bench.sqs.receive_message(QueueUrl=queue.url, VisibilityTimeout=600)
        handles += [m["ReceiptHandle"] for m in answer["Messages"]]
    return handles


def move(bench: Bench, **options: Any) -> MoveReport:
    return redrive(bench.workbench, bench.dlq, MoveOptions(**options), cancel=threading.Event())


@pytest.mark.parametrize("where", [Filter(), Filter(match="message")])
def test_a_redrive_that_meant_them_says_so(held: Bench, where: Filter) -> None:
    report = move(held, where=where)
    assert (report.moved, report.remaining, report.reasons) == (6, 4, (NOTE,))


def test_a_delete_that_meant_them_says_so(held: Bench) -> None:
    report = delete(held.workbench, held.dlq, MoveOptions(), cancel=threading.Event())
    assert (report.deleted, report.reasons) == (6, (NOTE,))


@pytest.mark.parametrize(("limit", "reasons"), [(3, ()), (30, (NOTE,))])
def test_as_many_as_wanted_leaves_nothing_to_say(
    held: Bench, limit: int, reasons: tuple[str, ...]
) -> None:
    assert move(held, limit=limit).reasons == reasons


def test_what_this_console_holds_is_not_elsewhere(bench: Bench) -> None:
    bench.send(10, bench.dlq)
    _, seen = bench.peek(bench.dlq, limit=4, hold=True)
    assert move(bench).reasons == ()
    report = redrive(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event(), held=seen)
    assert (report.moved, report.reasons) == (4, ())


def test_what_does_not_match_is_not_elsewhere(bench: Bench) -> None:
    bench.send(10, bench.dlq)
    assert move(bench, where=Filter(match="message [0-3]$")).reasons == ()


def test_what_was_gone_in_the_meantime_is_not_elsewhere(bench: Bench) -> None:
    """Another console had them when the pass began, and has dealt with them."""
    bench.send(10, bench.dlq)
    handles = take(bench, bench.dlq, 4)

    def delete_them(_: object) -> None:
        while handles:
            bench.sqs.delete_message(QueueUrl=bench.dlq.url, ReceiptHandle=handles.pop())

    report = redrive(
        bench.workbench,
        bench.dlq,
        MoveOptions(),
        cancel=threading.Event(),
        on_progress=delete_them,
    )
    assert (report.moved, report.reasons) == (6, ())


def test_a_peek_of_a_whole_dlq_is_partial_without_them(held: Bench) -> None:
    summary, _ = held.peek(held.dlq, limit=None)
    assert (summary.received, summary.elsewhere, summary.partial) == (6, 4, NOTE)
    assert held.peek(held.dlq, limit=3)[0].partial is None


def test_with_consumers_messages_in_flight_are_told_and_no_finding(bench: Bench) -> None:
    bench.send(10)
    take(bench, bench.queue, 4)
    summary, _ = bench.peek(bench.queue, limit=None)
    assert (summary.received, summary.elsewhere, summary.partial) == (6, 4, None)


class _Done:
    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        return Handled("done")


def work(bench: Bench, queue: QueueRef, **options: Any) -> tuple[str, ...]:
    return process(
        bench.workbench, queue, _Done(), ProcessOptions(**options),
        cancel=threading.Event(), on_result=lambda _: None,
    ).reasons  # fmt: skip


def test_a_process_that_drains_a_dlq_says_so(held: Bench) -> None:
    assert work(held, held.dlq, drain=True) == (NOTE,)


def test_a_process_of_a_few_has_nothing_to_say(held: Bench) -> None:
    assert work(held, held.dlq, limit=3) == ()


def test_a_process_beside_consumers_does_not(bench: Bench) -> None:
    bench.send(10)
    take(bench, bench.queue, 4)
    assert work(bench, bench.queue, drain=True) == ()


def test_a_resume_that_finds_its_own_again_has_nothing_to_say(bench: Bench) -> None:
    """What the stopped run held was in flight with nobody else."""
    bench.send(10, bench.dlq)
    cancel = threading.Event()
    report = delete(
        bench.workbench,
        bench.dlq,
        MoveOptions(limit=None),
        cancel=cancel,
        on_progress=lambda _: cancel.set(),
    )
    again = resume(bench.workbench, report.operation_id, cancel=threading.Event())
    assert isinstance(again, DeleteReport)
    assert (again.deleted, again.reasons) == (10, ())


def test_counts_that_lag_behind_own_work_are_not_taken_for_messages(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    clock = AheadClock()
    bench = bench_on(installation, clock=clock)
    bench.send(3, bench.dlq)
    lagging = bench.workbench.gateway.sqs.attributes(bench.dlq)
    assert move(bench).moved == 3
    bench.workbench.gateway.sqs.attributes = (  # type: ignore[method-assign]
        lambda queue: replace(lagging, url=queue.url, arn=queue.arn)
    )
    assert move(bench).reasons == ()
    clock.advance(61)
    (told,) = move(bench).reasons
    assert told.startswith("About 3 messages were in flight elsewhere")
