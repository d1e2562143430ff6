"""A pass: what it lost on the way it takes up again, and it always ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from console.errors import AwsError
from console.models.message import Message
from console.models.peek import PeekOptions
from console.operations import budget
from console.operations.leases import LEASE_SECONDS
from console.operations.passing import Pass, PassOptions
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.fakes import FakeClock, message


def started(bench: Bench, **options: Any) -> Pass:
    """A pass over the DLQ that takes messages for good."""
    plan = budget.plan_peek(bench.workbench, bench.dlq, PeekOptions(None))
    operation = bench.workbench.begin("redrive", bench.dlq, "move everything")
    how = PassOptions(consuming=True, **options)
    return Pass(bench.workbench, plan, how, operation, lambda _: True, threading.Event())


def catch(run: Pass) -> list[Message]:
    found = run.next()
    assert found is not None
    return list(found.new)


def show(bench: Bench, messages: list[Message]) -> None:
    """Let their leases end."""
    bench.workbench.leases.release(bench.dlq, [m.message_id for m in messages])


def test_what_was_lost_after_the_others_found_the_end_is_taken_again(bench: Bench) -> None:
    bench.send(15, bench.dlq)
    run = started(bench)
    first, second = catch(run), catch(run)
    assert run.next() is None
    show(bench, first)
    run.put_back(first)
    assert {m.message_id for m in catch(run)} == {m.message_id for m in first}
    assert len(run.seen) == len(first) + len(second)


def test_what_another_receive_took_for_known_is_handed_out_again(bench: Bench) -> None:
    bench.send(5, bench.dlq)
    run = started(bench, to_empty=True)
    first = catch(run)
    show(bench, first)
    assert run.next() is None
    assert bench.counts(bench.dlq) == (0, 5)
    run.put_back(first)
    assert catch(run) == first
    run.end(None)
    assert bench.counts(bench.dlq) == (5, 0)


def test_a_pass_that_was_stopped_gives_back_what_is_put_back(bench: Bench) -> None:
    bench.send(5, bench.dlq)
    run = started(bench)
    first = catch(run)
    run.stop("Enough.")
    run.put_back(first)
    assert (run.next(), run.partial) == (None, "Enough.")
    run.end(None)
    assert bench.counts(bench.dlq) == (5, 0)


def test_a_pass_ends_on_a_network_that_goes_on_losing_answers(
    bench_on: Callable[..., Bench], installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    run = started(bench_on(installation, clock=clock))
    calls = 0

    def every_tenth_is_lost(*_: object) -> list[Message]:
        nonlocal calls
        calls += 1
        assert calls < 1000, "it never ends"
        clock.advance(1)
        if calls % 10 == 0:
            raise AwsError("unreachable", "Lost", "No answer.", maybe_done=True)
        return []

    monkeypatch.setattr("console.operations.receiving.Receiver.receive", every_tenth_is_lost)
    monkeypatch.setattr("console.operations.passing._EMPTY_POLLS", 15)
    assert run.next() is None
    assert calls > LEASE_SECONDS


def test_something_new_renews_the_wait_for_lost_answers(
    bench_on: Callable[..., Bench], installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a lost answer hid comes as late as its lease ends, however much was lost before."""
    clock = FakeClock()
    run = started(bench_on(installation, clock=clock), to_empty=True)
    lost = AwsError("unreachable", "Lost", "No answer.", maybe_done=True)
    answers: list[AwsError | list[Message]] = []
    for number in range(5):
        nothing: list[AwsError | list[Message]] = [[]] * LEASE_SECONDS
        answers += [lost, *nothing, [message(str(number))]]

    def answer(*_: object) -> list[Message]:
        clock.advance(1)
        found = answers.pop(0) if answers else []
        if isinstance(found, AwsError):
            raise found
        return found

    monkeypatch.setattr("console.operations.receiving.Receiver.receive", answer)
    while run.next() is not None:
        pass
    assert run.seen == {"0", "1", "2", "3", "4"}


def test_a_pass_that_has_enough_goes_on_for_what_is_put_back(bench: Bench) -> None:
    bench.send(5, bench.dlq)
    run = started(bench)
    first = catch(run)
    run.enough()
    assert run.next() is None
    run.put_back(first[:2])
    assert catch(run) == first[:2]
    assert run.next() is None
