"""Rows that a typed filter leaves, at once and beside the user interface."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import UsageError
from console.models.message import Message
from console.tui.filtering import RowFilter
from tests.fakes import message


def messages(*bodies: str) -> list[Message]:
    return [message(f"id-{number}", body=body) for number, body in enumerate(bodies)]


@given(st.lists(st.text(max_size=6), max_size=20), st.text(min_size=1, max_size=3))
def test_plain_text_ignores_case(bodies: list[str], typed: str) -> None:
    if typed.startswith("/") and len(typed) > 1:
        return
    rows = RowFilter(typed, messages(*bodies))
    rows.look()
    wanted = typed.casefold()
    assert [m.body for m in rows.rows if wanted in m.body.casefold()] == [
        b for b in bodies if wanted in b.casefold()
    ]
    assert all(wanted in m.body.casefold() or wanted in m.message_id for m in rows.rows)


def test_between_slashes_it_is_a_pattern() -> None:
    rows = RowFilter("/b+$/", messages("abb", "bba", "Abb"))
    rows.look()
    assert [m.body for m in rows.rows] == ["abb", "Abb"]


def test_half_a_pattern_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        RowFilter("/a(", [])


def test_what_comes_later_is_looked_at_once() -> None:
    all_of_them = messages("a1", "b1")
    rows = RowFilter("a", all_of_them)
    rows.look()
    all_of_them += messages("a2")
    assert rows.behind == 1
    rows.look()
    assert [m.body for m in rows.rows] == ["a1", "a2"]


def test_a_pattern_that_takes_too_long_ends_with_what_it_has_found() -> None:
    rows = RowFilter("/(a|a|b)+(a|b)+(a+)+$/", messages("aaaa", "ab" * 4000 + "!", "aaa"))
    assert rows.unsettled == "still looking"
    for _ in range(2):
        rows.look()
        assert [m.body for m in rows.rows] == ["aaaa"]
        assert rows.behind == 2
        assert rows.unsettled == "stopped: the pattern is too slow"
        assert not rows.start()


def test_many_are_looked_at_by_one_thread_at_a_time() -> None:
    rows = RowFilter("message 7", messages(*(f"message {n}" for n in range(3000))))
    assert rows.start()
    assert not rows.start()
    told = threading.Event()
    thread = threading.Thread(target=lambda: rows.work(told.set))
    thread.start()
    thread.join(20)
    assert told.is_set()
    assert rows.behind == 0
    assert {m.body for m in rows.rows} == {
        f"message {n}" for n in range(3000) if str(n).startswith("7")
    }
    assert not rows.start()


def test_a_filter_nobody_wants_stops() -> None:
    rows = RowFilter("x", messages(*("x" for _ in range(5000))))
    rows.stop()
    assert not rows.start()
    rows.work(lambda: None)
    assert rows.behind == 5000
