"""`--local` and `local`: a pipeline of its own that nothing ambient reaches."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Call, Spawn
from tests.cli.test_interruption import read_until


@pytest.mark.parametrize("arguments", [("--local", "status"), ("status", "--local")])
def test_local_status_needs_no_account_and_ignores_the_one_there_is(
    spawn: Spawn, monkeypatch: pytest.MonkeyPatch, home: Path, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "stolen")
    monkeypatch.setenv("EVENT_CONSOLE_BUCKET", "real-bucket")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    out, err = spawn(*arguments, "--json").communicate(timeout=60)
    found = json.loads(out)
    assert found["pipeline"]["name"] == "local"
    assert found["pipeline"]["bucket"] != "real-bucket"
    assert found["sources"]["sqs"]["ok"] is True
    assert "Starting" in err
    assert not (home / ".local").exists()


def test_local_prints_what_other_tools_need_and_stops_clean(
    spawn: Spawn, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = spawn("local")
    assert process.stdout is not None
    word, *pairs = shlex.split(process.stdout.readline())
    assert word == "export"
    exported = dict(pair.split("=", 1) for pair in pairs)
    for name, value in exported.items():
        monkeypatch.setenv(name, value)
    bucket = ("--bucket", "presigned-url-api-us-east-2")
    assert call("status", "--json", *bucket).code == 0
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
    assert call("status", "--json", *bucket).code == 1


@pytest.mark.parametrize("arguments", [("local",), ("--local", "status")])
def test_stopped_while_it_starts(spawn: Spawn, arguments: tuple[str, ...]) -> None:
    process = spawn(*arguments)
    read_until(process, "Starting")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_without_the_extra_it_says_what_to_install() -> None:
    program = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'ministack' else find(name)\n"
        "from console.cli.main import run\n"
        "sys.exit(run(['--local', 'status']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert 'pip install "event-console[local]"' in done.stderr
