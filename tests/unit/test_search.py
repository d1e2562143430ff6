"""Searching messages: the pattern is bounded, whatever it and the message hold."""

from __future__ import annotations

import pytest

from console.errors import UsageError
from console.search import found_in, matcher, pattern_search, texts_of
from tests.fakes import message


def test_a_message_is_found_by_body_and_id() -> None:
    assert matcher("^sound")(message("m1", body="sound.mp3"))
    assert matcher("m[1]")(message("m1", body="x"))
    assert not matcher("video")(message("m1", body="sound.mp3"))


def test_without_a_pattern_all_match() -> None:
    assert matcher(None)(message("m1"))


@pytest.mark.parametrize("pattern", ["(", "a{99999999999999}", "[z-a]", "(" * 5000])
def test_what_is_no_pattern_is_wrong_usage(pattern: str) -> None:
    with pytest.raises(UsageError, match="Bad pattern"):
        pattern_search(pattern)


def test_a_pattern_that_never_ends_is_stopped() -> None:
    hostile = message("m1", body="a" * 60 + "!")
    with pytest.raises(UsageError, match="too slow"):
        found_in([hostile], pattern_search(r"(a|aa)+$"), 0.05)


def test_every_text_of_a_message_is_looked_through() -> None:
    assert texts_of(message("m1", body="b")) == ["b", "m1"]
