"""Killed at any moment, an operation is finished by a resume: nothing lost, doubts counted."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from console.errors import UsageError
from console.models.moving import DeleteReport, MoveOptions, MoveProgress, MoveReport
from console.models.selection import Filter
from console.operations.delete import delete
from console.operations.redrive import redrive
from console.operations.restore import restore
from console.operations.resume import resume, unfinished
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.emulator.test_redrive import ATTRIBUTES, drain

COUNT = 40
POINTS = [
    (point, when, count)
    for point, counts in (
        ("receive", (2,)),
        ("intend", (1,)),
        ("send", (1, 3)),
        ("record", (1, 5)),
        ("delete", (1, 3)),
    )
    for when in ("before", "after")
    for count in counts
]


def die(bench: Bench, operation: str, point: str, when: str, count: int) -> None:
    """Run an operation in a process that is killed."""
    installation = bench.installation
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.emulator.dies",
            str(bench.workbench.journal.path),
            installation.queue,
            installation.region,
            installation.endpoint_url,
            operation,
            point,
            when,
            str(count),
        ],
        env=os.environ.copy(),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    assert process.returncode == -9, process.stderr.decode()


def bodies(bench: Bench) -> Counter[str]:
    """Every body in the target and in the source, visible or not yet."""
    return Counter(m["Body"] for m in drain(bench, bench.queue.url)) + Counter(
        m["Body"] for m in drain(bench, bench.dlq.url)
    )


@pytest.fixture(autouse=True)
def _short_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a killed receive without an answer may hide is hidden for 2 s, as `dies` receives."""
    monkeypatch.setattr("console.operations.resume.LONG_LEASE_SECONDS", 2)
    monkeypatch.setattr("console.operations.resume.lease_seconds", lambda _: 2)


def go_on(bench: Bench, operation: str, **options: bool) -> MoveReport:
    report = resume(bench.workbench, operation, cancel=threading.Event(), **options)
    assert isinstance(report, MoveReport)
    return report


@pytest.mark.parametrize(("point", "when", "count"), POINTS)
def test_a_killed_redrive_is_finished_without_loss(
    bench: Bench, point: str, when: str, count: int
) -> None:
    bench.send(COUNT, bench.dlq, MessageAttributes=ATTRIBUTES)
    die(bench, "redrive", point, when, count)
    (left,) = unfinished(bench.workbench)
    assert left.killed
    report = go_on(bench, left.operation.id)
    assert (report.failed, report.state, report.remaining) == (0, "done", 0), report
    assert report.moved == COUNT
    arrived = drain(bench, bench.queue.url)
    found = Counter(m["Body"] for m in arrived)
    assert found.keys() == {f"message {i}" for i in range(COUNT)}
    assert found.total() - COUNT <= report.possibly_duplicated
    assert all(m["MessageAttributes"] == ATTRIBUTES for m in arrived)
    assert unfinished(bench.workbench) == ()


@pytest.mark.parametrize("when", ["before", "after"])
def test_nothing_is_doubted_that_was_recorded(bench: Bench, when: str) -> None:
    bench.send(COUNT, bench.dlq)
    die(bench, "redrive", "delete", when, 1)
    (left,) = unfinished(bench.workbench)
    report = go_on(bench, left.operation.id)
    doubted = report.possibly_duplicated
    found = Counter(m["Body"] for m in drain(bench, bench.queue.url))
    assert found.total() - COUNT <= doubted <= COUNT


@pytest.mark.parametrize(("point", "when"), [("delete", "before"), ("delete", "after")])
def test_a_killed_delete_is_finished_and_can_be_restored(
    bench: Bench, point: str, when: str
) -> None:
    bench.send(COUNT, bench.dlq, MessageAttributes=ATTRIBUTES)
    die(bench, "delete", point, when, 2)
    (left,) = unfinished(bench.workbench)
    resume(bench.workbench, left.operation.id, cancel=threading.Event())
    assert bench.counts(bench.dlq) == (0, 0)
    report = restore(bench.workbench, left.operation.id, cancel=threading.Event())
    assert (report.restored, report.failed) == (COUNT, 0)
    back = drain(bench, bench.dlq.url)
    assert Counter(m["Body"] for m in back) == Counter(f"message {i}" for i in range(COUNT))
    assert all(m["MessageAttributes"] == ATTRIBUTES for m in back)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_restore_is_finished(bench: Bench, when: str) -> None:
    bench.send(COUNT, bench.dlq)
    deleted = delete(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())
    die(bench, f"restore:{deleted.operation_id}", "send", when, 2)
    (left,) = unfinished(bench.workbench)
    report = resume(bench.workbench, left.operation.id, cancel=threading.Event())
    assert isinstance(report.possibly_duplicated, int)  # pyright: ignore
    found = Counter(m["Body"] for m in drain(bench, bench.dlq.url))
    assert found.keys() == {f"message {i}" for i in range(COUNT)}
    assert found.total() - COUNT <= report.possibly_duplicated  # pyright: ignore


