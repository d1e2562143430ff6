"""Selected redrive over real SQS calls: faithful, exact, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from console.errors import Refused, UsageError
from console.models.message import Message
from console.models.moving import Effect, MoveOptions, MoveReport
from console.models.pipeline import Mode
from console.models.selection import Filter
from console.operations.destinations import Destinations
from console.operations.pace import Pace
from console.operations.redrive import redrive
from console.operations.resume import resume
from console.operations.sending import Sent
from tests.conftest import Installation
from tests.emulator.conftest import Bench

ATTRIBUTES = {
    "tenant": {"DataType": "String.code", "StringValue": "acme"},
    "tries": {"DataType": "Number.int", "StringValue": "7"},
    "blob": {"DataType": "Binary.png", "BinaryValue": b"\x89PNG\xff\x00"},
}


def move(bench: Bench, **options: Any) -> MoveReport:
    where = {k: options.pop(k) for k in list(options) if k in Filter.__dataclass_fields__}
    return redrive(
        bench.workbench,
        bench.dlq,
        MoveOptions(where=Filter(**where), **options),
        cancel=threading.Event(),
    )


def drain(bench: Bench, url: str) -> list[dict[str, Any]]:
    """Every message of a queue, as a consumer with all attributes would get it."""
    found: list[dict[str, Any]] = []
    while True:
        answer = bench.sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=600,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        if not answer.get("Messages"):
            return found
        found += answer["Messages"]


def test_everything_goes_back_to_the_pipelines_queue(bench: Bench) -> None:
    bench.send(35, bench.dlq)
    report = move(bench)
    assert (report.moved, report.failed, report.skipped) == (35, 0, 0)
    assert (report.possibly_duplicated, report.remaining, report.state) == (0, 0, "done")
    assert bench.counts(bench.dlq) == (0, 0)
    bodies = sorted(m["Body"] for m in drain(bench, bench.queue.url))
    assert bodies == sorted(f"message {i}" for i in range(35))


def test_a_message_keeps_body_and_attributes_of_every_type(bench: Bench) -> None:
    bench.sqs.send_message(
        QueueUrl=bench.dlq.url,
        MessageBody="caf\u00e9 \U0001f3b5 \\x00",
        MessageAttributes=ATTRIBUTES,
    )
    assert move(bench).moved == 1
    (message,) = drain(bench, bench.queue.url)
    assert message["Body"] == "caf\u00e9 \U0001f3b5 \\x00"
    assert message["MessageAttributes"] == ATTRIBUTES


def test_only_what_matches_moves_and_the_rest_is_visible_again(bench: Bench) -> None:
    bench.send(30, bench.dlq)
    report = move(bench, match=r"message 1\d$")
    assert report.moved == 10
    assert bench.counts(bench.dlq) == (20, 0)
    assert bench.counts() == (10, 0)


def test_a_limit_is_exact(bench: Bench) -> None:
    bench.send(30, bench.dlq)
    assert move(bench, limit=5).moved == 5
    assert move(bench, limit=3, match="message").moved == 3
    assert bench.counts(bench.dlq) == (22, 0)
    assert bench.counts() == (8, 0)


def test_messages_are_chosen_by_id_and_a_missing_one_is_told(bench: Bench) -> None:
    bench.send(20, bench.dlq)
    _, seen = bench.peek(bench.dlq, limit=None)
    chosen = frozenset(m.message_id for m in seen[:3])
    report = move(bench, ids=chosen | {"no-such-message"})
    assert (report.moved, report.skipped) == (3, 1)
    assert "not found" in " ".join(report.reasons)
    assert bench.counts(bench.dlq) == (17, 0)


def test_messages_that_are_held_need_no_second_receive(bench: Bench) -> None:
    bench.send(12, bench.dlq)
    _, seen = bench.peek(bench.dlq, limit=None, hold=True)
    report = redrive(
        bench.workbench,
        bench.dlq,
        MoveOptions(where=Filter(ids=frozenset(m.message_id for m in seen[:4]))),
        cancel=threading.Event(),
        held=seen[:4],
    )
    assert report.moved == 4
    operation = bench.workbench.journal.operations()[0]
    assert "receive" not in {e.action for e in bench.workbench.journal.entries(operation.id)}
    assert bench.counts(bench.dlq) == (0, 8)


def test_the_journal_has_every_message_with_its_copy_and_new_id(bench: Bench) -> None:
    bench.send(12, bench.dlq)
    report = move(bench)
    journal = bench.workbench.journal
    entries = journal.moves.entries(report.operation_id, "redrive")
    assert {e.outcome for e in entries} == {"moved"}
    arrived = {m["MessageId"] for m in drain(bench, bench.queue.url)}
    assert {e.new_id for e in entries} == arrived
    copies = journal.moves.copies(report.operation_id)
    assert sorted(c.body for c in copies) == sorted(f"message {i}" for i in range(12))
    operation = journal.log.operation(report.operation_id)
    assert (operation.state, operation.summary["moved"]) == ("done", 12)


def test_read_only_moves_nothing(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    bench = bench_on(installation, Mode(read_only=True, allow_peek=True))
    bench.send(1, bench.dlq)
    with pytest.raises(Refused):
        move(bench)
    assert bench.counts(bench.dlq) == (1, 0)


def test_source_and_target_may_not_be_the_same(bench: Bench) -> None:
    with pytest.raises(UsageError):
        move(bench, to=bench.dlq)


def test_a_bad_pattern_is_told_before_anything_is_received(bench: Bench) -> None:
    with pytest.raises(UsageError):
        move(bench, match="(")
    assert bench.workbench.journal.operations() == ()


def test_a_batch_never_exceeds_what_sqs_takes(bench: Bench) -> None:
    for _ in range(6):
        bench.sqs.send_message(QueueUrl=bench.dlq.url, MessageBody="x" * 200_000)
    report = move(bench)
    assert (report.moved, report.failed) == (6, 0)
    assert bench.counts() == (6, 0)


def test_what_is_too_large_for_the_target_stays_and_says_why(bench: Bench) -> None:
    bench.sqs.set_queue_attributes(
        QueueUrl=bench.queue.url, Attributes={"MaximumMessageSize": "2048"}
    )
    bench.sqs.send_message(QueueUrl=bench.dlq.url, MessageBody="x" * 3000)
    bench.send(2, bench.dlq)
    report = move(bench)
    assert (report.moved, report.failed) == (2, 1)
    assert "3000 bytes" in " ".join(report.reasons)
    assert bench.counts(bench.dlq) == (1, 0)


def test_a_fifo_redrive_keeps_every_message_of_a_group(bench: Bench) -> None:
    urls = [
        bench.sqs.create_queue(
            QueueName=f"{bench.queue.name}-{name}.fifo",
            Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"},
        )["QueueUrl"]
        for name in ("from", "to")
    ]
    source, target = (bench.queue_at(url) for url in urls)
    for number in range(6):
        bench.sqs.send_message(
            QueueUrl=source.url,
            MessageBody="the same",
            MessageGroupId=f"group {number % 2}",
            MessageDeduplicationId=str(number),
        )
    report = redrive(bench.workbench, source, MoveOptions(to=target), cancel=threading.Event())
    assert report.moved == 6
    groups = [m["Attributes"]["MessageGroupId"] for m in drain(bench, target.url)]
    assert sorted(groups) == ["group 0"] * 3 + ["group 1"] * 3


def test_what_another_thread_received_again_in_a_stop_is_moved_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stood still past its leases, it finds them renewed by a thread that took them for known."""
    bench.send(6, bench.dlq)
    leases, gateway = bench.workbench.leases, bench.workbench.gateway
    wait, send, stops = Pace.wait, Destinations.send, iter([True])

    def stand_still(pace: Pace, count: int, cancel: threading.Event) -> bool:
        if next(stops, False):
            leases.release(bench.dlq, [lease.message_id for lease in leases.held(bench.dlq)])
        return wait(pace, count, cancel)

    def receive_beside(destinations: Destinations, messages: Sequence[Message]) -> Sent:
        if not messages:
            request = leases.request(30)
            found = gateway.sqs.receive(
                bench.dlq, limit=10, visibility=30, wait=0, max_receive_count=None
            )
            leases.hold(bench.dlq, found, request, destinations.operation)
        return send(destinations, messages)

    monkeypatch.setattr(Pace, "wait", stand_still)
    monkeypatch.setattr(Destinations, "send", receive_beside)
    report = move(bench)
    assert (report.moved, report.state, report.reasons) == (6, "done", ())
    assert bench.counts(bench.dlq) == (0, 0)


def test_what_was_begun_and_left_is_told_and_resumed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(6, bench.dlq)
    send = Destinations.send

    def stop_at_it(_: Destinations, messages: Sequence[Message]) -> Sent:
        return Sent({m.message_id: Effect("left") for m in messages})

    monkeypatch.setattr(Destinations, "send", stop_at_it)
    report = move(bench)
    assert (report.moved, report.state) == (0, "interrupted")
    assert "6 messages: not dealt with, still in the queue" in report.reasons
    monkeypatch.setattr(Destinations, "send", send)
    again = resume(bench.workbench, report.operation_id, cancel=threading.Event())
    assert isinstance(again, MoveReport)
    assert (again.moved, again.state, again.reasons) == (6, "done", ())
