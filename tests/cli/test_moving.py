"""Redrive, delete, restore, purge, process and the journal's resume on the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.aws.move_tasks import MoveTasks
from console.models.clock import SystemClock
from console.models.move_task import MoveTask
from console.operations.purge import _Copying as PassOfCopies
from tests.cli.conftest import Call, Spawn, lead_to
from tests.conftest import Installation


@pytest.fixture
def sqs(aws: Callable[[str], Any]) -> Any:
    return aws("sqs")


def send(sqs: Any, url: str, count: int, **more: Any) -> None:
    for start in range(0, count, 10):
        entries = [
            {"Id": str(i), "MessageBody": f"message {i}", **more}
            for i in range(start, min(count, start + 10))
        ]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)


def counts(sqs: Any, url: str) -> tuple[int, int]:
    got = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    visible = int(got["ApproximateNumberOfMessages"])
    return visible, int(got["ApproximateNumberOfMessagesNotVisible"])


def event(bucket: str, key: str) -> str:
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 3}},
    }
    return json.dumps({"Records": [record]})


def test_a_redrive_of_everything_falls_back_and_says_so(
    call: Call, on_emulator: Installation, sqs: Any
) -> None:
    send(sqs, on_emulator.dlq_url or "", 25)
    outcome = call("redrive", "--yes", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["moved"] == 25
    assert (outcome.json["mode"], outcome.json["remaining"]) == ("selected", 0)
    assert "knows no move tasks" in outcome.err
    assert counts(sqs, on_emulator.queue_url) == (25, 0)


def test_without_yes_and_without_a_terminal_nothing_is_written(
    call: Call, on_emulator: Installation, sqs: Any
) -> None:
    send(sqs, on_emulator.dlq_url or "", 2)
    for command in (
        ("redrive",),
        ("delete", "--dlq", "--all"),
        ("purge", "--dlq"),
        ("process", "--dlq", "--handler", "inspect"),
    ):
        outcome = call(*command)
        assert outcome.code == 2, command
        assert "--yes" in outcome.err
    assert counts(sqs, on_emulator.dlq_url or "") == (2, 0)


def test_dry_runs_change_nothing(call: Call, on_emulator: Installation, sqs: Any) -> None:
    send(sqs, on_emulator.dlq_url or "", 12)
    assert call("redrive", "--dry-run", "--json").json["matched"] == 12
    matched = call("redrive", "--dry-run", "--match", "message 1", "--json")
    assert (matched.code, matched.json["matched"]) == (0, 3)
    assert "received" in matched.err
    assert (
        call("delete", "--dlq", "--dry-run", "--match", "message 2", "--json").json["matched"] == 1
    )
    assert call("purge", "--dlq", "--dry-run", "--json").json["would_purge"] == 12
    process = call("process", "--dlq", "--dry-run", "--handler", "inspect", "--json")
    assert process.lines[-1]["would_process"] == 10
    assert counts(sqs, on_emulator.dlq_url or "") == (12, 0)


def test_move_tasks_are_told_and_cancelled_in_true_numbers(
    call: Call, on_emulator: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [
        MoveTask("arn:dlq", "RUNNING", 13, 40, "handle"),
        MoveTask("arn:dlq", "COMPLETED", 40, 40),
    ]
    monkeypatch.setattr(MoveTasks, "tasks", lambda *_: tuple(tasks))
    monkeypatch.setattr(MoveTasks, "cancel", lambda *_: 15)
    shown = call("redrive", "status")
    assert shown.out.splitlines() == ["RUNNING  13 of about 40", "COMPLETED  40 of about 40"]
    cancelled = call("redrive", "cancel", "--yes", "--json").json
    assert (cancelled["state"], cancelled["moved"], cancelled["cancelled"]) == (
        "CANCELLING",
        15,
        True,
    )
    del tasks[0]
    nothing = call("redrive", "cancel", "--yes", "--json").json
    assert nothing.keys() == cancelled.keys()
    assert (nothing["state"], nothing["moved"], nothing["cancelled"]) == (None, None, False)


def test_a_delete_takes_what_matches_and_restore_brings_it_back(
    call: Call, on_emulator: Installation, sqs: Any
) -> None:
    dlq = on_emulator.dlq_url or ""
    send(sqs, dlq, 20)
    deleted = call("delete", "--dlq", "--match", "message 1", "--yes", "--json")
    assert (deleted.code, deleted.json["deleted"]) == (0, 11)
    assert counts(sqs, dlq) == (9, 0)
    restored = call("restore", deleted.json["operation_id"], "--yes", "--json")
    assert (restored.code, restored.json["restored"]) == (0, 11)
    assert counts(sqs, dlq) == (20, 0)


def test_a_delete_needs_a_choice(call: Call, on_emulator: Installation) -> None:
    outcome = call("delete", "--dlq", "--yes")
    assert outcome.code == 2
    assert "--all" in outcome.err


def test_an_id_that_is_not_there_is_a_finding(
    call: Call, on_emulator: Installation, sqs: Any
) -> None:
    send(sqs, on_emulator.dlq_url or "", 1)
    outcome = call("delete", "--dlq", "--id", "nowhere", "--yes", "--json")
    assert outcome.code == 3
    assert (outcome.json["deleted"], outcome.json["not_found"]) == (0, 1)


def test_a_purge_with_copies_can_be_restored_and_is_not_repeated_too_early(
    call: Call, on_emulator: Installation, sqs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dlq = on_emulator.dlq_url or ""
    send(sqs, dlq, 15)
    purged = call("purge", "--dlq", "--copy-first", "--yes", "--json")
    assert purged.code == 0, purged.err
    assert (purged.json["purged_about"], purged.json["copied"]) == (15, 15)
    assert counts(sqs, dlq) == (0, 0)
    again = call("purge", "--dlq", "--yes")
    assert again.code == 2
    assert "60 s" in again.err
    waited: list[float] = []
    monkeypatch.setattr(SystemClock, "wait", lambda _, cancel, seconds: waited.append(seconds))
    restored = call("restore", purged.json["copy_id"], "--yes", "--json")
    assert restored.json["restored"] == 15
    assert 30 < max(waited) <= 60
    assert "its purge destroys: waiting." in restored.err
    assert counts(sqs, dlq) == (15, 0)


def test_ctrl_c_while_copies_are_made_tells_of_them_and_purges_nothing(
    call: Call, on_emulator: Installation, sqs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(sqs, on_emulator.dlq_url or "", 5)
    remember = PassOfCopies.read

    def read(copying: PassOfCopies, cancel: threading.Event) -> None:
        remember(copying, cancel)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(PassOfCopies, "read", read)
    outcome = call("purge", "--dlq", "--copy-first", "--yes", "--json")
    assert outcome.code == 130, outcome.err
    told = outcome.json
    assert (told["operation_id"], told["purged_about"], told["copied"]) == (None, 0, 5)
    assert f"Nothing was purged: 5 messages are copied ({told['copy_id']})" in outcome.err
    assert counts(sqs, on_emulator.dlq_url or "") == (5, 0)


def test_production_wants_write_and_the_queues_name(
    call: Call, on_emulator: Installation, sqs: Any, home: Path
) -> None:
    config = home / "config.toml"
    config.write_text(f'[pipelines.p]\nqueue = "{on_emulator.queue}"\nproduction = true\n')
    send(sqs, on_emulator.dlq_url or "", 3)
    base = ("redrive", "--config", str(config), "--pipeline", "p", "--yes", "--json")
    assert call(*base).code == 2
    unconfirmed = call(*base, "--write")
    assert unconfirmed.code == 2
    assert f"--confirm {on_emulator.dlq}" in unconfirmed.err
    assert counts(sqs, on_emulator.dlq_url or "") == (3, 0)
    assert call(*base, "--write", "--confirm", on_emulator.dlq or "").json["moved"] == 3


def test_process_runs_a_command_and_deletes_what_it_has_done(
    call: Call, on_emulator: Installation, sqs: Any, tmp_path: Path
) -> None:
    for key in ("good.mp3", "bad.mp3", "again.mp3"):
        sqs.send_message(QueueUrl=on_emulator.queue_url, MessageBody=event(on_emulator.bucket, key))
    sqs.send_message(QueueUrl=on_emulator.queue_url, MessageBody="not an event")
    script = tmp_path / "handler.py"
    script.write_text(
        "import json, os, sys\n"
        "message = json.load(sys.stdin)\n"
        "key = os.environ['EVENT_CONSOLE_MESSAGE_KEY']\n"
        "assert key == message['event']['key']\n"
        "print(json.dumps({'seen': key}))\n"
        "print('no luck', file=sys.stderr)\n"
        "sys.exit({'good.mp3': 0, 'bad.mp3': 3, 'again.mp3': 75}[key])\n"
    )
    handler = f"command:{sys.executable} {script}"
    outcome = call("process", "--drain", "--handler", handler, "--yes", "--json")
    assert outcome.code == 1, outcome.err
    *results, summary = outcome.lines
    by_key = {r["key"]: r for r in results}
    assert by_key["good.mp3"]["outcome"] == "done"
    assert by_key["good.mp3"]["result"] == {"seen": "good.mp3"}
    assert by_key["bad.mp3"]["error"] == "exit code 3: no luck"
    assert by_key[None]["outcome"] == "skipped"
    assert (summary["done"], summary["failed"], summary["skipped"]) == (1, 2, 1)
    assert counts(sqs, on_emulator.queue_url) == (3, 0)


def test_process_hands_over_the_object_and_keeps_messages(
    call: Call, on_emulator: Installation, sqs: Any, aws: Callable[[str], Any], tmp_path: Path
) -> None:
    aws("s3").put_object(Bucket=on_emulator.bucket, Key="a b.txt", Body=b"abc")
    body = event(on_emulator.bucket, "a+b.txt")
    sqs.send_message(QueueUrl=on_emulator.queue_url, MessageBody=body)
    script = tmp_path / "handler.py"
    script.write_text(
        "import json, os\n"
        "path = os.environ['EVENT_CONSOLE_MESSAGE_FILE']\n"
        "print(json.dumps({'data': open(path).read(), 'path': path}))\n"
    )
    handler = f"command:{sys.executable} {script}"
    outcome = call("process", "--handler", handler, "--download", "--keep", "--yes", "--json")
    result, summary = outcome.lines
    assert (outcome.code, summary["done"]) == (0, 1), outcome.err
    assert result["result"]["data"] == "abc"
    assert not Path(result["result"]["path"]).exists()
    assert counts(sqs, on_emulator.queue_url) == (1, 0)


def test_what_a_python_handler_prints_stays_out_of_the_results(
    spawn: Spawn, on_emulator: Installation, sqs: Any, tmp_path: Path
) -> None:
    code = (
        "import os, sys\n"
        "early = sys.stdout\n"
        "print('imported')\n"
        "def handle(message):\n"
        "    print('printed')\n"
        "    os.write(1, b'written\\n')\n"
        "    os.system('echo started')\n"
        "    early.write('kept back\\n')\n"
    )
    (tmp_path / "chatty.py").write_text(code)
    for number in range(3):
        sqs.send_message(
            QueueUrl=on_emulator.queue_url, MessageBody=event(on_emulator.bucket, f"k{number}")
        )
    process = spawn(
        "process", "--handler", "python:chatty:handle", "--yes", "--json", cwd=tmp_path
    )  # fmt: skip
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["type"] for line in lines] == ["result", "result", "result", "summary"]
    words = ("imported", "printed", "written", "started", "kept back")
    assert [err.count(word) for word in words] == [1, 3, 3, 3, 3]


def test_a_command_that_hangs_is_ended_and_failures_stop_the_rest(
    call: Call, on_emulator: Installation, sqs: Any
) -> None:
    for number in range(12):
        body = event(on_emulator.bucket, f"{number}.mp3")
        sqs.send_message(QueueUrl=on_emulator.queue_url, MessageBody=body)
    outcome = call(
        "process", "--drain", "--handler", "command:sleep 60", "--timeout", "0.3s",
        "--stop-after", "2", "--concurrency", "1", "--yes", "--json",
    )  # fmt: skip
    *results, summary = outcome.lines
    assert outcome.code == 1
    assert (summary["failed"], summary["done"]) == (2, 0)
    assert "not done after 0.3 s" in results[0]["error"]
    assert counts(sqs, on_emulator.queue_url) == (12, 0)


def test_a_handler_that_does_not_exist_is_wrong_usage(
    call: Call, on_emulator: Installation
) -> None:
    for handler in ("nothing", "command:no-such-program-here", "python:no.module:f", "command:"):
        assert call("process", "--handler", handler, "--yes").code == 2, handler


def test_a_killed_redrive_is_listed_as_killed_and_resumed(
    call: Call, spawn: Spawn, on_emulator: Installation, sqs: Any
) -> None:
    send(sqs, on_emulator.dlq_url or "", 60)
    process = spawn("redrive", "--rate", "20", "--journaled", "--yes")
    while counts(sqs, on_emulator.queue_url)[0] == 0:
        assert process.poll() is None, process.communicate()
    process.kill()
    process.wait()
    listed = call("journal", "list", "--json").json
    assert [o["state"] for o in listed if o["kind"] == "redrive"] == ["killed"]
    resumed = call("journal", "resume", "--yes", "--json")
    assert resumed.code == 0, resumed.err
    (report,) = resumed.json
    assert (report["moved"], report["failed"]) == (60, 0)
    assert counts(sqs, on_emulator.dlq_url or "") == (0, 0)
    assert 60 <= sum(counts(sqs, on_emulator.queue_url)) <= 60 + report["possibly_duplicated"]
    assert call("journal", "resume", "--yes", "--json").json == []


def test_what_cannot_be_resumed_is_told_before_anything_is_asked(
    call: Call, spawn: Spawn, on_emulator: Installation, sqs: Any
) -> None:
    send(sqs, on_emulator.dlq_url or "", 120)
    process = spawn("peek", "--dlq", "--all", "--hold", "--json")
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    (peek,) = call("journal", "list", "--json").json
    assert peek["state"] == "killed"
    told = call("journal", "resume", peek["operation_id"])
    assert (told.code, told.out) == (2, "")
    assert "is a peek: nothing of it is left to do" in told.err
    done = call("redrive", "--journaled", "--yes", "--id", "none", "--json").json["operation_id"]
    told = call("journal", "resume", done, "--yes")
    assert (told.code, told.out) == (2, "")
    assert f"{done} has ended" in told.err


def test_ctrl_c_cancels_a_redrive_cleanly(
    spawn: Spawn, call: Call, on_emulator: Installation, sqs: Any
) -> None:
    send(sqs, on_emulator.dlq_url or "", 60)
    process = spawn("redrive", "--rate", "20", "--journaled", "--yes", "--json")
    while counts(sqs, on_emulator.queue_url)[0] == 0:
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    report = json.loads(out)
    assert report["state"] == "interrupted"
    assert counts(sqs, on_emulator.dlq_url or "") == (60 - report["moved"], 0)
    assert counts(sqs, on_emulator.queue_url) == (report["moved"], 0)


def test_peek_filters_while_it_streams(call: Call, on_emulator: Installation, sqs: Any) -> None:
    for key in ("in/a.mp3", "in/b.wav", "out/c.mp3"):
        body = event(on_emulator.bucket, key)
        sqs.send_message(QueueUrl=on_emulator.dlq_url, MessageBody=body)
    for options, keys in (
        (("--key-glob", "in/*.mp3"), ["in/a.mp3"]),
        (("--event", "s3:ObjectRemoved:*"), []),
        (("--older-than", "1h"), []),
        (("--newer-than", "1h", "--match", "wav"), ["in/b.wav"]),
        (("--receives-at-least", "100"), []),
    ):
        outcome = call("peek", "--dlq", "--all", "--json", *options)
        assert [m["event"]["key"] for m in outcome.lines[:-1]] == keys, options


def test_a_journal_is_exported_with_bodies_and_pruned(
    call: Call, on_emulator: Installation, sqs: Any
) -> None:
    send(sqs, on_emulator.dlq_url or "", 3)
    deleted = call("delete", "--dlq", "--all", "--yes", "--json").json["operation_id"]
    lines = call("journal", "export", deleted, "--bodies").lines
    assert [line["type"] for line in lines] == ["operation", "copy", "copy", "copy"]
    assert sorted(line["body"] for line in lines[1:]) == ["message 0", "message 1", "message 2"]
    assert call("journal", "prune", "--older-than", "0s").code == 2
    assert call("journal", "prune", "--older-than", "0s", "--yes", "--json").json["pruned"] == 1
    assert call("journal", "list", "--json").json == []


def test_a_journal_that_cannot_be_written_stops_before_the_call(
    call: Call, on_emulator: Installation, sqs: Any, home: Path
) -> None:
    send(sqs, on_emulator.dlq_url or "", 3)
    folder = home / ".local" / "share" / "event-console"
    folder.mkdir(parents=True)
    (folder / "journal.sqlite3").write_bytes(b"this is no database" * 100)
    outcome = call("delete", "--dlq", "--all", "--yes")
    assert outcome.code == 1
    assert "journal" in outcome.err.lower()
    assert counts(sqs, on_emulator.dlq_url or "") == (3, 0)


def test_help_of_every_command_loads_no_aws_library() -> None:
    for command in ("redrive", "delete", "restore", "purge", "process"):
        code = (
            f"import sys; from console.cli.main import run; run(['{command}', '--help']); "
            "assert not {'boto3', 'textual', 'rich'} & set(sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "Examples" in done.stdout


def test_a_second_source_of_the_dlq_gets_its_own_messages_back(
    call: Call,
    install: Callable[..., Installation],
    monkeypatch: pytest.MonkeyPatch,
    sqs: Any,
) -> None:
    one = lead_to(install(max_receive_count=1), monkeypatch)
    policy = json.dumps({"deadLetterTargetArn": one.dlq_arn, "maxReceiveCount": 1})
    other = sqs.create_queue(QueueName=f"{one.queue}-other", Attributes={"RedrivePolicy": policy})[
        "QueueUrl"
    ]
    for url, body in ((one.queue_url, "mine"), (other, "other")):
        sqs.send_message(QueueUrl=url, MessageBody=body)
        for _ in range(2):
            sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    assert counts(sqs, one.dlq_url or "")[0] == 2
    outcome = call("redrive", "--journaled", "--yes", "--json")
    assert outcome.json["moved"] == 2, outcome.err
    assert counts(sqs, one.queue_url) == (1, 0)
    assert counts(sqs, other) == (1, 0)
