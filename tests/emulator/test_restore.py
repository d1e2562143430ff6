"""Restore: what was deleted comes back once, whoever asks, and what was lost for good is said."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from console.errors import AwsError, UsageError
from console.models.moving import MoveOptions, MoveProgress
from console.operations.delete import delete
from console.operations.purge import NotAllCopied, purge
from console.operations.restore import restore
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.fakes import HastyClock
from tests.faults.conftest import Faulty, faulty, proxy
from tests.faults.proxy import error, reset

__all__ = ["faulty", "proxy"]


@pytest.fixture
def deleted(bench: Bench) -> str:
    """The operation that deleted five messages of the DLQ."""
    bench.send(5, bench.dlq)
    report = delete(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())
    assert report.deleted == 5
    return report.operation_id


def test_what_another_console_restores_is_not_restored_beside_it(
    bench: Bench, deleted: str
) -> None:
    assert bench.workbench.journal.claims.take(deleted)
    with pytest.raises(UsageError, match="is working on"):
        restore(bench.workbench, deleted, cancel=threading.Event())
    assert bench.counts(bench.dlq) == (0, 0)
    bench.workbench.journal.claims.drop(deleted)
    assert restore(bench.workbench, deleted, cancel=threading.Event()).restored == 5
    with pytest.raises(UsageError, match="has been restored"):
        restore(bench.workbench, deleted, cancel=threading.Event())
    assert bench.counts(bench.dlq) == (5, 0)


def test_a_purge_is_restored_from_its_copies_when_it_is_over(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    clock, told = HastyClock(), list[MoveProgress]()
    bench = bench_on(installation, clock=clock)
    bench.send(4, bench.dlq)
    purged = purge(bench.workbench, bench.dlq, cancel=threading.Event(), copy_first=True)
    cancel = threading.Event()
    report = restore(bench.workbench, purged.operation_id, cancel=cancel, on_progress=told.append)
    assert report.restored == 4
    assert 55 < clock.ahead <= 60
    assert "its purge destroys: waiting." in (told[0].note or "")
    assert bench.counts(bench.dlq) == (4, 0)


def test_a_purge_without_copies_is_said_to_be_for_good(bench: Bench) -> None:
    bench.send(4, bench.dlq)
    purged = purge(bench.workbench, bench.dlq, cancel=threading.Event())
    with pytest.raises(UsageError, match="without copies"):
        restore(bench.workbench, purged.operation_id, cancel=threading.Event())


def test_a_purge_that_failed_destroyed_nothing_to_restore(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(4, bench.dlq)
    faulty.proxy.on("PurgeQueue", error("AWS.SimpleQueueService.PurgeQueueInProgress", 403))
    with pytest.raises(AwsError):
        purge(bench.workbench, bench.dlq, cancel=threading.Event(), copy_first=True)
    log = bench.workbench.journal.log
    (failed,) = log.operations(9, kind="purge")
    (copied,) = log.operations(9, kind="copy")
    for operation in (failed, copied):
        with pytest.raises(UsageError, match="left in its queue"):
            restore(bench.workbench, operation.id, cancel=threading.Event())
    assert bench.counts(bench.dlq) == (4, 0)


def test_copies_that_no_purge_followed_are_not_sent_beside_their_messages(bench: Bench) -> None:
    bench.send(4, bench.dlq)
    cancel = threading.Event()
    with pytest.raises(NotAllCopied, match="4 messages are copied"):
        purge(bench.workbench, bench.dlq, cancel=cancel, copy_first=True,
              on_progress=lambda _: cancel.set())  # fmt: skip
    (copied,) = bench.workbench.journal.log.operations(9, kind="copy")
    with pytest.raises(UsageError, match="left in its queue"):
        restore(bench.workbench, copied.id, cancel=threading.Event())
    assert bench.counts(bench.dlq) == (4, 0)


def test_a_purge_that_was_killed_in_its_call_may_be_restored(bench: Bench) -> None:
    bench.send(4, bench.dlq)
    purged = purge(bench.workbench, bench.dlq, cancel=threading.Event(), copy_first=True)
    bench.workbench.journal.log.reopen(purged.operation_id)
    report = restore(bench.workbench, purged.operation_id, cancel=threading.Event())
    assert report.restored == 4


def test_a_purge_whose_answer_was_lost_may_be_restored(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(4, bench.dlq)
    faulty.proxy.on("PurgeQueue", reset())
    with pytest.raises(AwsError):
        purge(bench.workbench, bench.dlq, cancel=threading.Event(), copy_first=True)
    assert (bench.counts(bench.dlq), faulty.proxy.requests["PurgeQueue"]) == ((0, 0), 1)
    (failed,) = bench.workbench.journal.log.operations(9, kind="purge")
    report = restore(bench.workbench, failed.id, cancel=threading.Event())
    assert (report.restored, report.possibly_duplicated) == (4, 4)
