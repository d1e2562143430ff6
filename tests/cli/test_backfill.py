"""`backfill`: documents, exit codes, consent, and where keys come from."""

from __future__ import annotations

import gzip
import io
import json
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call, Spawn
from tests.cli.test_peek import attributes
from tests.conftest import Installation

KEYS = ["in/a b.mp3", "in/b+c.mp3", "in/ü.mp3", "in/d.txt"]


@pytest.fixture
def stock(on_emulator: Installation, aws: Callable[[str], Any]) -> Installation:
    """Four objects, and an empty queue."""
    for key in KEYS:
        aws("s3").put_object(Bucket=on_emulator.bucket, Key=key, Body=b"audio")
    aws("sqs").purge_queue(QueueUrl=on_emulator.queue_url)
    return on_emulator


@pytest.fixture
def arrived(stock: Installation, aws: Callable[[str], Any]) -> Callable[[], Counter[str]]:
    """The keys in the queue, which is empty afterwards."""

    def receive() -> Counter[str]:
        found: Counter[str] = Counter()
        while (
            messages := aws("sqs")
            .receive_message(QueueUrl=stock.queue_url, MaxNumberOfMessages=10)
            .get("Messages")
        ):
            for message in messages:
                (record,) = json.loads(message["Body"])["Records"]
                found[record["s3"]["object"]["key"]] += 1
                aws("sqs").delete_message(
                    QueueUrl=stock.queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
        return found

    return receive


Arrived = Callable[[], Counter[str]]
ENCODED = {"in/a+b.mp3": 1, "in/b%2Bc.mp3": 1, "in/%C3%BC.mp3": 1}


def test_a_dry_run_then_the_run_then_nothing_to_resume(call: Call, arrived: Arrived) -> None:
    dry = call("backfill", "--dry-run", "--json")
    assert dry.code == 0, dry.err
    assert dry.json == {
        "operation_id": None, "listed": 4, "matched": 3, "sent": 0, "failed": 0,
        "possibly_duplicated": 0, "remaining": 3, "dry_run": True, "state": "done", "reasons": [],
    }  # fmt: skip
    assert call("journal", "--json").json == []
    done = call("backfill", "--yes", "--json")
    assert done.code == 0, done.err
    told = done.json
    assert (told["listed"], told["matched"], told["sent"], told["remaining"]) == (4, 3, 3, 0)
    assert (told["dry_run"], told["possibly_duplicated"]) == (False, 0)
    assert arrived() == ENCODED
    assert call("journal", "resume", "--yes", "--json").json == []
    shown = call("journal", "show", told["operation_id"], "--json").json
    assert {e["subject"]: e["outcome"] for e in shown["entries"]} == dict.fromkeys(KEYS[:3], "sent")


def test_people_get_sentences(call: Call, arrived: Arrived) -> None:
    done = call("backfill", "--prefix", "in/a", "--yes")
    assert done.code == 0, done.err
    assert done.out.startswith("1 events sent, 0 failed, 0 remain; 1 of 1 objects matched (")
    assert "Send events for objects below in/a that the bucket's rule matches to" in done.err
    assert arrived() == {"in/a+b.mp3": 1}


def test_of_a_long_operation_people_see_what_went_wrong_first(
    call: Call, arrived: Arrived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.cli.journal._MOST_SHOWN", 2)
    file = tmp_path / "keys.txt"
    file.write_text("in/a b.mp3\nin/ü.mp3\nin/gone.mp3\n", encoding="utf-8")
    told = call("backfill", "--keys", str(file), "--yes", "--json").json
    shown = call("journal", "show", told["operation_id"])
    rows = [line for line in shown.out.splitlines() if " backfill " in line and "in/" in line]
    assert ["in/gone.mp3" in row for row in rows] == [True, False]
    assert "2 of 3 entries are shown" in shown.err


def test_without_consent_nothing_is_sent(call: Call, stock: Installation, arrived: Arrived) -> None:
    assert call("backfill").code == 2
    assert call("backfill", "--yes", "--read-only").code == 2
    assert call("backfill", "--yes", "--confirm", "another").code == 2
    assert arrived() == {}


@pytest.mark.parametrize(
    "wrong",
    [
        ["--keys", "-", "--manifest", __file__],
        ["--manifest-columns", "Bucket, Key"],
        ["--since", "1h", "--until", "2h"],
        ["--since", "yesterday"],
        ["--rate", "0"],
        ["--keys", "/no/such/file"],
        ["--manifest", __file__, "--manifest-columns", "Key"],
    ],
)
def test_wrong_usage(call: Call, stock: Installation, wrong: list[str]) -> None:
    assert call("backfill", "--yes", *wrong).code == 2


def test_keys_come_from_a_file_or_from_missing(
    call: Call, arrived: Arrived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys.txt"
    file.write_text("in/a b.mp3\n\nin/d.txt\nin/gone.mp3\n", encoding="utf-8")
    done = call("backfill", "--keys", str(file), "--yes", "--json")
    assert (done.code, done.json["listed"], done.json["matched"], done.json["sent"]) == (3, 3, 2, 1)
    assert arrived() == {"in/a+b.mp3": 1}
    lines = json.dumps({"type": "object", "key": "in/ü.mp3"}) + '\n{"type": "summary"}\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert call("backfill", "--keys", "-", "--yes", "--json").code == 0
    assert arrived() == {"in/%C3%BC.mp3": 1}


def test_an_inventory_with_its_manifest(
    call: Call, stock: Installation, arrived: Arrived, tmp_path: Path
) -> None:
    rows = [
        f'"{stock.bucket}","in/a+b.mp3","v1","true","false","5"',
        f'"{stock.bucket}","in/b%2Bc.mp3","v0","false","false","5"',
        f'"{stock.bucket}","in/%C3%BC.mp3","v2","true","true",""',
        '"another-bucket","in/%C3%BC.mp3","v2","true","false","5"',
    ]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "one.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    manifest = tmp_path / "manifest.json"
    manifest.write_text(
        json.dumps(
            {
                "fileFormat": "CSV",
                "fileSchema": "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size",
                "files": [{"key": "inventories/uploads/data/one.csv.gz", "size": 1}],
            }
        )
    )
    done = call("backfill", "--manifest", str(manifest), "--yes", "--json")
    assert (done.code, done.json["listed"], done.json["sent"]) == (0, 1, 1), done.err
    for skipped in ("rows of other buckets", "delete markers", "older versions"):
        assert f"1 {skipped} were skipped" in done.err
    assert arrived() == {"in/a+b.mp3": 1}
    manifest.write_text(json.dumps({"files": [{"key": "data/two.csv"}]}))
    assert call("backfill", "--manifest", str(manifest), "--yes").code == 2


def test_missing_streams_lines_and_backfill_takes_them(
    call: Call,
    stock: Installation,
    arrived: Arrived,
    aws: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EVENT_CONSOLE_PROCESSED_OBJECT", "results/{stem}.json")
    aws("s3").put_object(Bucket=stock.bucket, Key="results/a b.json", Body=b"{}")
    found = call("missing", "--json")
    assert found.code == 3, found.err
    *objects, summary = found.lines
    assert {one["key"] for one in objects} == {"in/b+c.mp3", "in/ü.mp3"}
    for one in objects:
        assert (one["type"], one["size"], one["status"]) == ("object", 5, "missing")
        assert one["reason"].startswith("there is no results/")
        assert one["last_modified"].endswith("Z")
    assert (summary["type"], summary["listed"], summary["matched"]) == ("summary", 5, 3)
    assert (summary["missing"], summary["processed"], summary["unknown"]) == (2, 1, 0)
    monkeypatch.setattr("sys.stdin", io.StringIO(found.out))
    assert call("backfill", "--keys", "-", "--yes").code == 0
    assert arrived().keys() == {"in/b%2Bc.mp3", "in/%C3%BC.mp3"}
    for stem in ("b+c", "ü"):
        aws("s3").put_object(Bucket=stock.bucket, Key=f"results/{stem}.json", Body=b"{}")
    assert call("missing", "--read-only").code == 0
    assert call("missing", "--prefix", "none/").code == 0


def test_a_sign_that_says_nothing_is_wrong_usage(
    call: Call, stock: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("missing").code == 3
    monkeypatch.setenv("EVENT_CONSOLE_PROCESSED_OBJECT", "results.json")
    assert call("missing").code == 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_stopped_or_killed_it_is_resumed(
    call: Call,
    spawn: Spawn,
    on_emulator: Installation,
    aws: Callable[[str], Any],
    arrived: Arrived,
    number: int,
    code: int,
) -> None:
    keys = {f"more/{n:02}.mp3" for n in range(30)}
    for key in keys:
        aws("s3").put_object(Bucket=on_emulator.bucket, Key=key, Body=b"audio")
    aws("sqs").purge_queue(QueueUrl=on_emulator.queue_url)
    process = spawn("backfill", "--prefix", "more/", "--rate", "10", "--yes", "--json")
    while attributes(aws, on_emulator.queue_url)[0] == 0:
        assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code, err
    (operation,) = call("journal", "--json").json
    if number == signal.SIGINT:
        told = json.loads(out)
        assert told["sent"] + told["remaining"] == told["matched"] == 30
        assert f"journal resume {operation['operation_id']} sends the rest" in err
        # What was stopped on purpose is continued by its id only.
        assert call("journal", "resume", "--yes", "--json").json == []
    done = call("journal", "resume", operation["operation_id"], "--yes", "--json")
    assert done.code == 0, done.err
    assert call("journal", "resume", operation["operation_id"], "--yes").code == 2
    (report,) = done.json
    assert (report["sent"], report["remaining"], report["state"]) == (30, 0, "done")
    found = arrived()
    assert found.keys() == keys
    assert found.total() - 30 <= report["possibly_duplicated"]
