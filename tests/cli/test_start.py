"""The command itself: help without weight, versions, completion, wrong usage."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from console import __version__
from tests.cli.conftest import Call, Spawn

HEAVY = ("boto3", "botocore", "textual", "rich", "ministack", "mutagen", "sqlite3")


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("peek", "-h"), ("--version",)])
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    program = (
        "import sys\nfrom console.cli.main import run\n"
        f"code = run({arguments!r})\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(f'loaded {loaded}' if loaded else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_help_names_every_command_and_the_exit_codes(call: Call) -> None:
    outcome = call("--help")
    assert outcome.code == 0
    for word in ("status", "config", "peek", "upload-test", "journal", "local", "Exit codes"):
        assert word in outcome.out


@pytest.mark.parametrize(
    "command",
    ["status", "config", "peek", "upload-test", "journal", "journal list", "journal show", "local"],
)
def test_every_command_has_help_with_examples(call: Call, command: str) -> None:
    outcome = call(*command.split(), "-h")
    assert outcome.code == 0
    assert command == "journal show" or f"event-console {command.split()[0]}" in outcome.out


def test_version(call: Call) -> None:
    assert __version__ in call("--version").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_that_asks_the_command(call: Call, shell: str) -> None:
    outcome = call("completion", shell)
    assert outcome.code == 0
    assert "_EVENT_CONSOLE_COMPLETE" in outcome.out


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("event-console up", "upload-test"), ("event-console status --pipeline au", "audio")],
)
def test_completion_knows_commands_and_pipelines(
    spawn: Spawn, home: Path, monkeypatch: pytest.MonkeyPatch, words: str, wanted: str
) -> None:
    config = home / ".config" / "event-console" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[pipelines.audio]\nqueue = "q"\n[pipelines.video]\nqueue = "r"')
    monkeypatch.setenv("_EVENT_CONSOLE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    out, _ = spawn().communicate(timeout=30)
    assert out.split() == [f"plain,{wanted}"]


def test_wrong_usage_is_one_sentence_with_a_hint(call: Call) -> None:
    for arguments in (("nope",), ("status", "--bogus"), ("peek", "-n", "0"), ("journal", "x")):
        outcome = call(*arguments)
        assert outcome.code == 2
        assert outcome.out == ""
        assert outcome.err.startswith("event-console: ")
        assert "--help" in outcome.err


def test_an_argument_cannot_command_the_terminal(call: Call) -> None:
    outcome = call("\x1b]0;owned\x07")
    assert "\x1b" not in outcome.err
    assert "\\x1b]0;owned\\x07" in outcome.err


def test_without_a_terminal_the_screen_is_not_opened(call: Call) -> None:
    outcome = call("--bucket", "b")
    assert outcome.code == 2
    assert "status" in outcome.err


def test_json_needs_a_subcommand(call: Call) -> None:
    assert call("--json", "--bucket", "b").code == 2
    assert call("--json", "local").code == 2


def test_nothing_named_is_wrong_usage(call: Call) -> None:
    for command in ("status", "config", "peek", "upload-test"):
        outcome = call(command)
        assert (outcome.code, outcome.out) == (2, "")
        assert "--bucket" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("peek", "--all", "-n", "3", "--queue", "q"),
        ("peek", "--match", "(", "--queue", "q"),
        ("upload-test", "--timeout", "0", "--queue", "q"),
        ("upload-test", "--timeout", "nan", "--queue", "q"),
        ("--read-only", "status", "--write", "--queue", "q"),
        ("--local", "status", "--queue", "q"),
        ("status", "--queue", ""),
    ],
)
def test_what_contradicts_itself_is_refused_before_anything_is_asked(
    call: Call, arguments: tuple[str, ...]
) -> None:
    outcome = call(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") <= 3
