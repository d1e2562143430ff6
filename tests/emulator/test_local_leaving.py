"""Whatever ends the parent, and whenever: no process and no folder of the backend is left."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

_START_SECONDS = 0.6
_GONE_SECONDS = 5.0


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    return folder


def start(temporary: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "console", "local"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )


def processes_of(temporary: Path) -> list[str]:
    """The command lines of children, which name their private folder."""
    listing = subprocess.run(
        ["ps", "-axww", "-o", "args="], capture_output=True, text=True, check=True
    )
    return [line for line in listing.stdout.splitlines() if str(temporary) in line]


def eventually(found: Callable[[], bool]) -> bool:
    tick = threading.Event()
    deadline = time.monotonic() + _GONE_SECONDS
    while not found():
        if time.monotonic() > deadline:
            return False
        tick.wait(0.05)
    return True


def assert_nothing_left(temporary: Path) -> None:
    assert eventually(lambda: not processes_of(temporary)), processes_of(temporary)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("share", [0.0, 0.15, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0])
def test_a_parent_killed_during_the_start_leaves_nothing(
    temporary: Path, number: signal.Signals, share: float
) -> None:
    with start(temporary) as parent:
        # Moments all over the start, each a little elsewhere in every run.
        moment = share * _START_SECONDS + time.monotonic() % 0.05
        with pytest.raises(subprocess.TimeoutExpired):
            parent.wait(moment)
        parent.send_signal(number)
        parent.wait(_GONE_SECONDS)
    assert_nothing_left(temporary)


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_a_parent_stopped_while_it_runs_leaves_nothing(
    temporary: Path, number: signal.Signals, exit_code: int
) -> None:
    with start(temporary) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith("export ")
        assert len(processes_of(temporary)) == 1
        assert len(list(temporary.iterdir())) == 1
        parent.send_signal(number)
        assert parent.wait(_GONE_SECONDS) == exit_code
    assert_nothing_left(temporary)


def test_the_line_on_stdout_is_for_eval_and_the_rest_is_narration(temporary: Path) -> None:
    with start(temporary) as parent:
        assert parent.stdout is not None
        # Ends by itself while the backend runs: the reader of a pipe need not wait for it.
        line = parent.stdout.read()
        assert parent.poll() is None
        parent.send_signal(signal.SIGINT)
        _, narration = parent.communicate(timeout=_GONE_SECONDS)
    words = shlex.split(line)
    assert words[0] == "export"
    names = [word.partition("=")[0] for word in words[1:]]
    assert names == [
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
    ]
    assert line.count("\n") == 1
    assert "audio-client-server-prod-sqs-file-processing-use2-dlq" in narration
    secret = next(word for word in words if word.startswith("AWS_SECRET_ACCESS_KEY="))
    assert secret.partition("=")[2] not in narration


def test_it_says_so_when_the_child_dies(temporary: Path) -> None:
    with start(temporary) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline()
        assert len(processes_of(temporary)) == 1
        listing = subprocess.run(
            ["ps", "-axww", "-o", "pid=,args="], capture_output=True, text=True, check=True
        )
        child = next(line for line in listing.stdout.splitlines() if str(temporary) in line)
        os.kill(int(child.split()[0]), signal.SIGKILL)
        _, narration = parent.communicate(timeout=_GONE_SECONDS)
    assert parent.returncode == 1
    assert "has ended" in narration
    assert_nothing_left(temporary)