def test_a_restore_brings_back_what_was_deleted_once(bench: Bench) -> None:
    bench.send(15, bench.dlq, MessageAttributes=ATTRIBUTES)
    deleted = delete(
        bench.workbench,
        bench.dlq,
        MoveOptions(where=Filter(match="message 1")),
        cancel=threading.Event(),
    )
    assert (deleted.deleted, deleted.not_found, deleted.failed) == (6, 0, 0)
    assert bench.counts(bench.dlq) == (9, 0)
    report = restore(bench.workbench, deleted.operation_id, cancel=threading.Event())
    assert report.restored == 6
    assert bodies(bench) == Counter(f"message {i}" for i in range(15))
    with pytest.raises(UsageError, match="has been restored"):
        restore(bench.workbench, deleted.operation_id, cancel=threading.Event())


def test_without_bodies_there_is_nothing_to_restore(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    bench = bench_on(installation, bodies=False)
    bench.send(2, bench.dlq)
    deleted = delete(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())
    assert deleted.deleted == 2
    with pytest.raises(UsageError, match="kept no bodies"):
        restore(bench.workbench, deleted.operation_id, cancel=threading.Event())


def test_an_operation_at_work_is_not_resumed_by_another_console(
    bench: Bench, bench_on: Callable[..., Bench]
) -> None:
    operation = bench.workbench.begin("redrive", bench.dlq, "move", MoveOptions().stored())
    other = bench_on(bench.installation)
    assert unfinished(other.workbench) == ()
    with pytest.raises(UsageError, match="Another console"):
        resume(other.workbench, operation, cancel=threading.Event())


def test_a_cancelled_redrive_owes_nothing_and_resumes_on_request(bench: Bench) -> None:
    bench.send(60, bench.dlq)
    cancel = threading.Event()
    report = redrive(
        bench.workbench,
        bench.dlq,
        MoveOptions(rate=20),
        cancel=cancel,
        on_progress=lambda p: cancel.set() if p.moved else None,
    )
    assert report.state == "interrupted"
    assert 0 < report.moved < 60
    assert bench.counts(bench.dlq) == (60 - report.moved, 0)
    assert unfinished(bench.workbench) == ()
    assert go_on(bench, report.operation_id).moved == 60
    assert bodies(bench) == Counter(f"message {i}" for i in range(60))


def test_a_done_operation_is_not_resumed(bench: Bench) -> None:
    report = redrive(bench.workbench, bench.dlq, MoveOptions(), cancel=threading.Event())
    with pytest.raises(UsageError, match="has ended"):
        resume(bench.workbench, report.operation_id, cancel=threading.Event())


@pytest.mark.parametrize("kind", ["redrive", "delete"])
def test_what_was_not_looked_for_is_not_called_gone_and_nothing_is_counted_twice(
    bench: Bench, kind: str
) -> None:
    count = 400
    sent = [
        bench.sqs.send_message(QueueUrl=bench.dlq.url, MessageBody=f"message {i}")["MessageId"]
        for i in range(count)
    ]
    options = MoveOptions(where=Filter(ids=frozenset(sent)))
    cancel = threading.Event()

    def stop(progress: MoveProgress) -> None:
        if progress.moved:
            cancel.set()

    act = redrive if kind == "redrive" else delete
    stopped = act(bench.workbench, bench.dlq, options, cancel=cancel, on_progress=stop)
    begun = stopped.moved if isinstance(stopped, MoveReport) else stopped.deleted
    gone = stopped.skipped if isinstance(stopped, MoveReport) else stopped.not_found
    assert (stopped.state, gone) == ("interrupted", 0)
    assert 0 < begun < count
    assert any("not reached" in reason for reason in stopped.reasons)
    assert not any("not found" in reason for reason in stopped.reasons)
    report = resume(bench.workbench, stopped.operation_id, cancel=threading.Event())
    if isinstance(report, MoveReport):
        assert (report.moved, report.skipped, report.failed) == (count, 0, 0)
    else:
        assert isinstance(report, DeleteReport)
        assert (report.deleted, report.not_found, report.failed) == (count, 0, 0)
    assert report.reasons == ()
