"""The real console on a terminal of its own: every way out gives back what is held, quickly."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Installation

_PATIENCE = 20.0
_LEAVE_ALTERNATE_SCREEN = b"\x1b[?1049l"
_SHOW_CURSOR = b"\x1b[?25h"


class Terminal:
    """A pseudo terminal of 100×30 with a program on it."""

    def __init__(self, arguments: list[str], environment: dict[str, str], cwd: Path) -> None:
        self.side, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            arguments, stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd,
            env=environment, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        self.other = theirs
        self.seen = b""

    def read(self, seconds: float = 0.2) -> bool:
        """Take what has come; false at the end."""
        try:
            if select.select([self.side], [], [], seconds)[0]:
                self.seen += os.read(self.side, 65536)
        except OSError:
            return False
        return True

    def until(self, *words: str) -> None:
        """Read until all the words have been painted after what was read before."""
        ends = time.monotonic() + _PATIENCE
        start = len(self.seen)
        while not all(word.encode() in self.seen[start:] for word in words):
            assert self.process.poll() is None, self.seen[-2000:]
            assert time.monotonic() < ends, (words, self.seen[-3000:])
            self.read()

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.side, keys.encode())

    def ends(self) -> float:
        """Seconds until the program has ended; what it writes meanwhile is read."""
        started = time.monotonic()
        while self.process.poll() is None:
            assert time.monotonic() - started < _PATIENCE, self.seen[-2000:]
            self.read(0.02)
        took = time.monotonic() - started
        while select.select([self.side], [], [], 0)[0] and self.read(0):
            continue
        return took

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed."""
        os.close(self.other)
        os.close(self.side)
        self.side = self.other = -1

    def close(self) -> None:
        """Whatever is left."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in {self.side, self.other} - {-1}:
            os.close(descriptor)


Open = Callable[..., Terminal]


@pytest.fixture
def open_console(installation: Installation, tmp_path: Path) -> Iterator[Open]:
    """Start the console on an installation."""
    opened: list[Terminal] = []

    def start(*more: str) -> Terminal:
        environment = {**os.environ, **installation.environment(), "TERM": "xterm-256color"}
        arguments = [
            sys.executable, "-m", "console", "--bucket", installation.bucket,
            "--queue", installation.queue, *more,
        ]  # fmt: skip
        opened.append(Terminal(arguments, environment, tmp_path))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def in_flight(sqs: Any, url: str) -> tuple[int, int]:
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return int(answer[names[0]]), int(answer[names[1]])


def given_back(sqs: Any, url: str, count: int) -> bool:
    """Whether all messages become visible soon: an emulator may settle a little later."""
    tick = threading.Event()
    ends = time.monotonic() + 3
    while in_flight(sqs, url) != (count, 0):
        if time.monotonic() > ends:
            return False
        tick.wait(0.05)
    return True


def hold_messages(terminal: Terminal, sqs: Any, url: str) -> None:
    """Leave the console with three messages in its hands."""
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=f"message {number}")
    terminal.until("answers")
    terminal.press("2")
    terminal.until("A peek costs each message")
    terminal.press("h")
    terminal.until("HOLD")
    terminal.press("g")
    # Not before the peek has ended: leaving asks first while one runs.
    terminal.until("messages may have gone since", "3 held")
    assert in_flight(sqs, url) == (0, 3)


@pytest.mark.parametrize(
    ("way", "code"),
    [("q", 0), ("\x03", 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129), ("close", 129)],
    ids=["q", "ctrl-c", "term", "hup", "closed terminal"],
)
def test_leaving_gives_back_what_is_held(
    open_console: Open,
    aws: Callable[[str], Any],
    installation: Installation,
    way: str | signal.Signals,
    code: int,
) -> None:
    terminal, sqs = open_console(), aws("sqs")
    hold_messages(terminal, sqs, installation.queue_url)
    if way == "close":
        terminal.hang_up()
        terminal.process.wait(_PATIENCE)
    elif isinstance(way, signal.Signals):
        terminal.process.send_signal(way)
        terminal.ends()
    else:
        terminal.press(way)
        terminal.ends()
    assert terminal.process.returncode == code
    assert given_back(sqs, installation.queue_url, 3)
    if way != "close":
        assert _LEAVE_ALTERNATE_SCREEN in terminal.seen
        assert _SHOW_CURSOR in terminal.seen
        assert termios.tcgetattr(terminal.other)[:4] == terminal.before[:4]
    assert b"Traceback" not in terminal.seen


def test_with_nothing_held_leaving_takes_less_than_a_second(open_console: Open) -> None:
    terminal = open_console()
    terminal.until("answers")
    terminal.press("q")
    assert terminal.ends() < 1.0
    assert terminal.process.returncode == 0


def test_leaving_before_anything_answered(open_console: Open) -> None:
    terminal = open_console("--endpoint-url", "http://127.0.0.1:9")
    terminal.until("connecting")
    terminal.press("q")
    assert terminal.ends() < 1.0
    assert terminal.process.returncode == 0


def test_stopping_an_upload_test_by_leaving_cleans_up(
    open_console: Open, aws: Callable[[str], Any], install: Callable[..., Installation]
) -> None:
    silent = install(events=("s3:ObjectTagging:*",))
    terminal = open_console("--bucket", silent.bucket, "--queue", silent.queue)
    terminal.until("SQS")
    terminal.press("5")
    terminal.until("Puts a small real MP3")
    terminal.press("s")
    terminal.until("running")
    terminal.press("q")
    terminal.until("Stop and leave")
    terminal.press("\x03")
    terminal.ends()
    assert terminal.process.returncode == 0
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=silent.bucket)
    assert b"Traceback" not in terminal.seen
