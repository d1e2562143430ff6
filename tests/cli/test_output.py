"""What goes to the terminal: colour only where it is wanted, nothing that commands it."""

from __future__ import annotations

import errno
import io
import sys
from collections.abc import Callable

import pytest

from console.cli.output import Output, OutputClosed, text


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
    Output().warn("nobody hears this")


def test_data_without_a_reader_is_told_to_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Gone())
    for write in (Output().document, Output().json_line, Output().plain):
        with pytest.raises(OutputClosed):
            write("x")
