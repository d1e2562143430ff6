"""Failures: one sentence, one remedy, one exit code, and nothing that a reader could misuse."""

from __future__ import annotations

import pytest

from console.cli.failures import report
from console.cli.output import OutputClosed
from console.cli.signals import Interrupted
from console.errors import AwsError, Cancelled, ConsoleError, JournalError, Refused, UsageError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AwsError("failed", "t", "s"), 1),
        (JournalError("t", "s"), 1),
        (UsageError("t", "s"), 2),
        (Refused("t", "s"), 2),
        (Cancelled("It"), 130),
        (KeyboardInterrupt(), 130),
        (Interrupted(15), 143),
        (RuntimeError("x"), 1),
    ],
)
def test_each_failure_has_its_exit_code(error: BaseException, code: int) -> None:
    assert report(error) == code


def test_title_sentence_and_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    report(ConsoleError("Title", "It broke.", "Mend it."))
    assert capsys.readouterr().err == "event-console: Title: It broke.\n  Mend it.\n"


def test_hostile_texts_and_secrets_do_not_pass(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[31m https://b/k?X-Amz-Signature=abc123&x=1\u202e"
    report(ConsoleError("T", hostile, hostile))
    report(RuntimeError(hostile))
    told = capsys.readouterr().err
    for raw in ("\x1b", "\u202e", "abc123"):
        assert raw not in told


def test_a_defect_shows_its_traceback_on_demand(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ValueError("secret_access_key=hunter2")

    for debug, shown in (("", False), ("1", True)):
        monkeypatch.setenv("EVENT_CONSOLE_DEBUG", debug)
        with pytest.raises(ValueError, match="hunter2") as caught:
            fail()
        assert report(caught.value) == 1
        told = capsys.readouterr().err
        assert ("Traceback" in told) is shown
        assert "ValueError" in told
        assert "hunter2" not in told


def test_a_reader_that_left_is_no_failure(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.cli.failures._forget_stdout", lambda: None)
    assert report(OutputClosed()) == 141
    assert capfd.readouterr().err == ""
