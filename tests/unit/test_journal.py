"""The journal: private, durable, shared; intents before outcomes; receive counts remembered."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import JournalError, UsageError
from console.journal import schema
from console.journal.database import _BUSY_SECONDS, _IN_VAIN_SECONDS, Database
from console.journal.memory import Sighting
from console.journal.moves import Step
from console.journal.store import Journal
from console.journal.times import from_text, to_text
from console.models.selection import Filter
from tests.fakes import FakeClock, message

NOW = datetime(2026, 11, 23, 2, 13, 7, tzinfo=UTC)
QUEUE = "arn:aws:sqs:us-east-2:111122223333:orders"


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "data" / "journal.sqlite3")


def begin(journal: Journal, kind: str = "peek", at: datetime = NOW) -> str:
    return journal.log.begin(
        kind, pipeline="p", queue_arn=QUEUE, caller_arn="arn:me", intent="look", at=at
    )


def sighting(message: str, count: int, *, hidden_for: float = 0, days: int = 4) -> Sighting:
    return Sighting(
        QUEUE, message, count, NOW, NOW + timedelta(seconds=hidden_for), NOW + timedelta(days=days)
    )


def test_nothing_is_created_before_the_first_use(journal: Journal) -> None:
    assert not journal.path.exists()
    assert not journal.path.parent.exists()


def test_the_file_is_private_durable_and_versioned(journal: Journal) -> None:
    begin(journal)
    files = list(journal.path.parent.iterdir())
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700
    with sqlite3.connect(journal.path) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert raw.execute("PRAGMA user_version").fetchone() == (schema.SCHEMA_VERSION,)
    raw.close()
    with journal.log._database.transaction() as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_an_intent_without_outcome_is_seen_by_another_console(journal: Journal) -> None:
    operation = begin(journal)
    numbers = journal.log.intend(operation, "release", ["m1", "m2"], NOW)
    journal.log.settle(operation, [(numbers["m1"], "ok", None)], NOW)
    entries = Journal(journal.path).entries(operation)
    assert [(e.subject, e.outcome, e.outcome_at) for e in entries] == [
        ("m1", "ok", NOW),
        ("m2", None, None),
    ]


def test_operations_come_newest_first_with_their_summary(journal: Journal) -> None:
    first = begin(journal)
    second = begin(journal, "upload-test", NOW + timedelta(seconds=1))
    journal.log.finish(first, "done", {"received": 3}, NOW)
    found = journal.operations()
    assert [o.id for o in found] == [second, first]
    assert [o.state for o in found] == ["running", "done"]
    assert found[1].summary == {"received": 3}
    assert [o.id for o in journal.log.operations(kind="peek")] == [first]


def test_an_unknown_operation_is_a_usage_error(journal: Journal) -> None:
    with pytest.raises(UsageError, match="no operation nope"):
        journal.log.operation("nope")


def test_secrets_and_lone_surrogates_never_break_or_reach_an_entry(journal: Journal) -> None:
    operation = begin(journal)
    numbers = journal.log.intend(operation, "put-object", ["key\udc80"], NOW)
    error = "GET https://b.s3/x?X-Amz-Signature=abcdef0123 refused"
    journal.log.settle(operation, [(numbers["key\udc80"], "failed", error)], NOW)
    (entry,) = journal.entries(operation)
    assert "abcdef0123" not in (entry.error or "")
    assert entry.subject == "key\\udc80"


def test_retention_forgets_what_is_finished_and_old_only(journal: Journal) -> None:
    old = begin(journal, at=NOW - timedelta(days=40))
    journal.log.finish(old, "done", {}, NOW)
    running = begin(journal, at=NOW - timedelta(days=40))
    recent = begin(journal)
    journal.log.finish(recent, "done", {}, NOW)
    assert journal.prune(NOW) == 1
    assert {o.id for o in journal.operations()} == {running, recent}


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one" * 40, b"SQL"])
def test_a_broken_file_is_one_typed_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"journal\.sqlite3") as caught:
        begin(Journal(path))
    assert "without it" in caught.value.remedy


def test_a_folder_that_cannot_be_made_is_one_typed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JournalError):
        begin(Journal(tmp_path / "file" / "journal.sqlite3"))


def test_a_newer_format_is_refused_and_left_alone(journal: Journal) -> None:
    begin(journal)
    journal.close()
    with sqlite3.connect(journal.path) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(JournalError, match="newer event-console"):
        journal.operations()
    with sqlite3.connect(journal.path) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (99,)
    raw.close()


def test_a_message_one_receive_from_its_last_attempt_is_at_risk(journal: Journal) -> None:
    journal.memory.remember([sighting("fresh", 1), sighting("scarce", 2), sighting("spent", 3)])
    assert journal.memory.at_risk(QUEUE, 3, NOW) == 2
    assert journal.memory.at_risk(QUEUE, 5, NOW) == 0
    assert journal.memory.at_risk(QUEUE + "x", 3, NOW) == 0


def test_receive_counts_are_those_of_the_messages_asked_about(journal: Journal) -> None:
    journal.memory.remember([sighting("a", 1), sighting("b", 2), sighting("c", 3)])
    journal.memory.remember([sighting("a", 4)])
    assert journal.memory.receive_counts(QUEUE, ["a", "b", "unknown"]) == {"a": 4, "b": 2}
    assert journal.memory.receive_counts(QUEUE + "x", ["a"]) == {}


def test_a_hidden_message_is_no_risk_until_it_reappears(journal: Journal) -> None:
    journal.memory.remember([sighting("m", 2, hidden_for=30)])
    assert journal.memory.at_risk(QUEUE, 3, NOW) == 0
    assert journal.memory.at_risk(QUEUE, 3, NOW + timedelta(seconds=30)) == 1
    journal.memory.hide(QUEUE, ["m"], NOW)
    assert journal.memory.at_risk(QUEUE, 3, NOW) == 1


def test_a_clock_set_back_makes_a_hidden_message_count_as_visible(journal: Journal) -> None:
    journal.memory.remember([sighting("m", 2, hidden_for=30)])
    assert journal.memory.at_risk(QUEUE, 3, NOW - timedelta(hours=1)) == 1


def test_the_higher_receive_count_wins(journal: Journal) -> None:
    journal.memory.remember([sighting("m", 2)])
    journal.memory.remember([sighting("m", 1)])
    assert journal.memory.at_risk(QUEUE, 3, NOW) == 1


def test_memory_ends_with_the_messages_retention(journal: Journal) -> None:
    journal.memory.remember([sighting("m", 2, days=4)])
    assert journal.memory.at_risk(QUEUE, 3, NOW + timedelta(days=3)) == 1
    assert journal.memory.at_risk(QUEUE, 3, NOW + timedelta(days=4)) == 0


def observe(journal: Journal, seconds: float, messages: int) -> None:
    journal.memory.observe(QUEUE, messages, NOW + timedelta(seconds=seconds))


def test_memory_ends_when_the_queue_stayed_empty_for_a_minute(journal: Journal) -> None:
    journal.memory.remember([sighting("m", 2)])
    observe(journal, 1, 0)
    observe(journal, 60, 0)
    assert journal.memory.at_risk(QUEUE, 3, NOW) == 1
    observe(journal, 61, 0)
    assert journal.memory.at_risk(QUEUE, 3, NOW) == 0


def test_a_message_in_between_starts_the_minute_anew(journal: Journal) -> None:
    journal.memory.remember([sighting("m", 2)])
    observe(journal, 1, 0)
    observe(journal, 30, 1)
    observe(journal, 40, 0)
    observe(journal, 70, 0)
    assert journal.memory.at_risk(QUEUE, 3, NOW) == 1


def test_what_was_seen_after_the_queue_was_empty_is_kept(journal: Journal) -> None:
    observe(journal, -120, 0)
    journal.memory.remember([sighting("m", 2)])
    observe(journal, 1, 0)
    assert journal.memory.at_risk(QUEUE, 3, NOW) == 1


@given(st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1)))
def test_times_keep_their_value_and_their_order(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)
    assert from_text(to_text(at)) == at
    assert to_text(at) < to_text(at + timedelta(microseconds=1))


def test_texts_that_are_no_unicode_are_stored_escaped(journal: Journal) -> None:
    operation = journal.log.begin(
        "peek", pipeline="\udcff", queue_arn=None, caller_arn=None, intent="\ud800", at=NOW
    )
    stored = journal.log.operation(operation)
    assert (stored.pipeline, stored.intent) == ("\\udcff", "\\ud800")
    with pytest.raises(UsageError):
        journal.log.operation("\udcff")


def test_a_journal_that_others_may_read_is_closed_to_them(journal: Journal) -> None:
    begin(journal)
    journal.close()
    journal.path.chmod(0o644)
    begin(journal)
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_an_operation_says_by_when_what_it_hides_reappears(journal: Journal) -> None:
    operation, other = begin(journal), begin(journal)
    journal.log.hides([operation], NOW + timedelta(seconds=30))
    journal.log.hides([operation], NOW + timedelta(seconds=5))
    assert journal.log.operation(operation).hides_until == NOW + timedelta(seconds=30)
    assert journal.log.operation(other).hides_until is None
    assert journal.log.operation(operation).reappear_at == NOW + timedelta(seconds=30)
    journal.log.finish(operation, "done", {}, NOW)
    assert journal.log.operation(operation).reappear_at is None
    journal.log.finish(operation, "done", {"held": 1, "reappear_at": NOW.isoformat()}, NOW)
    assert journal.log.operation(operation).reappear_at == NOW + timedelta(seconds=30)
    journal.log.hides_no_more(operation, NOW + timedelta(seconds=1))
    assert journal.log.operation(operation).reappear_at == NOW + timedelta(seconds=1)


def test_a_file_of_the_first_format_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    raw = sqlite3.connect(path)
    raw.executescript(schema._FIRST + "; PRAGMA user_version = 1")
    raw.execute(
        "INSERT INTO operations (id, kind, pipeline, caller_arn, intent, started_at, state)"
        " VALUES ('old', 'peek', 'p', 'arn:me', 'look', ?, 'done')",
        (to_text(NOW),),
    )
    raw.commit()
    raw.close()
    journal = Journal(path)
    assert journal.log.operation("old").parameters == {}
    operation = begin(journal, "redrive")
    journal.moves.intend(operation, "send", [message("m")], NOW, copies=True)
    assert [entry.subject for entry in journal.entries(operation)] == ["m"]


def test_a_full_disk_is_one_typed_error_and_what_was_written_stays(journal: Journal) -> None:
    operation = begin(journal)
    with journal.log._database.transaction() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(JournalError) as caught:
        journal.moves.intend(
            operation, "send", [message(str(n), body="x" * 10_000) for n in range(9)], NOW,
            copies=True,
        )  # fmt: skip
    assert operation in caught.value.sentence
    assert f"journal resume {operation}" in caught.value.remedy
    assert "move the file away" not in caught.value.remedy
    assert journal.log.operation(operation).state == "running"
    assert journal.entries(operation) == ()


def test_a_lock_is_told_as_one_and_only_what_has_begun_is_to_be_resumed(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.journal.database._BUSY_SECONDS", 0.0)
    ended, open_ended = begin(journal), begin(journal)
    journal.log.finish(ended, "done", {}, NOW)
    locker = sqlite3.connect(journal.path, isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError) as caught:
        journal.log.finish(open_ended, "done", {}, NOW)
    assert ended not in caught.value.sentence + caught.value.remedy
    assert f"journal resume {open_ended}" in caught.value.remedy
    with pytest.raises(JournalError) as caught:
        begin(Journal(journal.path))
    assert "locked" in caught.value.remedy
    assert "Nothing is changed on AWS" in caught.value.remedy
    assert "move the file away" not in caught.value.remedy
    locker.rollback()
    locker.close()


def locker_of(journal: Journal) -> sqlite3.Connection:
    """Another process in the middle of a write."""
    locker = sqlite3.connect(journal.path, isolation_level=None, check_same_thread=False)
    locker.execute("BEGIN IMMEDIATE")
    return locker


def write_in_vain(database: Database) -> None:
    with pytest.raises(JournalError, match="locked"), database.transaction():
        pass


def test_of_many_threads_behind_a_lock_one_waits_for_it(journal: Journal) -> None:
    begin(journal)
    locker, clock = locker_of(journal), FakeClock()
    database, began = Database(journal.path, clock), clock.monotonic()
    threads = [threading.Thread(target=write_in_vain, args=(database,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.monotonic() - began == pytest.approx(_BUSY_SECONDS, abs=0.1)
    locker.close()


def test_a_lock_is_waited_for_again_some_time_after_it_was_in_vain(journal: Journal) -> None:
    begin(journal)
    locker, clock = locker_of(journal), FakeClock()
    database = Database(journal.path, clock)
    write_in_vain(database)
    clock.advance(_IN_VAIN_SECONDS)
    began = clock.monotonic()
    write_in_vain(database)
    assert clock.monotonic() - began == pytest.approx(_BUSY_SECONDS, abs=0.1)
    locker.close()


class OthersClock(FakeClock):
    """Another process ends its write while it is waited for, from the third time on."""

    def __init__(self, locker: sqlite3.Connection) -> None:
        super().__init__()
        self.locker, self.waits = locker, 0

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        self.waits += 1
        if self.waits >= 3 and self.locker.in_transaction:
            self.locker.execute("COMMIT")
        return super().wait(cancel, seconds)


def test_the_write_of_another_console_is_waited_for_each_time(journal: Journal) -> None:
    operation = begin(journal)
    clock = OthersClock(locker_of(journal))
    database = Database(journal.path, clock)
    for waits in (3, 4):
        with database.transaction() as db:
            db.execute("UPDATE operations SET pipeline = ?", (f"after {waits}",))
        assert clock.waits == waits
        assert journal.log.operation(operation).pipeline == f"after {waits}"
        clock.locker.execute("BEGIN IMMEDIATE")
    clock.locker.close()


def test_a_transaction_that_was_begun_and_not_joined_is_in_nobodys_way(journal: Journal) -> None:
    operation = begin(journal)
    journal.log._database._begin()
    assert journal.log.operation(operation).id == operation


def test_what_is_to_be_written_later_outlives_a_lock(journal: Journal) -> None:
    begin(journal)
    locker, clock, written = locker_of(journal), FakeClock(), list[str]()
    database = Database(journal.path, clock)
    database.later(lambda: written.append("outcome"))
    write_in_vain(database)
    assert written == []
    locker.execute("COMMIT")
    database.close()
    assert written == ["outcome"]
    locker.close()


def test_what_many_threads_write_is_all_there(journal: Journal) -> None:
    operation = begin(journal)

    def write(thread: int) -> None:
        for number in range(25):
            ids = [f"{thread}-{number}"]
            numbers = journal.log.intend(operation, "release", ids, NOW)
            journal.log.settle(operation, [(n, "ok", None) for n in numbers.values()], NOW)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = Journal(journal.path).entries(operation)
    assert {e.subject for e in entries} == {f"{t}-{n}" for t in range(8) for n in range(25)}
    assert len({e.number for e in entries}) == 200
    assert all(e.outcome == "ok" for e in entries)


def test_a_later_outcome_goes_with_the_next_intent_or_the_end(journal: Journal) -> None:
    operation = begin(journal)
    first = journal.log.intend(operation, "release", ["m1"], NOW)["m1"]
    journal.later(lambda: journal.log.settle(operation, [(first, "ok", None)], NOW))
    assert Journal(journal.path).entries(operation)[0].outcome is None
    second = journal.log.intend(operation, "release", ["m2"], NOW)["m2"]
    assert Journal(journal.path).entries(operation)[0].outcome == "ok"
    journal.later(lambda: journal.log.settle(operation, [(second, "ok", None)], NOW))
    journal.close()
    assert [e.outcome for e in Journal(journal.path).entries(operation)] == ["ok", "ok"]


def test_an_error_inside_what_is_written_together_leaves_nothing(journal: Journal) -> None:
    operation = begin(journal)

    def fail() -> None:
        with journal.together():
            journal.log.intend(operation, "release", ["m1"], NOW)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert journal.entries(operation) == ()


def test_a_claim_ends_with_its_process(tmp_path: Path) -> None:
    here, there = Journal(tmp_path / "j.sqlite3"), Journal(tmp_path / "j.sqlite3")
    operation = begin(here)
    code = (
        "import os, sys; from pathlib import Path; from console.journal.store import Journal;"
        f"j = Journal(Path({str(tmp_path / 'j.sqlite3')!r}));"
        f"assert j.claims.take({operation!r}); print('taken', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"taken\n"
    assert there.claims.alive(operation)
    assert not there.claims.take(operation)
    process.kill()
    process.communicate()
    assert not there.claims.alive(operation)
    assert there.claims.take(operation)


@given(
    st.builds(
        Filter,
        match=st.none() | st.text(),
        key_glob=st.none() | st.text(),
        older_than=st.none() | st.floats(0, 1e9),
        receives_at_least=st.none() | st.integers(1, 1000),
        ids=st.none() | st.frozensets(st.text(max_size=5), max_size=3),
    )
)
def test_a_filter_comes_back_as_it_was_stored(where: Filter) -> None:
    assert Filter.restored(json.loads(json.dumps(where.stored()))) == where


def test_of_many_entries_those_that_did_not_go_well_come_first(journal: Journal) -> None:
    operation = begin(journal)
    numbers = journal.log.intend(operation, "send", [f"m{n}" for n in range(6)], NOW)
    outcomes = [(numbers[f"m{n}"], "sent", None) for n in range(4)]
    journal.log.settle(operation, [*outcomes, (numbers["m4"], "failed", "no")], NOW)
    assert [e.subject for e in journal.entries(operation, 3)] == ["m4", "m5", "m0"]
    assert len(journal.entries(operation)) == 6


def test_a_plan_is_read_in_pages_by_what_is_left_of_it(journal: Journal) -> None:
    operation = begin(journal)
    first = journal.plans.plan(operation, "backfill", ["a", "b", "a", "c"], NOW)
    journal.moves.record(operation, [Step(first, "sent"), Step(first + 3, "failed", "no")], NOW)
    journal.plans.remember(operation, {"keys": 4})
    last = journal.plans.last(operation)
    assert (first, last, journal.log.operation(operation).parameters) == (1, 4, {"keys": 4})
    left = journal.plans.waiting(operation, ("planned", "failed"), after=0, until=last, limit=2)
    assert [(e.number, e.subject) for e in left] == [(2, "b"), (3, "a")]
    rest = journal.plans.waiting(operation, ("planned", "failed"), after=3, until=last, limit=2)
    assert [(e.number, e.error) for e in rest] == [(4, "no")]
    assert journal.plans.waiting(operation, ("planned",), after=0, until=1, limit=9) == ()
