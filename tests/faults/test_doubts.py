"""Deletes whose answers are lost: what may be hidden or gone is never called deleted, and can be
restored."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from console.models.moving import DeleteReport, MoveOptions
from console.models.selection import Filter
from console.operations.delete import delete
from console.operations.restore import plan_restore, restore
from console.operations.resume import resume
from tests.emulator.test_redrive import drain
from tests.faults.conftest import Faulty
from tests.faults.proxy import Fault, error, refuse_entries, reset

COUNT = 5
EVERY = Counter(f"message {i}" for i in range(COUNT))
_TRIES = 4
"""Deletes are tried so often."""


def filled(faulty: Faulty) -> frozenset[str]:
    """Ids of messages in the DLQ."""
    dlq, sqs = faulty.bench.dlq, faulty.bench.sqs
    return frozenset(
        sqs.send_message(QueueUrl=dlq.url, MessageBody=f"message {i}")["MessageId"]
        for i in range(COUNT)
    )


def take(faulty: Faulty, ids: frozenset[str]) -> DeleteReport:
    options = MoveOptions(where=Filter(ids=ids))
    return delete(faulty.bench.workbench, faulty.bench.dlq, options, cancel=threading.Event())


def test_what_could_not_be_deleted_is_received_again_and_deleted(faulty: Faulty) -> None:
    ids = filled(faulty)
    faulty.proxy.on("DeleteMessageBatch", error("InternalFailure", 500), times=_TRIES)
    report = take(faulty, ids)
    assert (report.deleted, report.not_found, report.failed, report.state) == (COUNT, 0, 0, "done")
    assert faulty.bench.counts(faulty.bench.dlq) == (0, 0)


def test_what_a_refused_delete_hides_is_not_called_deleted(faulty: Faulty) -> None:
    ids = filled(faulty)
    refuse = refuse_entries(0, 1, sender_fault=True)
    faulty.proxy.on("DeleteMessageBatch", refuse, times=1)
    report = take(faulty, ids)
    assert (report.deleted, report.failed) == (COUNT - 2, 2)


@pytest.mark.parametrize(
    "fault", [reset(), reset(carried_out=False)], ids=["carried out", "not carried out"]
)
def test_what_nobody_knows_to_be_deleted_can_be_restored_and_resumed(
    faulty: Faulty, fault: Fault
) -> None:
    ids = filled(faulty)
    faulty.proxy.on("DeleteMessageBatch", fault, times=None)
    report = take(faulty, ids)
    bench = faulty.bench
    faulty.proxy.mend()
    if fault.carried_out:
        # It looked for them again, and the queue does not have them.
        assert (report.deleted, report.state) == (COUNT, "done")
    else:
        assert (report.deleted, report.failed, report.state) == (0, COUNT, "failed")
    plan = plan_restore(bench.workbench, report.operation_id)
    assert len(plan.doubted) == len(plan.entries) == COUNT
    back = restore(bench.workbench, report.operation_id, cancel=threading.Event())
    assert (back.restored, back.possibly_duplicated) == (COUNT, COUNT)
    if not fault.carried_out:
        again = resume(bench.workbench, report.operation_id, cancel=threading.Event())
        assert isinstance(again, DeleteReport)
        assert (again.deleted, again.state) == (COUNT, "done")
    assert Counter(m["Body"] for m in drain(bench, bench.dlq.url)) == EVERY
