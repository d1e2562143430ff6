"""Signals: what is held is given back, what was made is removed, and the exit code tells."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import click
import pytest

from console.cli.headless import headless
from console.cli.signals import Interrupted, Interruption, interruptible
from console.errors import AwsError
from tests.cli.conftest import Spawn, lead_to
from tests.cli.test_peek import attributes, put
from tests.cli.test_upload_test import keys
from tests.conftest import Installation

Aws = Callable[[str], Any]
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_an_upload_test_cleans_up(
    spawn: Spawn,
    install: Callable[..., Installation],
    monkeypatch: pytest.MonkeyPatch,
    aws: Aws,
    number: int,
    code: int,
) -> None:
    installation = lead_to(install(events=("s3:ObjectTagging:*",)), monkeypatch)
    aws("sqs").send_message(QueueUrl=installation.queue_url, MessageBody="somebody else's")
    process = spawn("upload-test", "--json", "--timeout", "60")
    told = read_until(process, "event …")
    assert keys(aws, installation) != []
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, told + err
    assert out == ""
    assert "Traceback" not in err
    assert keys(aws, installation) == []
    assert attributes(aws, installation.queue_url) == (1, 0)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_peek_gives_back_what_it_holds(
    spawn: Spawn, on_emulator: Installation, aws: Aws, number: int, code: int
) -> None:
    # More than a pipe holds, so that it cannot be through before the signal.
    put(aws, on_emulator, *(f"{n}.mp3" for n in range(120)))
    process = spawn("peek", "--all", "--hold", "--json")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    assert '"type": "summary"' in out.splitlines()[-1]
    assert "Traceback" not in err
    assert attributes(aws, on_emulator.queue_url) == (120, 0)


def test_a_command_that_holds_nothing_leaves_at_once(
    spawn: Spawn, on_emulator: Installation
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        process = spawn("status", "--endpoint-url", f"http://127.0.0.1:{port}")
        silent.settimeout(30)
        silent.accept()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (130, "", "")


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible() as interruption:
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) == interruption.handle
        assert signal.getsignal(signal.SIGTERM) != interruption.handle
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_second_signal_does_not_wait_for_work_in_progress() -> None:
    interruption = Interruption()
    with interruption.cooperative() as cancel:
        interruption.handle(signal.SIGTERM)
        assert cancel.is_set()
        with pytest.raises(Interrupted) as caught:
            interruption.handle(signal.SIGINT)
    assert caught.value.exit_code == interruption.exit_code == 143


def test_a_failure_after_a_signal_does_not_hide_the_signal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail() -> None:
        context = click.Context(click.Command("x"))
        with headless(context, needs_pipeline=False) as session:
            with session.interruption.cooperative():
                session.interruption.handle(signal.SIGTERM)
            raise AwsError("unreachable", "Unreachable", "It did not answer.")

    with pytest.raises(click.exceptions.Exit) as caught:
        fail()
    assert caught.value.exit_code == 143
    assert "It did not answer." in capsys.readouterr().err


def test_giving_back_is_not_cut_short() -> None:
    interruption = Interruption()
    with interruption.giving_back():
        interruption.handle(signal.SIGTERM)
        interruption.handle(signal.SIGTERM)
    assert interruption.exit_code == 143
    with pytest.raises(Interrupted):
        interruption.handle(signal.SIGTERM)


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """What a process tells on stderr up to a word."""
    assert process.stderr is not None
    told = ""
    while word not in told:
        line = process.stderr.readline()
        assert line, f"it ended before it told {word!r}: {told}"
        told += line
    return told


def test_ctrl_c_at_the_question_after_canaries_leaves_it_at_them(
    on_emulator: Installation, aws: Aws
) -> None:
    assert on_emulator.dlq_url is not None
    for number in range(4):
        aws("sqs").send_message(QueueUrl=on_emulator.dlq_url, MessageBody=f"message {number}")
    user, terminal = os.openpty()
    command = ("redrive", "--match", "message", "--canary", "1", "--canary-wait", "1s", "--json")
    process = subprocess.Popen(
        [sys.executable, "-m", "console", *command],
        stdin=terminal, stderr=terminal, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(terminal)
    try:
        show_until(user, "Type yes")
        os.write(user, b"yes\n")
        show_until(user, "Move the rest?")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        os.close(user)
    assert process.returncode == 130
    assert (json.loads(out)["moved"], json.loads(out)["failed"]) == (1, 0)
    assert attributes(aws, on_emulator.dlq_url) == (3, 0)


def show_until(terminal: int, word: str) -> None:
    """Read what is shown on a terminal up to a word."""
    told = ""
    while word not in told:
        told += os.read(terminal, 4096).decode(errors="replace")
