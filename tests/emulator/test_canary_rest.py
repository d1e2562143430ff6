"""The rest after the canaries: one redrive, in which every message is counted once."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

from console.errors import AwsError
from console.models.moving import MoveOptions, MoveReport
from console.models.selection import Filter
from console.operations import taking
from console.operations.redrive import Proceed, redrive
from tests.emulator.conftest import Bench
from tests.emulator.test_redrive import drain
from tests.faults.conftest import Faulty, faulty, proxy
from tests.faults.proxy import Body, Fault, refuse_entries

__all__ = ["faulty", "proxy"]


def refuse() -> Fault:
    """Every entry of a batch is refused, for the sender's fault, and none is carried out."""

    def refused(request: Body, _: Body) -> Body:
        why = {"Code": "Refused", "Message": "by the proxy", "SenderFault": True}
        return {"Successful": [], "Failed": [{"Id": e["Id"], **why} for e in request["Entries"]]}

    return Fault("edit", False, edit=refused)


def doubt_one(faulty: Faulty) -> None:
    """The first canary may have been sent: AWS fails after storing it, and then refuses it."""
    fault = refuse_entries(0, sender_fault=False, code="InternalError")
    faulty.proxy.on("SendMessageBatch", fault)
    faulty.proxy.on("SendMessageBatch", refuse())


def move(bench: Bench, canary: int, proceed: Proceed = lambda *_: True, **more: Any) -> MoveReport:
    return redrive(
        bench.workbench, bench.dlq, MoveOptions(**more), cancel=threading.Event(), canary=canary,
        proceed=proceed,
    )  # fmt: skip


def test_canaries_that_were_chosen_by_id_are_not_looked_for_again(bench: Bench) -> None:
    bench.send(6, bench.dlq)
    _, seen = bench.peek(bench.dlq, limit=None)
    where = Filter(ids=frozenset(m.message_id for m in seen[:4]))
    report = move(bench, 2, where=where)
    assert (report.moved, report.skipped, report.reasons) == (4, 0, ())
    assert bench.counts(bench.dlq) == (2, 0)


def test_canaries_without_an_origin_are_skipped_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.operations.redrive._without_origin", lambda *_: None)
    bench.send(6, bench.dlq)
    report = move(bench, 2)
    assert (report.moved, report.skipped) == (0, 6)


def test_canaries_that_may_have_been_sent_are_one_message_still(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(6, bench.dlq)
    doubt_one(faulty)
    report = move(bench, 2)
    assert (report.moved, report.failed, report.remaining) == (6, 0, 0)
    found = Counter(m["Body"] for m in drain(bench, bench.queue.url))
    assert found.keys() == {f"message {i}" for i in range(6)}
    assert found.total() - 6 <= report.possibly_duplicated


def test_a_limit_counts_canaries_that_may_have_been_sent(faulty: Faulty) -> None:
    bench = faulty.bench
    bench.send(9, bench.dlq)
    doubt_one(faulty)
    report = move(bench, 2, limit=4)
    assert (report.moved + report.failed, report.remaining) == (4, 9 - report.moved)
    assert len({m["Body"] for m in drain(bench, bench.queue.url)}) == 4


def test_canaries_whose_delete_is_owed_are_not_sent_again(
    faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = faulty.bench
    bench.send(6, bench.dlq)
    faulty.proxy.on("DeleteMessageBatch", refuse())

    real = taking.settle_owed

    def proceed(report: MoveReport, _: object) -> bool:
        assert (report.moved, report.failed) == (0, 2)
        monkeypatch.setattr(taking, "settle_owed", real)
        return True

    # As where the pass that settles is cut short.
    monkeypatch.setattr(taking, "settle_owed", lambda *_: taking.Settled(True))
    report = move(bench, 2, proceed)
    assert (report.moved, report.failed, report.remaining) == (6, 0, 0)
    found = Counter(m["Body"] for m in drain(bench, bench.queue.url))
    assert found == Counter(f"message {i}" for i in range(6))


def test_canaries_that_cannot_be_watched_end_it_with_a_report(bench: Bench) -> None:
    bench.send(6, bench.dlq)

    def denied(*_: object) -> bool:
        raise AwsError("access-denied", "Access denied", "It may not be read.")

    report = move(bench, 2, denied)
    assert (report.moved, report.state, report.remaining) == (2, "failed", 4)
    assert "It may not be read" in " ".join(report.reasons)
    (operation,) = bench.workbench.journal.log.operations(9, kind="redrive")
    assert operation.state == "failed"
    assert not bench.workbench.journal.claims.alive(operation.id)
