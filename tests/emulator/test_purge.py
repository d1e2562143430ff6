"""Purge over real SQS calls: what it destroys, what it keeps, when it must wait."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from console.errors import AwsError, Refused, UsageError
from console.models.moving import RestoreReport
from console.models.pipeline import Mode
from console.operations.purge import NotAllCopied, plan_purge, purge
from console.operations.restore import restore
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.fakes import AheadClock, HastyClock
from tests.faults.conftest import Faulty, faulty, proxy
from tests.faults.proxy import error, login_page

__all__ = ["faulty", "proxy"]


def run(bench: Bench, **options: bool) -> int:
    return purge(bench.workbench, bench.dlq, cancel=threading.Event(), **options).copied


def test_a_purge_empties_the_queue_and_its_plan_says_how_much(bench: Bench) -> None:
    bench.send(12, bench.dlq)
    bench.sqs.receive_message(QueueUrl=bench.dlq.url, MaxNumberOfMessages=2)
    plan = plan_purge(bench.workbench, bench.dlq)
    assert (plan.counts.total, plan.counts.in_flight, plan.allowed_at) == (12, 2, None)
    run(bench)
    assert bench.counts(bench.dlq) == (0, 0)


def test_copies_bring_everything_back(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    bench = bench_on(installation, clock=HastyClock())
    bench.send(25, bench.dlq)
    report = purge(bench.workbench, bench.dlq, cancel=threading.Event(), copy_first=True)
    assert (report.copied, bench.counts(bench.dlq)) == (25, (0, 0))
    assert report.copy_id is not None
    back = restore(bench.workbench, report.copy_id, cancel=threading.Event())
    assert isinstance(back, RestoreReport)
    assert back.restored == 25
    assert bench.counts(bench.dlq) == (25, 0)


def test_a_second_purge_waits_for_60_seconds(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    clock = AheadClock()
    bench = bench_on(installation, clock=clock)
    run(bench)
    assert plan_purge(bench.workbench, bench.dlq).allowed_at is not None
    with pytest.raises(UsageError, match="less than 60 s ago"):
        run(bench)
    clock.advance(61)
    bench.send(1, bench.dlq)
    run(bench)
    assert bench.counts(bench.dlq) == (0, 0)


def test_the_purge_of_another_queue_does_not_wait(bench: Bench) -> None:
    run(bench)
    bench.send(2)
    purge(bench.workbench, bench.queue, cancel=threading.Event())
    assert bench.counts() == (0, 0)


def test_copies_are_refused_where_the_journal_keeps_no_bodies(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    bench = bench_on(installation, bodies=False)
    bench.send(3, bench.dlq)
    with pytest.raises(UsageError, match="keep no bodies"):
        run(bench, copy_first=True)
    assert bench.counts(bench.dlq) == (3, 0)


def test_a_cancelled_copy_purges_nothing(bench: Bench) -> None:
    bench.send(3, bench.dlq)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(NotAllCopied, match="Nothing was purged: 0 messages are copied") as caught:
        purge(bench.workbench, bench.dlq, cancel=cancel, copy_first=True)
    assert bench.counts(bench.dlq) == (3, 0)
    assert bench.workbench.journal.log.operation(caught.value.copy_id).state == "interrupted"


def test_a_copy_that_fails_purges_nothing_and_says_what_it_has(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(30, bench.dlq)
    faulty.proxy.on("ReceiveMessage", error("ExpiredToken", 403), times=None, skip=1)
    with pytest.raises(NotAllCopied, match="expired") as caught:
        run(bench, copy_first=True)
    assert isinstance(caught.value.__cause__, AwsError)
    assert bench.counts(bench.dlq) == (30, 0)
    copies = bench.workbench.journal.moves.copies(caught.value.copy_id)
    assert len(list(copies)) == caught.value.copied


def test_a_purge_that_another_made_first_is_told_and_gives_back(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(4, bench.dlq)
    bench.peek(bench.dlq, hold=True)
    faulty.proxy.on("PurgeQueue", error("AWS.SimpleQueueService.PurgeQueueInProgress", 403))
    with pytest.raises(AwsError):
        run(bench)
    assert bench.counts(bench.dlq) == (4, 0)
    (operation,) = bench.workbench.journal.log.operations(10, kind="purge")
    assert operation.state == "failed"


def test_a_login_page_is_no_purge(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(2, bench.dlq)
    faulty.proxy.on("PurgeQueue", login_page())
    with pytest.raises(AwsError, match="does not speak as AWS does"):
        run(bench)
    (operation,) = bench.workbench.journal.log.operations(10, kind="purge")
    (entry,) = bench.workbench.journal.entries(operation.id)
    assert (operation.state, entry.outcome) == ("failed", "unknown")


def test_read_only_purges_nothing(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    bench = bench_on(installation, mode=Mode(read_only=True))
    bench.send(1, bench.dlq)
    with pytest.raises(Refused):
        run(bench)
    assert bench.counts(bench.dlq) == (1, 0)
