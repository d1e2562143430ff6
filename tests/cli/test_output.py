"""What goes to the terminal: colour only where it is wanted, nothing that commands it."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable

import pytest

from console.cli.failures import report
from console.cli.output import Output, OutputClosed, OutputFailed, prepare_streams, text


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    """A terminal or pipe whose other end has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Terminal]:
    """Make stdout a terminal; in the test itself, since pytest sets stdout before it."""

    def replace() -> Terminal:
        stream = Terminal()
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "40")
        return stream

    return replace


def test_a_terminal_gets_colour_and_its_own_width(on_terminal: Callable[[], Terminal]) -> None:
    terminal = on_terminal()
    Output().show(text("x" * 50, "red"))
    assert "\x1b[31m" in terminal.getvalue()
    assert terminal.getvalue().count("\n") == 2


@pytest.mark.parametrize("by_flag", [True, False])
def test_colour_can_be_refused(
    on_terminal: Callable[[], Terminal], monkeypatch: pytest.MonkeyPatch, by_flag: bool
) -> None:
    if not by_flag:
        monkeypatch.setenv("NO_COLOR", "1")
    terminal = on_terminal()
    Output(no_color=by_flag).show(text("x", "red"))
    assert terminal.getvalue() == "x\n"


def test_a_pipe_gets_no_colour_and_no_folding(capsys: pytest.CaptureFixture[str]) -> None:
    Output().show(text("x" * 5000, "red"))
    assert capsys.readouterr().out == "x" * 5000 + "\n"


def test_narration_is_safe_and_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    Output().say("[/red]\x1b[2J X-Amz-Signature=abc")
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "[/red]\\x1b[2J X-Amz-Signature=[removed]\n"


def test_narration_without_a_reader_disturbs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Gone())
    assert Output().warn("nobody hears this") is None


def test_data_without_a_reader_is_told_to_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Gone())
    for write in (Output().document, Output().json_line, Output().plain):
        with pytest.raises(OutputClosed):
            write("x")


def test_a_full_disk_is_a_failure_and_no_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    with pytest.raises(OutputFailed) as caught:
        Output().plain("x")
    assert report(caught.value) == 1
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert "defect" not in told


def test_streams_that_the_caller_closed_are_written_to_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    prepare_streams()
    assert Output().warn("nobody hears this") is None
    Output().plain("nor reads this")
    assert not sys.stdin.isatty()
    assert not Output().is_followed
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()
