"""What keeps an operator from the wrong change: confirmation, dry runs, and what they say."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.aws.move_tasks import MoveTasks
from console.errors import AwsError
from console.models.pipeline import QueueRef
from tests.cli.conftest import Call, Spawn, lead_to
from tests.cli.test_moving import counts, event, send
from tests.conftest import Installation


@pytest.fixture
def sqs(aws: Callable[[str], Any]) -> Any:
    return aws("sqs")


@pytest.mark.parametrize(
    "command",
    [
        ("redrive", "-n", "1"),
        ("delete", "--dlq", "--all"),
        ("purge", "--dlq"),
        ("process", "--dlq", "--handler", "inspect"),
    ],
)
def test_the_name_of_another_queue_confirms_nothing(
    call: Call, on_emulator: Installation, sqs: Any, command: tuple[str, ...]
) -> None:
    send(sqs, on_emulator.dlq_url or "", 2)
    outcome = call(*command, "--yes", "--confirm", on_emulator.queue)
    assert outcome.code == 2
    assert f"--confirm {on_emulator.dlq}" in outcome.err
    assert counts(sqs, on_emulator.dlq_url or "") == (2, 0)


def test_a_script_reads_what_is_done_too(
    call: Call, on_emulator: Installation, sqs: Any, home: Path
) -> None:
    config = home / "config.toml"
    config.write_text("[journal]\nbodies = false\n")
    send(sqs, on_emulator.dlq_url or "", 2)
    outcome = call("delete", "--dlq", "--all", "--yes", "--json", "--config", str(config))
    assert outcome.json["deleted"] == 2
    assert "NO copies" in outcome.err
    operation = outcome.json["operation_id"]
    for more in ("--dry-run", "--yes"):
        restored = call("restore", operation, more)
        assert restored.code == 2
        assert "kept no bodies" in restored.err


def test_a_purge_says_how_to_keep_copies(call: Call, on_emulator: Installation, sqs: Any) -> None:
    send(sqs, on_emulator.dlq_url or "", 2)
    outcome = call("purge", "--dlq", "--dry-run")
    assert outcome.code == 0
    assert "--copy-first" in outcome.out


def test_a_purge_that_comes_too_early_is_refused_before_it_asks_and_by_its_dry_run_too(
    call: Call, on_emulator: Installation, sqs: Any
) -> None:
    assert call("purge", "--dlq", "--yes").code == 0
    for more in (["--dry-run"], ["--dry-run", "--json"], []):
        told = call("purge", "--dlq", *more)
        assert (told.code, told.out) == (2, "")
        assert "less than 60 s ago" in told.err


def test_a_dry_run_of_process_counts_what_matches(
    call: Call, on_emulator: Installation, sqs: Any
) -> None:
    send(sqs, on_emulator.dlq_url or "", 12)
    outcome = call(
        "process", "--dlq", "--dry-run", "--match", "message 1", "--handler", "inspect", "--json"
    )
    assert outcome.lines[-1]["would_process"] == 3
    assert "have to be received" in outcome.err
    assert counts(sqs, on_emulator.dlq_url or "") == (12, 0)


def test_a_dry_run_that_could_not_look_at_all_is_a_finding(
    call: Call,
    install: Callable[..., Installation],
    monkeypatch: pytest.MonkeyPatch,
    sqs: Any,
) -> None:
    installation = lead_to(install(max_receive_count=1), monkeypatch)
    send(sqs, installation.queue_url, 2)
    outcome = call("delete", "--dry-run", "--match", "message", "--json")
    assert (outcome.code, outcome.json["matched"], outcome.json["withheld"]) == (3, 0, 2)
    (received,) = sqs.receive_message(
        QueueUrl=installation.queue_url, AttributeNames=["ApproximateReceiveCount"]
    )["Messages"]
    assert received["Attributes"]["ApproximateReceiveCount"] == "1"


class Started:
    """Move tasks of an endpoint that lists them and cannot start any."""

    def __init__(self) -> None:
        self.rates: list[int | None] = []

    def tasks(self, _: MoveTasks, __: QueueRef) -> tuple[()]:
        return ()

    def sources(self, _: MoveTasks, __: QueueRef) -> tuple[str, ...]:
        return ("http://127.0.0.1/0/one",)

    def start(self, _: MoveTasks, __: QueueRef, ___: str | None, rate: int | None) -> str:
        self.rates.append(rate)
        raise AwsError("unsupported", "Not supported here", "It knows no StartMessageMoveTask.")


@pytest.fixture
def half_known(monkeypatch: pytest.MonkeyPatch) -> Started:
    started = Started()
    monkeypatch.setattr(MoveTasks, "tasks", lambda s, q: started.tasks(s, q))
    monkeypatch.setattr(MoveTasks, "sources", lambda s, q: started.sources(s, q))
    monkeypatch.setattr(MoveTasks, "start", lambda s, q, d, r: started.start(s, q, d, r))
    return started


def test_an_endpoint_that_starts_no_move_task_gets_a_journaled_move(
    call: Call, on_emulator: Installation, sqs: Any, half_known: Started
) -> None:
    send(sqs, on_emulator.dlq_url or "", 5)
    outcome = call("redrive", "--yes", "--json")
    assert half_known.rates == [None]
    assert (outcome.code, outcome.json["mode"], outcome.json["moved"]) == (0, "selected", 5)
    assert "message by message" in outcome.err


def test_a_rate_that_sqs_does_not_have_is_refused_before_anything(
    call: Call, on_emulator: Installation, sqs: Any, half_known: Started
) -> None:
    send(sqs, on_emulator.dlq_url or "", 1)
    for more in (("--dry-run",), ("--yes",), ()):
        outcome = call("redrive", "--rate", "0.5", *more)
        assert outcome.code == 2
        assert "--journaled" in outcome.err
    assert half_known.rates == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_who_follows_is_stopped_in_order(
    spawn: Spawn, on_emulator: Installation, sqs: Any, tmp_path: Path, number: int, code: int
) -> None:
    for key in ("one.mp3", "two.mp3", "three.mp3"):
        sqs.send_message(QueueUrl=on_emulator.queue_url, MessageBody=event(on_emulator.bucket, key))
    begun, script = tmp_path / "begun", tmp_path / "handler.py"
    script.write_text(
        "import pathlib, time\n"
        f"if not pathlib.Path({str(begun)!r}).exists():\n"
        f"    pathlib.Path({str(begun)!r}).touch()\n"
        "    raise SystemExit(1)\n"
        "time.sleep(1)\n"
    )
    process = spawn(
        "process", "--follow", "--handler", f"command:{sys.executable} {script}",
        "--concurrency", "1", "--yes", "--json",
    )  # fmt: skip
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    *results, summary = [first, *(json.loads(line) for line in out.splitlines())]
    assert summary["state"] == "interrupted"
    assert summary["failed"] == 1
    assert len(results) == summary["done"] + summary["failed"]
    assert counts(sqs, on_emulator.queue_url) == (3 - summary["done"], 0)
