"""Leases: never acted through when stale, extended in use, given back entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from console.errors import AwsError
from console.journal.store import Journal
from console.models.message import EntryFailure
from console.operations.leases import (
    EXTEND_AT,
    LEASE_SECONDS,
    LONG_LEASE_SECONDS,
    MOST_SECONDS,
    LeaseBook,
)
from tests.fakes import QUEUE, START, FakeClock, VisibilityCalls, message


class Bench:
    """A lease book on a fake SQS, with one journaled operation."""

    def __init__(self, path: Path) -> None:
        self.clock, self.sqs, self.journal = FakeClock(), VisibilityCalls(), Journal(path)
        self.book = LeaseBook(cast(Any, self.sqs), self.journal, self.clock)
        self.operation = self.journal.log.begin(
            "peek", pipeline="p", queue_arn=QUEUE.arn, caller_arn="me", intent="look", at=START
        )

    def hold(self, *ids: str, visibility: int = LEASE_SECONDS, **more: Any) -> None:
        request = self.book.request(visibility)
        self.book.hold(QUEUE, [message(m, **more) for m in ids], request, self.operation)

    def stall(self, target: object, name: str, seconds: float) -> None:
        """Let a write of the journal take so long."""
        write: Callable[..., Any] = getattr(target, name)

        def slow(*arguments: Any) -> Any:
            self.clock.advance(seconds)
            return write(*arguments)

        setattr(target, name, slow)

    def outcomes(self) -> dict[str, str | None]:
        return {e.subject: e.outcome for e in self.journal.entries(self.operation)}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "journal.sqlite3")


def test_a_lease_counts_from_before_the_request(bench: Bench) -> None:
    request = bench.book.request(LEASE_SECONDS)
    bench.clock.advance(5)
    bench.book.hold(QUEUE, [message("m")], request, bench.operation)
    (lease,) = bench.book.held()
    assert bench.book.remaining(lease) == LEASE_SECONDS - 5
    assert lease.reappears_at == START + timedelta(seconds=LEASE_SECONDS)


def test_release_makes_visible_in_batches_of_ten_and_journals_each(bench: Bench) -> None:
    ids = [f"m{i}" for i in range(23)]
    bench.hold(*ids)
    result = bench.book.release(QUEUE, ids)
    assert set(result.released) == set(ids)
    assert sorted(len(handles) for handles, _ in bench.sqs.calls) == [3, 10, 10]
    assert {seconds for _, seconds in bench.sqs.calls} == {0}
    assert bench.book.held() == ()
    assert bench.outcomes() == dict.fromkeys(ids, "released")


def test_a_lease_that_ran_out_is_not_released_through(bench: Bench) -> None:
    bench.hold("m")
    bench.clock.advance(LEASE_SECONDS)
    result = bench.book.release(QUEUE, ["m"])
    assert result.expired == ("m",)
    assert bench.sqs.calls == []
    assert bench.book.valid(QUEUE, "m") is None


def test_a_wall_clock_that_jumps_changes_no_lease(bench: Bench) -> None:
    bench.hold("m")
    bench.clock.wall += timedelta(days=1)
    assert bench.book.valid(QUEUE, "m") is not None


def test_the_newest_receipt_handle_is_used(bench: Bench) -> None:
    bench.hold("m", handle="old")
    bench.hold("m", handle="new")
    bench.book.release(QUEUE, ["m"])
    assert bench.sqs.calls == [({"m": "new"}, 0)]


def test_what_aws_refused_in_a_batch_is_told_with_its_reappearance(bench: Bench) -> None:
    def refuse_b(handles: Mapping[str, str], seconds: int) -> list[EntryFailure]:
        return [EntryFailure("b", "MessageNotInflight", "not in flight", True)]

    bench.sqs.answer = refuse_b
    bench.hold("a", "b")
    result = bench.book.release(QUEUE, ["a", "b"])
    assert result.released == ("a",)
    assert result.failed == ("b",)
    assert result.reappear_at == START + timedelta(seconds=LEASE_SECONDS)
    assert bench.outcomes() == {"a": "released", "b": "failed"}


def test_a_batch_that_fails_as_a_whole_is_told_and_does_not_stop_others(bench: Bench) -> None:
    def fail_first(handles: Mapping[str, str], seconds: int) -> list[EntryFailure]:
        if "m0" in handles:
            raise AwsError("unreachable", "Endpoint unreachable", "It did not answer.")
        return []

    bench.sqs.answer = fail_first
    ids = [f"m{i}" for i in range(15)]
    bench.hold(*ids)
    result = bench.book.release(QUEUE, ids)
    assert set(result.failed) == set(ids[:10])
    assert set(result.released) == set(ids[10:])


def test_tick_extends_what_has_ten_seconds_left_and_nothing_else(bench: Bench) -> None:
    bench.hold("early")
    bench.clock.advance(15)
    bench.hold("late")
    bench.clock.advance(6)
    assert bench.book.tick() == ()
    assert bench.sqs.calls == [({"early": "handle-early"}, LEASE_SECONDS)]
    remaining = {lease.message_id: bench.book.remaining(lease) for lease in bench.book.held()}
    assert remaining == {"early": LEASE_SECONDS, "late": LEASE_SECONDS - 6}


@pytest.mark.parametrize("stalled", [0, 4])
def test_an_extension_is_journaled_with_an_end_that_it_does_not_pass(
    bench: Bench, stalled: int
) -> None:
    bench.hold("m")
    bench.clock.advance(LEASE_SECONDS - 5)
    bench.stall(bench.journal.log, "hides", stalled)
    assert bench.book.tick() == ()
    called = bench.clock.now()
    (lease,) = bench.book.held()
    assert bench.book.remaining(lease) == LEASE_SECONDS
    assert lease.reappears_at == called + timedelta(seconds=LEASE_SECONDS)
    ends = bench.journal.log.operation(bench.operation).hides_until
    assert ends is not None
    slack = ends - lease.reappears_at
    assert timedelta() <= slack <= timedelta(seconds=EXTEND_AT)


def test_a_lease_that_ran_out_while_the_journal_stalled_is_not_extended(bench: Bench) -> None:
    bench.hold("m")
    bench.clock.advance(LEASE_SECONDS - 5)
    bench.stall(bench.journal.log, "hides", 6)
    assert bench.book.tick() == ("m",)
    assert bench.sqs.calls == []
    assert bench.book.valid(QUEUE, "m") is None
    hidden = bench.journal.memory.hidden_until(QUEUE.arn, ["m"])
    assert hidden == bench.clock.now()


def test_a_long_lease_is_not_extended_later_than_the_journal_was_told(bench: Bench) -> None:
    bench.hold("m", visibility=LONG_LEASE_SECONDS)
    bench.stall(bench.journal.log, "hides", EXTEND_AT + 1)
    assert bench.book.keep(QUEUE, ["m"]) == ("m",)
    assert bench.sqs.calls == []
    assert bench.book.valid(QUEUE, "m") is not None


def test_a_lease_that_ran_out_while_the_journal_stalled_is_not_released_through(
    bench: Bench,
) -> None:
    bench.hold("old")
    bench.clock.advance(LEASE_SECONDS - 5)
    bench.hold("new")
    bench.stall(bench.journal.log, "intend", 6)
    result = bench.book.release(QUEUE, ["old", "new"])
    assert (result.released, result.expired, result.failed) == (("new",), ("old",), ())
    assert bench.sqs.calls == [({"new": "handle-new"}, 0)]
    assert bench.outcomes() == {"old": "failed", "new": "released"}


def test_an_operation_that_gave_everything_back_hides_nothing_any_more(bench: Bench) -> None:
    log = bench.journal.log
    log.hides([bench.operation], START + timedelta(seconds=LEASE_SECONDS))
    bench.hold("a", "b")
    bench.clock.advance(3)
    bench.book.release(QUEUE, ["a"])
    assert log.operation(bench.operation).hides_until == START + timedelta(seconds=LEASE_SECONDS)
    bench.book.release(QUEUE, ["b"])
    assert log.operation(bench.operation).hides_until == START + timedelta(seconds=3)


def test_what_an_open_receive_may_hide_is_still_said(bench: Bench) -> None:
    log, until = bench.journal.log, START + timedelta(seconds=LEASE_SECONDS)
    log.hides([bench.operation], until)
    log.intend(bench.operation, "receive", ["up to 10 messages"], START)
    bench.hold("a")
    bench.book.release(QUEUE, ["a"])
    assert log.operation(bench.operation).hides_until == until


def test_tick_never_extends_what_a_live_queue_is_owed(bench: Bench) -> None:
    bench.hold("m", visibility=5)
    assert bench.book.tick() == ()
    assert bench.sqs.calls == []
    bench.book.keep(QUEUE, ["m"])
    bench.clock.advance(LEASE_SECONDS - 5)
    bench.book.tick()
    assert bench.sqs.calls == [({"m": "handle-m"}, LEASE_SECONDS)] * 2


def test_tick_reports_what_was_lost_and_never_extends_it(bench: Bench) -> None:
    bench.hold("m")
    bench.clock.advance(LEASE_SECONDS + 1)
    assert bench.book.tick() == ("m",)
    assert bench.sqs.calls == []


def test_no_lease_is_extended_past_the_twelve_hours_of_sqs(bench: Bench) -> None:
    bench.hold("m", visibility=MOST_SECONDS)
    bench.clock.advance(MOST_SECONDS - 5)
    assert bench.book.tick() == ("m",)
    assert bench.sqs.calls == []


def test_leaving_gives_back_all_but_what_its_next_receive_dead_letters(bench: Bench) -> None:
    bench.hold("m")
    bench.hold("spent", left=0)
    result = bench.book.release_all(3.0)
    assert result.released == ("m",)
    assert result.failed == ("spent",)
    assert result.reason is not None
    assert "dead-letter" in result.reason
    assert bench.sqs.ids(0) == {"m"}


def test_release_ends_at_its_deadline_though_aws_hangs(bench: Bench) -> None:
    import threading

    let_go = threading.Event()

    def hang(handles: Mapping[str, str], seconds: int) -> list[EntryFailure]:
        let_go.wait(30)
        return []

    bench.sqs.answer = hang
    bench.hold("m")
    result = bench.book.release(QUEUE, ["m"], seconds=0.05)
    let_go.set()
    assert result.failed == ("m",)
