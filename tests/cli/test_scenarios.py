"""`--scenario`: a local backend that is broken in a known way, or in one that is not told."""

from __future__ import annotations

import json
import shlex
import signal

import pytest

from console.local.scenarios import SCENARIOS
from tests.cli.conftest import Call, Spawn
from tests.cli.test_interruption import read_until


def test_the_list_has_a_line_for_each(call: Call) -> None:
    found = call("--scenario", "list")
    assert (found.code, found.err) == (0, "")
    names = [line.split()[0] for line in found.out.splitlines()]
    assert names == [*SCENARIOS, "random"]
    assert all(one.line in found.out for one in SCENARIOS.values())


@pytest.mark.parametrize("arguments", [("local",), ("--local",), ("--local", "status")])
def test_an_unknown_name_lists_what_there_is_and_starts_nothing(
    call: Call, arguments: tuple[str, ...]
) -> None:
    found = call(*arguments, "--scenario", "policy.nonsense")
    assert (found.code, found.out) == (2, "")
    assert all(name in found.err for name in (*SCENARIOS, "random"))
    assert "Starting" not in found.err


def test_it_breaks_nothing_but_the_local_backend(call: Call) -> None:
    found = call("status", "--bucket", "b", "--scenario", "policy.no-allow")
    assert (found.code, found.out) == (2, "")
    assert "--local" in found.err


def test_a_scenario_is_told_and_reaches_the_backend(spawn: Spawn) -> None:
    process = spawn("--local", "--scenario", "policy.no-allow", "config", "--json")
    out, err = process.communicate(timeout=60)
    assert json.loads(out)["queue"]["policy"] is None
    assert SCENARIOS["policy.no-allow"].line in err
    assert f"Somebody misses {SCENARIOS['policy.no-allow'].key}." in err


def test_a_random_one_is_told_at_the_end_only(
    spawn: Spawn, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = spawn("local", "--scenario", "random")
    told = read_until(process, "Ctrl-C stops it.")
    assert process.stdout is not None
    exported = process.stdout.readline()
    for pair in shlex.split(exported)[1:]:
        monkeypatch.setenv(*pair.split("=", 1))
    seen = call("config", "--bucket", "presigned-url-api-us-east-2")
    process.send_signal(signal.SIGINT)
    _, afterwards = process.communicate(timeout=30)
    assert process.returncode == 130
    [name] = [name for name in SCENARIOS if f"The scenario was {name}:" in afterwards]
    before = told + exported + seen.out + seen.err
    assert name not in before
    assert SCENARIOS[name].line not in before
    key = SCENARIOS[name].key
    assert key is None or f"Somebody misses {key}." in told
