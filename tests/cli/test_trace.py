"""`event-console trace`: the document, the table, and the exit codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from console.cli.output import Output
from tests.cli.conftest import Call
from tests.cli.test_peek import put
from tests.conftest import Installation

KEY = "in/[bold]a b.mp3"


def test_a_waiting_event_is_found_and_told_as_json(
    call: Call, on_emulator: Installation, aws: Callable[[str], Any]
) -> None:
    put(aws, on_emulator, KEY)
    found = call("trace", KEY, "--scan", "--json")
    assert found.code == 0, found.err
    document = found.json
    assert (document["key"], document["bucket"]) == (KEY, on_emulator.bucket)
    assert (document["where"], document["root_causes"]) == ("waiting", [])
    assert document["sentence"]
    for step in document["steps"]:
        assert sorted(step) == ["at", "detail", "name", "source", "status"]
        assert step["status"] in ("yes", "no", "unknown")
    assert document["steps"][0]["name"] == "created"


def test_a_missing_object_is_no_good_end(call: Call, on_emulator: Installation) -> None:
    found = call("trace", KEY)
    assert found.code == 3
    assert "object.not-uploaded" in found.out
    assert f"s3://{on_emulator.bucket}/{KEY}" in found.out


def test_on_a_terminal_it_says_how_far_it_is(
    call: Call, on_emulator: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    class Terminal:
        @contextmanager
        def status(self, _: str) -> Iterator[Any]:
            yield SimpleNamespace(update=lambda words: told.append(words.plain))

    monkeypatch.setattr(Output, "bar_console", lambda _: Terminal())
    found = call("trace", KEY, "--json")
    steps = [f"{s['name'].replace('_', ' ')}: {s['status']}" for s in found.json["steps"]]
    assert [words.removesuffix(" · looking on …") for words in told] == steps
