"""What handlers may do: print without end, answer oddly, and follow a queue for hours."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.models.handling import HandlerOptions
from console.models.moving import ProcessOptions, ProcessReport, ProcessResult
from console.operations.handlers import command
from console.operations.handlers.choose import open_handler
from console.operations.process import process
from tests.emulator.conftest import Bench

Commanded = Callable[..., list[ProcessResult]]


def work(
    bench: Bench, text: str, options: ProcessOptions, cancel: threading.Event, **handling: Any
) -> tuple[ProcessReport, list[ProcessResult]]:
    results: list[ProcessResult] = []
    handler = open_handler(text, bench.workbench, HandlerOptions(foreign=True, **handling))
    report = process(
        bench.workbench, bench.queue, handler, options, cancel=cancel, on_result=results.append
    )
    return report, results


@pytest.fixture
def commanded(bench: Bench, tmp_path: Path) -> Commanded:
    """The results of running a Python program over what is in the queue."""

    def run(code: str, **options: Any) -> list[ProcessResult]:
        script = tmp_path / "handler.py"
        script.write_text(code)
        text = f"command:{sys.executable} {script}"
        return work(bench, text, ProcessOptions(**options), threading.Event())[1]

    return run


def test_what_a_program_prints_does_not_fill_the_disk(
    bench: Bench, commanded: Commanded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_MOST_PRINTED", 1024 * 1024)
    bench.send(1)
    (result,) = commanded(
        "import os, sys\n"
        "piece, most = b'x' * 65536, 0\n"
        "for n in range(4000):\n"
        "    os.write(1, piece)\n"
        "    most = max(most, os.fstat(1).st_blocks * 512)\n"
        "sys.stderr.write(f'printed {os.fstat(1).st_size}, kept at most {most}')\n"
        "sys.exit(1)\n"
    )
    words = (result.error or "").split()
    assert words[3:5] == ["printed", f"{4000 * 65536},"]
    assert int(words[-1]) < 4000 * 65536


def test_the_end_of_what_was_printed_is_kept() -> None:
    with tempfile.TemporaryFile() as stream:
        stream.write(b"x" * (20 * 1024 * 1024) + b"the end")
        stream.flush()
        command._forget_much(stream)  # pyright: ignore[reportPrivateUsage]
        os.write(stream.fileno(), b" and more")
        assert os.fstat(stream.fileno()).st_blocks * 512 < 1024 * 1024
        stream.seek(-16, os.SEEK_END)
        assert stream.read() == b"the end and more"


@pytest.mark.parametrize("depth", [90, 500, 700, 900, 960, 980])
def test_a_result_that_is_nested_without_end_is_no_failure(
    bench: Bench, commanded: Commanded, depth: int
) -> None:
    from console.documents.moving import process_result_document
    from console.documents.values import to_json

    bench.send(1)
    (result,) = commanded(f"print('{{\"a\":' * {depth} + 'NaN' + '}}' * {depth})")
    assert result.outcome == "done"
    assert (result.result == {}) == (depth > 90)
    assert json.loads(to_json(process_result_document(result)))["outcome"] == "done"


def test_who_follows_and_keeps_handles_each_message_once(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.operations.leases.LEASE_SECONDS", 2)
    monkeypatch.setattr("console.operations.leases.EXTEND_AT", 1.0)
    bench.send(1)
    bench.sqs.send_message(QueueUrl=bench.queue.url, MessageBody="later", DelaySeconds=5)
    cancel = threading.Event()
    seen: list[str] = []

    def note(result: ProcessResult) -> None:
        seen.append(result.message.body)
        if result.message.body == "later":
            cancel.set()

    handler = open_handler("command:true", bench.workbench, HandlerOptions(foreign=True))
    options = ProcessOptions(follow=True, keep=True)
    report = process(bench.workbench, bench.queue, handler, options, cancel=cancel, on_result=note)
    assert (seen, report.done) == (["message 0", "later"], 2)
    assert sum(bench.counts()) == 2


def test_who_stops_following_gives_back_what_failed(bench: Bench) -> None:
    bench.send(1)
    cancel = threading.Event()
    handler = open_handler("command:false", bench.workbench, HandlerOptions(foreign=True))
    report = process(
        bench.workbench, bench.queue, handler, ProcessOptions(follow=True),
        cancel=cancel, on_result=lambda _: cancel.set(),
    )  # fmt: skip
    assert report.failed == 1
    assert bench.counts() == (1, 0)


def test_who_follows_tries_again_what_failed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.operations.leases.LEASE_SECONDS", 4)
    monkeypatch.setattr("console.operations.leases.EXTEND_AT", 1.0)
    bench.send(1)
    cancel = threading.Event()
    counts: list[int] = []

    def note(result: ProcessResult) -> None:
        counts.append(result.message.receive_count)
        if len(counts) == 2:
            cancel.set()

    handler = open_handler("command:false", bench.workbench, HandlerOptions(foreign=True))
    process(
        bench.workbench, bench.queue, handler, ProcessOptions(follow=True),
        cancel=cancel, on_result=note,
    )  # fmt: skip
    assert counts == [1, 2]


def test_a_download_ends_with_its_time(bench: Bench) -> None:
    key = "big.mp3"
    bench.s3.put_object(Bucket=bench.installation.bucket, Key=key, Body=b"x" * 100)
    report, results = work(
        bench, "command:true", ProcessOptions(seconds=0.0), threading.Event(), download=True
    )
    assert report.failed == 1
    assert "in time" in (results[0].error or "")
