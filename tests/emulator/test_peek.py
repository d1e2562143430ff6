"""Peek over real SQS calls: it loses nothing, spends no last attempt, and gives everything back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from console.errors import AwsError, JournalError, Refused, UsageError
from console.models.message import Message
from console.models.peek import PeekOptions
from console.models.pipeline import Mode, QueueRef
from console.operations.budget import plan_peek
from console.operations.passing import LIVE_SECONDS
from console.operations.peek import peek
from console.operations.receiving import POLL_SECONDS
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.fakes import AheadClock


def test_a_pass_sees_every_message_once_and_gives_all_back(bench: Bench) -> None:
    bench.send(120, bench.dlq)
    summary, seen = bench.peek(bench.dlq, limit=None)
    assert sorted(m.body for m in seen) == sorted(f"message {i}" for i in range(120))
    assert (summary.received, summary.released, summary.held) == (120, 120, 0)
    assert summary.partial is None
    assert bench.counts(bench.dlq) == (120, 0)


def test_a_limit_is_never_exceeded(bench: Bench) -> None:
    bench.send(25)
    summary, seen = bench.peek(limit=5)
    assert len(seen) == summary.received == 5
    assert bench.counts() == (25, 0)


def test_an_empty_queue_ends_after_two_polls_with_nothing(bench: Bench) -> None:
    summary, seen = bench.peek()
    assert seen == []
    assert summary.partial is None
    assert (summary.received, summary.withheld) == (0, 0)


def test_five_passes_at_three_attempts_leave_the_consumer_its_attempt(bench: Bench) -> None:
    bench.send(12)
    summaries = [bench.peek(limit=None)[0] for _ in range(5)]
    assert [s.received for s in summaries] == [12, 12, 0, 0, 0]
    assert [s.withheld for s in summaries] == [0, 0, 12, 12, 12]
    assert bench.counts() == (12, 0)
    assert bench.counts(bench.dlq) == (0, 0)
    received = bench.sqs.receive_message(QueueUrl=bench.queue.url, MaxNumberOfMessages=10)
    assert len(received["Messages"]) == 10


def test_another_process_remembers_through_the_journal(
    bench: Bench, bench_on: Callable[..., Bench]
) -> None:
    bench.send(3)
    bench.peek(limit=None)
    bench.peek(limit=None)
    other = bench_on(bench.installation)
    summary, seen = other.peek(limit=None)
    assert (summary.received, summary.withheld, seen) == (0, 3, [])
    assert "--spend-last-attempt" in (summary.partial or "")


def test_one_attempt_is_never_spent_unasked(
    install: Callable[..., Installation], bench_on: Callable[..., Bench]
) -> None:
    bench = bench_on(install(max_receive_count=1))
    bench.send(2)
    summary, _ = bench.peek()
    assert (summary.received, summary.withheld) == (0, 2)
    received = bench.sqs.receive_message(QueueUrl=bench.queue.url, MaxNumberOfMessages=10)
    assert len(received["Messages"]) == 2


def test_told_to_it_spends_the_last_attempt_and_keeps_the_message_held(
    install: Callable[..., Installation], bench_on: Callable[..., Bench]
) -> None:
    bench = bench_on(install(max_receive_count=1))
    bench.send(2)
    summary, seen = bench.peek(spend_last_attempt=True)
    assert [m.receives_left for m in seen] == [0, 0]
    assert (summary.received, summary.released, summary.held) == (2, 0, 2)
    assert summary.reappear_at is not None
    assert bench.counts() == (0, 2)


def test_a_last_attempt_nobody_knew_of_stops_the_pass_and_stays_held(bench: Bench) -> None:
    bench.send(1)
    for _ in range(2):
        raw = bench.sqs.receive_message(QueueUrl=bench.queue.url)["Messages"][0]
        bench.sqs.change_message_visibility(
            QueueUrl=bench.queue.url, ReceiptHandle=raw["ReceiptHandle"], VisibilityTimeout=0
        )
    bench.send(30)
    summary, _ = bench.peek(limit=None)
    assert summary.warning is not None
    assert summary.held == 1
    assert summary.received < 31
    assert summary.released == summary.received - 1
    assert summary.withheld == 31 - summary.received
    assert bench.counts() == (30, 1)
    assert bench.counts(bench.dlq) == (0, 0)


def test_held_messages_stay_hidden_until_they_are_released(bench: Bench) -> None:
    bench.send(15, bench.dlq)
    summary, _ = bench.peek(bench.dlq, limit=None, hold=True)
    assert (summary.held, summary.released) == (15, 0)
    assert bench.counts(bench.dlq) == (0, 15)
    result = bench.workbench.close()
    assert len(result.released) == 15
    assert bench.counts(bench.dlq) == (15, 0)


def test_a_cancelled_pass_gives_back_what_it_has(bench: Bench) -> None:
    bench.send(300, bench.dlq)
    cancel = threading.Event()
    seen: list[Message] = []

    def stop_soon(message: Message) -> None:
        seen.append(message)
        cancel.set()

    summary = peek(
        bench.workbench, bench.dlq, PeekOptions(limit=None), cancel=cancel, on_message=stop_soon
    )
    assert 0 < summary.received < 300
    assert summary.partial is not None
    assert bench.counts(bench.dlq) == (300, 0)
    assert bench.workbench.journal.operations()[0].state == "interrupted"


def test_a_front_end_that_fails_still_gives_messages_back(bench: Bench) -> None:
    bench.send(10, bench.dlq)

    def broken_pipe(message: Message) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        peek(
            bench.workbench,
            bench.dlq,
            PeekOptions(),
            cancel=threading.Event(),
            on_message=broken_pipe,
        )
    assert bench.counts(bench.dlq) == (10, 0)


def test_a_match_looks_through_key_body_and_every_kind_of_attribute(bench: Bench) -> None:
    bench.send(3, bench.dlq)
    attributes = {
        "tenant": {"DataType": "String.code", "StringValue": "acme"},
        "blob": {"DataType": "Binary.png", "BinaryValue": b"\x89PNG\xff"},
    }
    bench.sqs.send_message(
        QueueUrl=bench.dlq.url, MessageBody="odd one", MessageAttributes=attributes
    )
    for pattern in ("^odd", "acm.", "PNG", "blob"):
        summary, seen = bench.peek(bench.dlq, limit=None, match=pattern)
        assert [m.body for m in seen] == ["odd one"], pattern
        assert (summary.received, summary.matched) == (4, 1)
    assert seen[0].attributes["blob"].value == b"\x89PNG\xff"
    assert seen[0].attributes["tenant"].type == "String.code"


def test_a_bad_pattern_is_a_usage_error_before_anything_is_received(bench: Bench) -> None:
    bench.send(1)
    with pytest.raises(UsageError):
        bench.peek(match="(")
    assert bench.peek()[1][0].receive_count == 1


def test_a_deep_queue_with_consumers_is_left_before_five_seconds_as_partial(
    installation: Installation, bench_on: Callable[..., Bench]
) -> None:
    clock = AheadClock()
    bench = bench_on(installation, clock=clock)
    bench.send(60)

    def slow_screen(message: Message) -> None:
        clock.advance(0.15)

    summary = peek(
        bench.workbench,
        bench.queue,
        PeekOptions(limit=None),
        cancel=threading.Event(),
        on_message=slow_screen,
    )
    assert 0 < summary.received < 60
    assert summary.partial is not None
    assert "live consumers" in summary.partial
    assert bench.counts() == (60, 0)


def test_read_only_refuses_before_anything_is_received(
    installation: Installation, bench_on: Callable[..., Bench]
) -> None:
    bench = bench_on(installation, Mode(read_only=True))
    bench.send(1)
    with pytest.raises(Refused) as caught:
        bench.peek()
    assert "--allow-peek" in caught.value.remedy
    allowed = bench_on(installation, Mode(read_only=True, allow_peek=True))
    assert allowed.peek()[1][0].receive_count == 1


def test_a_journal_that_cannot_be_written_stops_it_before_the_first_receive(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(1)

    def full_disk(*_: Any, **__: Any) -> None:
        raise JournalError("Journal unusable", "The disk is full.")

    monkeypatch.setattr(bench.workbench.journal.log, "intend", full_disk)
    with pytest.raises(JournalError):
        bench.peek()
    monkeypatch.undo()
    attributes = bench.sqs.receive_message(
        QueueUrl=bench.queue.url, AttributeNames=["ApproximateReceiveCount"]
    )["Messages"][0]["Attributes"]
    assert attributes["ApproximateReceiveCount"] == "1"


def test_a_queue_that_vanishes_is_told_and_journaled(bench: Bench) -> None:
    bench.sqs.delete_queue(QueueUrl=bench.queue.url)
    with pytest.raises(AwsError) as caught:
        bench.peek()
    assert caught.value.kind == "no-such-queue"


def test_the_plan_says_what_a_peek_costs(bench: Bench) -> None:
    bench.send(2)
    plan = plan_peek(bench.workbench, bench.queue, PeekOptions())
    assert "1 of 3 attempts" in plan.cost
    assert (plan.visible, plan.live, plan.refusal) == (2, True, None)
    dlq = plan_peek(bench.workbench, bench.dlq, PeekOptions())
    assert (dlq.live, dlq.max_receive_count) == (False, None)


def test_a_dlq_that_somebody_reads_counts_as_live(bench: Bench) -> None:
    bench.send(3, bench.dlq)
    bench.sqs.receive_message(QueueUrl=bench.dlq.url)
    assert plan_peek(bench.workbench, bench.dlq, PeekOptions()).live


def test_a_real_consumer_beside_peeks_loses_nothing(bench: Bench) -> None:
    bench.send(30)
    processed: set[str] = set()
    done = threading.Event()

    def consume() -> None:
        while not done.is_set() and len(processed) < 30:
            answer = bench.sqs.receive_message(
                QueueUrl=bench.queue.url, MaxNumberOfMessages=5, WaitTimeSeconds=1
            )
            for raw in answer.get("Messages", []):
                processed.add(raw["Body"])
                bench.sqs.delete_message(
                    QueueUrl=bench.queue.url, ReceiptHandle=raw["ReceiptHandle"]
                )

    consumer = threading.Thread(target=consume)
    consumer.start()
    for _ in range(4):
        bench.peek(limit=None)
    consumer.join(30)
    done.set()
    assert processed == {f"message {i}" for i in range(30)}
    assert bench.counts(bench.dlq) == (0, 0)


def test_every_receive_and_release_is_in_the_journal(bench: Bench) -> None:
    bench.send(3)
    _, seen = bench.peek()
    (operation,) = bench.workbench.journal.operations()
    assert operation.state == "done"
    assert operation.queue_arn == bench.queue.arn
    assert operation.caller_arn.startswith("arn:aws:")
    entries = bench.workbench.journal.entries(operation.id)
    released = {e.subject for e in entries if e.action == "release" and e.outcome == "released"}
    assert released == {m.message_id for m in seen}
    assert all(e.outcome is not None for e in entries)


@pytest.mark.parametrize("which", ["queue", "dlq"])
def test_a_peek_that_is_killed_has_said_until_when_it_hides(bench: Bench, which: str) -> None:
    queue = bench.queue if which == "queue" else bench.dlq
    bench.send(3, queue)
    said: list[datetime | None] = []

    def as_if_killed(_: Message) -> None:
        said.append(bench.workbench.journal.operations()[0].hides_until)

    peek(bench.workbench, queue, PeekOptions(), cancel=threading.Event(), on_message=as_if_killed)
    seconds = 5 if which == "queue" else 30
    started = bench.workbench.journal.operations()[0].started_at
    assert said[0] is not None
    assert said[0] >= started + timedelta(seconds=seconds)


def test_a_receive_that_gets_no_answer_does_not_keep_a_cancelled_pass(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel, answer = threading.Event(), threading.Event()

    def hang(*_: Any, **__: Any) -> list[Message]:
        cancel.set()
        answer.wait(30)
        raise AssertionError("the pass waited for the answer")

    monkeypatch.setattr(bench.workbench.gateway.sqs, "receive", hang)
    summary, _ = bench.peek(cancel=cancel)
    hung = not answer.is_set()
    answer.set()
    assert hung
    assert summary.received == 0
    (operation,) = bench.workbench.journal.operations()
    assert operation.state == "interrupted"
    (entry,) = bench.workbench.journal.entries(operation.id)
    assert (entry.action, entry.outcome) == ("receive", None)


def test_a_group_of_a_fifo_queue_that_gives_no_more_is_told_as_partial(bench: Bench) -> None:
    url = bench.sqs.create_queue(
        QueueName=f"{bench.queue.name}.fifo",
        Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"},
    )["QueueUrl"]
    for number in range(15):
        bench.sqs.send_message(QueueUrl=url, MessageBody=str(number), MessageGroupId="one")
    fifo = QueueRef(f"{bench.queue.name}.fifo", url, f"{bench.queue.arn}.fifo")
    summary, seen = bench.peek(fifo, limit=None)
    assert 0 < len(seen) < 15
    assert summary.partial is not None
    assert "FIFO" in summary.partial


def test_a_reader_that_stands_still_costs_no_second_attempt(
    installation: Installation, bench_on: Callable[..., Bench]
) -> None:
    clock = AheadClock()
    bench = bench_on(installation, clock=clock)
    bench.send(30)
    cancel = threading.Event()

    def stands_still(message: Message) -> None:
        clock.advance(31)

    summary = peek(
        bench.workbench,
        bench.queue,
        PeekOptions(limit=None, hold=True),
        cancel=cancel,
        on_message=stands_still,
    )
    assert 0 < summary.received <= 10
    assert summary.partial is not None
    assert "leases ran out" in summary.partial
    assert (summary.released, summary.held) == (summary.received, 0)


def test_why_messages_could_not_be_released_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(2)

    def refuse(*_: Any) -> None:
        raise AwsError("access-denied", "t", "The caller may not sqs:ChangeMessageVisibility.")

    monkeypatch.setattr(bench.workbench.gateway.sqs, "change_visibility", refuse)
    summary, _ = bench.peek()
    assert summary.unreleased == 2
    assert "sqs:ChangeMessageVisibility" in (summary.warning or "")


def test_what_another_console_gives_back_meanwhile_keeps_its_last_attempt(
    bench: Bench, bench_on: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.send(3)
    bench.peek()
    held, _ = bench.peek(hold=True)
    assert held.held == 3
    other = bench_on(bench.installation)
    receive, given_back = other.workbench.gateway.sqs.receive, threading.Event()

    def give_back() -> None:
        bench.workbench.leases.release_all(3.0)
        given_back.set()

    giving = threading.Thread(target=give_back)

    def while_given_back(*arguments: Any, **named: Any) -> list[Message]:
        if giving.ident is None:
            giving.start()
            # Where it has to wait for this receive, that is how long it is waited for.
            given_back.wait(0.3)
        return receive(*arguments, **named)

    monkeypatch.setattr(other.workbench.gateway.sqs, "receive", while_given_back)
    summary, seen = other.peek()
    giving.join()
    assert seen == []
    assert (summary.received, summary.withheld) == (0, 3)
    assert bench.counts() == (3, 0)
    raw = bench.sqs.receive_message(QueueUrl=bench.queue.url, AttributeNames=["All"])
    assert raw["Messages"][0]["Attributes"]["ApproximateReceiveCount"] == "3"
    assert bench.counts(bench.dlq) == (0, 0)


def test_what_reappears_while_a_receive_waits_keeps_its_last_attempt(
    bench: Bench, bench_on: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = AheadClock()
    other = bench_on(bench.installation, clock=clock)
    bench.send(2)
    bench.peek()
    bench.peek(hold=True)
    # To this clock, what is hidden for 30 s by a dead console reappears within the next poll.
    clock.advance(29)

    def never(*_: Any, **__: Any) -> list[Message]:
        raise AssertionError("it received")

    monkeypatch.setattr(other.workbench.gateway.sqs, "receive", never)
    summary, _ = other.peek()
    assert (summary.received, summary.withheld) == (0, 2)


def test_what_a_receive_hides_is_told_to_its_end_though_the_journal_stalls(
    bench_on: Callable[..., Bench], installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = AheadClock()
    bench = bench_on(installation, clock=clock)
    bench.send(1)
    log, sqs = bench.workbench.journal.log, bench.workbench.gateway.sqs
    hides, receive = log.hides, sqs.receive
    stalls = iter([9.0])
    told: list[tuple[datetime, datetime]] = []

    def slow(operation_ids: Iterable[str], until: datetime) -> None:
        hides(operation_ids, until)
        clock.advance(next(stalls, 0.0))

    def received(queue: QueueRef, **how: Any) -> list[Message]:
        (operation,) = log.operations(1)
        assert operation.hides_until is not None
        told.append((operation.hides_until, clock.now()))
        return receive(queue, **how)

    monkeypatch.setattr(log, "hides", slow)
    monkeypatch.setattr(sqs, "receive", received)
    bench.peek(limit=1)
    (until, called) = told[0]
    assert until >= called + timedelta(seconds=LIVE_SECONDS + POLL_SECONDS)
