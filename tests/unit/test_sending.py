"""Sending again: all a message carries, batches that fit, every answer read, doubts kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.aws.sqs import _entry
from console.errors import AwsError
from console.models.message import EntryFailure, MessageAttribute
from console.models.outgoing import Outgoing, SendAnswer
from console.operations.sending import MOST_BYTES, Sender, batches, outgoing
from tests.fakes import QUEUE, FakeClock, message


def mail(*ids: str, body: str = "b") -> list[Outgoing]:
    return [Outgoing(i, body, {}) for i in ids]


def lost() -> AwsError:
    return AwsError("unreachable", "t", "no answer", maybe_done=True)


Answer = Callable[[Sequence[Outgoing]], SendAnswer]


def accept(batch: Sequence[Outgoing]) -> SendAnswer:
    return SendAnswer({m.message_id: f"new-{m.message_id}" for m in batch}, [])


def fail(*ids: str, sender_fault: bool, code: str = "Code") -> Answer:
    """Accept all but some entries."""

    def answer(batch: Sequence[Outgoing]) -> SendAnswer:
        failed = [EntryFailure(i, code, "reason", sender_fault) for i in ids]
        return SendAnswer({m.message_id: "new" for m in batch if m.message_id not in ids}, failed)

    return answer


@dataclass
class Script:
    """An SQS that answers sends as told, in order, and then accepts all."""

    answers: list[Answer | AwsError]
    calls: list[list[str]] = field(default_factory=list[list[str]])

    def send(self, queue: object, batch: Sequence[Outgoing]) -> SendAnswer:
        self.calls.append([m.message_id for m in batch])
        answer = self.answers.pop(0) if self.answers else accept
        if isinstance(answer, AwsError):
            raise answer
        return answer(batch)


def sender(*answers: Answer | AwsError, cancel: bool = False) -> tuple[Sender, Script]:
    script, stop = Script(list(answers)), threading.Event()
    if cancel:
        stop.set()

    class Bench:
        clock = FakeClock()

        class gateway:
            sqs = script

    return Sender(cast(Any, Bench()), QUEUE, MOST_BYTES, stop), script


def test_an_entry_that_is_the_senders_fault_is_not_tried_again() -> None:
    one, script = sender(fail("b", sender_fault=True))
    sent = one.send(mail("a", "b"))
    assert sent.effects["a"].fate == "through"
    assert (sent.effects["b"].fate, sent.effects["b"].reason) == ("failed", "reason")
    assert script.calls == [["a", "b"]]


def test_an_entry_that_is_awss_fault_is_tried_again_alone_and_may_be_twice() -> None:
    one, script = sender(fail("b", sender_fault=False))
    sent = one.send(mail("a", "b"))
    assert script.calls == [["a", "b"], ["b"]]
    assert (sent.effects["a"].twice, sent.effects["b"].twice) == (0, 1)
    assert sent.effects["b"].new_id == "new-b"


def test_a_lost_answer_is_tried_again_and_counted() -> None:
    one, script = sender(lost())
    sent = one.send(mail("a", "b"))
    assert len(script.calls) == 2
    assert all(e.fate == "through" and e.twice == 1 for e in sent.effects.values())


def test_throttling_is_waited_out_and_doubts_nothing() -> None:
    one, script = sender(AwsError("throttled", "t", "s"), AwsError("throttled", "t", "s"))
    sent = one.send(mail("a"))
    assert len(script.calls) == 3
    assert (sent.effects["a"].fate, sent.effects["a"].twice) == ("through", 0)


def test_an_answer_that_never_comes_leaves_an_unknown_fate_and_ends_it_all() -> None:
    one, _ = sender(*[lost() for _ in range(20)])
    sent = one.send(mail("a"))
    assert (sent.effects["a"].fate, sent.effects["a"].twice) == ("unknown", 3)
    assert sent.fatal is not None


def test_a_missing_permission_sends_nothing_more() -> None:
    one, script = sender(AwsError("access-denied", "t", "s"))
    sent = one.send(mail(*[str(i) for i in range(15)]))
    assert len(script.calls) == 1
    assert {e.fate for e in sent.effects.values()} == {"left"}
    assert sent.fatal is not None


def test_one_bad_entry_does_not_keep_the_others_of_its_batch() -> None:
    def refuse(batch: Sequence[Outgoing]) -> SendAnswer:
        if any(m.message_id == "bad" for m in batch):
            raise AwsError("invalid", "t", "refused")
        return accept(batch)

    one, _ = sender(*[refuse for _ in range(20)])
    sent = one.send(mail("a", "b", "bad", "c"))
    assert {i: e.fate for i, e in sent.effects.items()} == {
        "a": "through",
        "b": "through",
        "bad": "failed",
        "c": "through",
    }


def invalid() -> AwsError:
    return AwsError("invalid", "t", "refused")


def test_a_refusal_after_a_lost_answer_leaves_the_doubt() -> None:
    one, _ = sender(lost(), invalid())
    effect = one.send(mail("a")).effects["a"]
    assert (effect.fate, effect.reason, effect.twice) == ("unknown", "refused", 1)


def test_halves_that_are_not_tried_any_more_keep_their_doubts() -> None:
    one, _ = sender(lost(), invalid(), AwsError("access-denied", "t", "s"))
    sent = one.send(mail("a", "b"))
    assert {i: (e.fate, e.twice) for i, e in sent.effects.items()} == {
        "a": ("unknown", 1),
        "b": ("unknown", 1),
    }


def test_a_fifo_batch_has_each_group_once_so_that_a_second_try_keeps_the_order() -> None:
    one, script = sender(fail("a1", sender_fault=False))
    named = [("a1", "a"), ("b1", "b"), ("a2", "a"), ("b2", "b")]
    one.send([Outgoing(i, "b", {}, group_id=g, deduplication_id=i) for i, g in named])
    assert script.calls == [["a1", "b1"], ["a1"], ["a2", "b2"]]


def test_an_entry_without_any_answer_is_in_doubt() -> None:
    one, _ = sender(lambda batch: SendAnswer({"a": "new"}, []))
    sent = one.send(mail("a", "b"))
    assert (sent.effects["b"].fate, sent.effects["b"].twice) == ("through", 1)


def test_a_cancel_ends_the_tries() -> None:
    one, script = sender(AwsError("throttled", "t", "s"), cancel=True)
    sent = one.send(mail("a"))
    assert len(script.calls) == 1
    assert (sent.effects["a"].fate, sent.fatal) == ("left", None)


@given(st.lists(st.integers(1, MOST_BYTES), max_size=40))
def test_batches_keep_the_order_and_the_limits(sizes: list[int]) -> None:
    messages = [Outgoing(str(i), "x" * size, {}) for i, size in enumerate(sizes)]
    made = list(batches(messages))
    assert [m for batch in made for m in batch] == messages
    assert all(0 < len(batch) <= 10 for batch in made)
    assert all(sum(m.size for m in batch) <= MOST_BYTES for batch in made)


def test_size_counts_bytes_and_attributes_as_sqs_does() -> None:
    attributes = {"name": MessageAttribute("Binary.png", b"123"), "né": MessageAttribute("S", "é")}
    assert Outgoing("m", "é€", attributes).size == 5 + (4 + 10 + 3) + (3 + 1 + 2)


@pytest.mark.parametrize("fifo", [True, False])
def test_what_a_sender_can_set_is_kept(fifo: bool) -> None:
    from dataclasses import replace

    system = {
        "AWSTraceHeader": "Root=1",
        "MessageGroupId": "g",
        "MessageDeduplicationId": "old",
        "SenderId": "x",
    }
    original = replace(message("m"), system_attributes=system)
    queue = replace(QUEUE, name="orders.fifo") if fifo else QUEUE
    made = outgoing(original, queue, "operation")
    assert (made.trace_header, made.group_id) == ("Root=1", "g")
    again = outgoing(original, queue, "operation").deduplication_id
    assert made.deduplication_id == again
    assert (made.deduplication_id is not None) == fifo
    assert made.deduplication_id != "old"
    assert outgoing(original, queue, "other").deduplication_id != again or not fifo


def test_an_entry_of_the_call_carries_every_field() -> None:
    attributes = {"b": MessageAttribute("Binary", b"\x00"), "s": MessageAttribute("String.x", "v")}
    entry = _entry("0", Outgoing("m", "body", attributes, "Root=1", "g", "d"))
    assert entry == {
        "Id": "0",
        "MessageBody": "body",
        "MessageAttributes": {
            "b": {"DataType": "Binary", "BinaryValue": b"\x00"},
            "s": {"DataType": "String.x", "StringValue": "v"},
        },
        "MessageSystemAttributes": {
            "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}
        },
        "MessageGroupId": "g",
        "MessageDeduplicationId": "d",
    }
