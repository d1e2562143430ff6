"""Process over real SQS calls: what each handler's answer does to the message."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from console.audio import make_mp3
from console.errors import UsageError
from console.models.handling import HandlerOptions
from console.models.moving import ProcessOptions, ProcessReport, ProcessResult
from console.models.selection import Filter
from console.operations.handlers.choose import open_handler
from console.operations.process import process
from tests.emulator.conftest import Bench
from tests.emulator.test_redrive import drain


class Run:
    """A process with a Python function of this test as its handler."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.folder = bench, folder
        self.results: list[ProcessResult] = []
        self.cancel = threading.Event()

    def __call__(self, code: str, foreign: bool = True, **options: Any) -> ProcessReport:
        (self.folder / "work_of_test.py").write_text(code)
        sys.modules.pop("work_of_test", None)
        handler = open_handler(
            "python:work_of_test:run", self.bench.workbench, HandlerOptions(foreign=foreign)
        )
        return process(
            self.bench.workbench, self.bench.queue, handler, ProcessOptions(**options),
            cancel=self.cancel, on_result=self.results.append,
        )  # fmt: skip


@pytest.fixture
def run(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    folder = tmp_path / "code"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return Run(bench, folder)


def bodies(bench: Bench) -> set[str]:
    return {m["Body"] for m in drain(bench, bench.queue.url)}


def test_done_is_deleted_and_the_rest_is_visible_again(run: Run) -> None:
    run.bench.send(6)
    report = run(
        "def run(message):\n"
        "    number = int(message['body'].split()[1])\n"
        "    if number == 1: raise ValueError('one is bad')\n"
        "    return [None, None, True, False, 'release', {'length': 5}][number]\n"
    )
    assert (report.done, report.failed, report.state) == (3, 3, "done")
    by_body = {r.message.body: r for r in run.results}
    assert "one is bad" in (by_body["message 1"].error or "")
    assert by_body["message 5"].result == {"length": 5}
    assert run.bench.counts() == (3, 0)
    assert bodies(run.bench) == {"message 1", "message 3", "message 4"}


def test_what_is_kept_stays(run: Run) -> None:
    run.bench.send(3)
    assert run("def run(message): pass", keep=True).done == 3
    assert run.bench.counts() == (3, 0)


def test_test_events_and_foreign_bodies_are_skipped(run: Run) -> None:
    run.bench.send(2)
    run.bench.sqs.send_message(
        QueueUrl=run.bench.queue.url, MessageBody='{"Service":"Amazon S3","Event":"s3:TestEvent"}'
    )
    report = run("def run(message): raise SystemExit", foreign=False)
    assert (report.done, report.skipped) == (0, 3)
    assert run.bench.counts() == (3, 0)


def test_failures_stop_it_and_the_rest_is_given_back(run: Run) -> None:
    run.bench.send(20)
    report = run("def run(message): return False", stop_after=3, concurrency=1)
    assert report.failed == 3
    assert any("Stopped after 3 failures" in reason for reason in report.reasons)
    assert run.bench.counts() == (20, 0)


def test_following_deals_with_what_comes_later_until_it_is_stopped(run: Run) -> None:
    run.bench.send(2)
    seen = threading.Event()
    started = threading.Event()

    class Told(list[ProcessResult]):
        def append(self, result: ProcessResult, /) -> None:
            super().append(result)
            started.set()
            if result.message.body == "later":
                seen.set()

    run.results = Told()
    reports: list[ProcessReport] = []
    thread = threading.Thread(
        target=lambda: reports.append(run("def run(message): pass", follow=True))
    )
    thread.start()
    assert started.wait(20)
    run.bench.sqs.send_message(QueueUrl=run.bench.queue.url, MessageBody="later")
    assert seen.wait(20)
    run.cancel.set()
    thread.join(20)
    assert not thread.is_alive()
    assert reports[0].done == 3
    assert run.bench.counts() == (0, 0)


def test_a_call_that_hangs_has_failed_and_holds_up_nobody(run: Run) -> None:
    run.bench.send(3)
    report = run(
        "import threading\n"
        "def run(message):\n"
        "    if message['body'] == 'message 0': threading.Event().wait()\n",
        seconds=0.3,
    )
    assert (report.done, report.failed) == (2, 1)
    assert run.bench.counts() == (1, 0)


def test_messages_stay_hidden_while_their_handler_runs(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.operations.leases.LEASE_SECONDS", 2)
    monkeypatch.setattr("console.operations.leases.EXTEND_AT", 1.0)
    run.bench.send(1)
    report = run("import time\ndef run(message): time.sleep(4)")
    assert report.done == 1
    assert run.bench.counts() == (0, 0)
    assert run.results[0].message.receive_count == 1


@pytest.mark.parametrize("text", ["python:nope:run", "python:json:nope", "python:json:__name__"])
def test_a_function_that_is_none_is_wrong_usage(bench: Bench, text: str) -> None:
    with pytest.raises(UsageError):
        open_handler(text, bench.workbench, HandlerOptions())


def test_inspect_tells_what_the_audio_is_and_fails_for_what_is_gone(
    bench: Bench, upload: Callable[[str], None]
) -> None:
    upload("in/a.mp3")
    upload("in/gone.mp3")
    bench.s3.delete_object(Bucket=bench.installation.bucket, Key="in/gone.mp3")
    results: list[ProcessResult] = []
    report = process(
        bench.workbench, bench.queue, open_handler("inspect", bench.workbench, HandlerOptions()),
        ProcessOptions(), cancel=threading.Event(), on_result=results.append,
    )  # fmt: skip
    assert (report.done, report.failed) == (1, 1)
    found = {str(r.result["key"]): r for r in results}
    assert found["in/a.mp3"].result["duration_seconds"]
    assert "gone" in (found["in/gone.mp3"].error or "")


@pytest.fixture
def upload(bench: Bench) -> Callable[[str], None]:
    """Put a real MP3; the emulator sends its event."""

    def put(key: str) -> None:
        bench.s3.put_object(
            Bucket=bench.installation.bucket,
            Key=key,
            Body=make_mp3(title="t", artist="a", album="b"),
        )

    return put


def test_a_message_that_is_gone_is_told_of(bench: Bench, run: Run) -> None:
    sent = bench.sqs.send_message(QueueUrl=bench.queue.url, MessageBody="here")["MessageId"]
    where = Filter(ids=frozenset({sent, "00000000-gone"}))
    report = run("def run(message): pass", where=where)
    assert report.done == 1
    assert report.reasons == ("1 not found: taken by a consumer, or gone",)


RELEASE = "def run(message): return 'release'"


@pytest.mark.parametrize("how", [{"drain": True}, {"limit": 8}, {"limit": 8, "concurrency": 1}])
def test_what_a_handler_gives_back_costs_one_attempt(run: Run, how: dict[str, Any]) -> None:
    run.bench.send(8)
    assert run(RELEASE, **how).failed == 8
    assert len(run.results) == 8
    assert run.bench.counts() == (8, 0)
    found = drain(run.bench, run.bench.queue.url)
    assert {m["Attributes"]["ApproximateReceiveCount"] for m in found} == {"2"}


def test_what_a_handler_gives_back_is_anybodys_while_others_still_run(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = ModuleType("gate_of_test")
    gate.__dict__["opened"] = threading.Event()
    monkeypatch.setitem(sys.modules, "gate_of_test", gate)
    run.bench.send(2)
    told = threading.Event()

    class Told(list[ProcessResult]):
        def append(self, result: ProcessResult, /) -> None:
            super().append(result)
            told.set()

    run.results = Told()
    thread = threading.Thread(
        target=run,
        args=(
            "from gate_of_test import opened\n"
            "def run(message):\n"
            "    return 'release' if message['body'] == 'message 0' else opened.wait(60)\n",
        ),
        kwargs={"limit": 2, "concurrency": 2},
    )
    thread.start()
    assert told.wait(20)
    answer = run.bench.sqs.receive_message(QueueUrl=run.bench.queue.url, WaitTimeSeconds=20)
    gate.__dict__["opened"].set()
    thread.join(20)
    assert [m["Body"] for m in answer["Messages"]] == ["message 0"]
    assert {r.message.body: r.outcome for r in run.results} == {
        "message 0": "failed",
        "message 1": "done",
    }


def test_following_handles_what_it_gave_back_as_often_as_it_receives_it(run: Run) -> None:
    run.bench.send(1)

    class Told(list[ProcessResult]):
        def append(self, result: ProcessResult, /) -> None:
            super().append(result)
            if len(self) == 2:
                run.cancel.set()

    run.results = Told()
    run(RELEASE, follow=True)
    assert [r.message.receive_count for r in run.results] == [1, 2]
    assert run.bench.counts() == (1, 0)
