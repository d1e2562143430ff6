"""Calling the command line: in this process where that is enough, as a process where it is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from console.cli.main import run
from tests.conftest import Installation


@dataclass(frozen=True)
class Outcome:
    """What a call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        assert self.out.isascii()
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON Lines on stdout."""
        assert self.out.isascii()
        return [json.loads(line) for line in self.out.splitlines()]


Call = Callable[..., Outcome]
Spawn = Callable[..., subprocess.Popen[str]]


@pytest.fixture(autouse=True)
def _cloudtrail_without_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS allows two look-ups a second, the emulator any number."""
    monkeypatch.setattr("console.aws.cloudtrail.CALLS_PER_SECOND", 10_000.0)


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """Run a command line in this process."""

    def run_here(*arguments: str) -> Outcome:
        capfd.readouterr()
        code = run(arguments)
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run_here


@pytest.fixture
def on_emulator(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation that the environment leads to, and that the environment names."""
    return lead_to(installation, monkeypatch)


def lead_to(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Let the environment lead to an installation and name it."""
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("EVENT_CONSOLE_BUCKET", installation.bucket)
    monkeypatch.setenv("EVENT_CONSOLE_QUEUE", installation.queue)
    return installation


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start the command as a process of its own, in the environment of the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "console", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=os.environ.copy(),
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
