"""`peek` against a real server: lines, summary, exit codes, and everything given back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.cli.conftest import Call, Spawn, lead_to
from tests.conftest import Installation

Aws = Callable[[str], Any]


def put(aws: Aws, installation: Installation, *keys: str) -> None:
    for key in keys:
        aws("s3").put_object(Bucket=installation.bucket, Key=key, Body=b"abc")


def attributes(aws: Aws, url: str) -> tuple[int, int]:
    """Visible and in flight."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(found[names[0]]), int(found[names[1]])


def event_body(key: str) -> str:
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-11-23T10:00:00.000Z",
        "s3": {"bucket": {"name": "b"}, "object": {"key": quote_plus(key), "size": 3}},
    }
    return json.dumps({"Records": [record]})


def test_json_lines_end_in_a_summary(call: Call, on_emulator: Installation, aws: Aws) -> None:
    put(aws, on_emulator, "a b/é.mp3", "two.mp3", "three.mp3")
    outcome = call("peek", "--json")
    assert outcome.code == 0
    *messages, summary = outcome.lines
    assert {line["event"]["key"] for line in messages} == {"a b/é.mp3", "two.mp3", "three.mp3"}
    for line in messages:
        assert line["type"] == "message"
        assert line["queue"] == on_emulator.queue_arn
        assert line["kind"] == "s3"
        assert line["receive_count"] == 1
        assert line["receives_left"] == 2
        assert line["sent_at"].endswith("Z")
        assert line["event"]["name"] == "ObjectCreated:Put"
        assert line["event"]["size"] == 3
        assert line["event"]["wrapped_by"] is None
        assert json.loads(line["body"])["Records"]
    assert summary["type"] == "summary"
    figures = {"received": 3, "matched": 3, "released": 3, "held": 0, "withheld": 0}
    assert {name: summary[name] for name in figures} == figures
    assert attributes(aws, on_emulator.queue_url) == (3, 0)
    assert "1 of 3 attempts" in outcome.err


def test_match_filters_what_is_shown_not_what_is_received(
    call: Call, on_emulator: Installation, aws: Aws
) -> None:
    put(aws, on_emulator, "one.mp3", "two.mp3")
    *messages, summary = call("peek", "--match", "^two", "--json").lines
    assert [line["event"]["key"] for line in messages] == ["two.mp3"]
    assert (summary["received"], summary["matched"], summary["released"]) == (2, 1, 2)


def test_count_limits_what_is_received(call: Call, on_emulator: Installation, aws: Aws) -> None:
    put(aws, on_emulator, *(f"{n}.mp3" for n in range(5)))
    outcome = call("peek", "-n", "2", "--json")
    assert (outcome.code, outcome.lines[-1]["received"]) == (0, 2)
    assert attributes(aws, on_emulator.queue_url) == (5, 0)


def test_all_reads_everything_once(call: Call, on_emulator: Installation, aws: Aws) -> None:
    put(aws, on_emulator, *(f"{n}.mp3" for n in range(25)))
    outcome = call("peek", "--all", "--json")
    *messages, summary = outcome.lines
    assert len({line["message_id"] for line in messages}) == summary["received"] == 25
    assert attributes(aws, on_emulator.queue_url) == (25, 0)


def test_the_dead_letter_queue(call: Call, on_emulator: Installation, aws: Aws) -> None:
    aws("sqs").send_message(QueueUrl=on_emulator.dlq_url, MessageBody=event_body("dead.mp3"))
    outcome = call("peek", "--dlq", "--json")
    assert outcome.code == 0
    (line, summary) = outcome.lines
    assert line["queue"] == on_emulator.dlq_arn
    assert line["receives_left"] is None
    assert summary["released"] == 1


def test_the_dlq_of_a_pipeline_without_one(
    call: Call, install: Callable[..., Installation], monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to(install(dlq=False), monkeypatch)
    outcome = call("peek", "--dlq")
    assert (outcome.code, outcome.out) == (2, "")


def test_hold_still_gives_everything_back_at_the_end(
    call: Call, on_emulator: Installation, aws: Aws
) -> None:
    put(aws, on_emulator, "one.mp3", "two.mp3")
    outcome = call("peek", "--hold", "--json")
    summary = outcome.lines[-1]
    assert (outcome.code, summary["held"], summary["released"]) == (0, 0, 2)
    assert summary["reappear_at"] is None
    assert attributes(aws, on_emulator.queue_url) == (2, 0)
    (told,) = call("journal", "list", "--json").json
    assert (told["summary"]["held"], told["summary"]["released"]) == (0, 2)
    assert told["reappear_at"] is None


def test_a_message_on_its_last_attempt_is_left_alone(
    call: Call, install: Callable[..., Installation], monkeypatch: pytest.MonkeyPatch, aws: Aws
) -> None:
    installation = lead_to(install(max_receive_count=2), monkeypatch)
    put(aws, installation, "one.mp3")
    assert call("peek", "--json").code == 0
    outcome = call("peek", "--json")
    assert outcome.code == 3
    (summary,) = outcome.lines
    assert (summary["received"], summary["withheld"]) == (0, 1)
    assert summary["partial"]
    assert "--spend-last-attempt" in outcome.err
    assert attributes(aws, installation.queue_url) == (1, 0)


def test_read_only_refuses_before_anything_is_received(
    call: Call, on_emulator: Installation, aws: Aws
) -> None:
    put(aws, on_emulator, "one.mp3")
    outcome = call("peek", "--read-only")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--allow-peek" in outcome.err
    allowed = call("--read-only", "peek", "--allow-peek", "--json")
    assert (allowed.code, allowed.lines[0]["receive_count"]) == (0, 1)


def test_hostile_keys_are_shown_not_obeyed(call: Call, on_emulator: Installation, aws: Aws) -> None:
    key = "\x1b]52;c;b3duZWQ=\x07\u202egnp[/red].mp3\nsecond \x9b2J"
    aws("sqs").send_message(QueueUrl=on_emulator.queue_url, MessageBody=event_body(key))
    shown = call("peek")
    assert shown.code == 0
    for raw in ("\x1b", "\x07", "\u202e", "\x9b"):
        assert raw not in shown.out
    assert "\\x1b]52;c;b3duZWQ=\\x07\\u202egnp[/red].mp3\\nsecond \\x9b2J" in shown.out
    assert call("peek", "--json").lines[0]["event"]["key"] == key


def test_bodies_that_are_no_events(call: Call, on_emulator: Installation, aws: Aws) -> None:
    aws("sqs").send_message(
        QueueUrl=on_emulator.queue_url,
        MessageBody="not an event",
        MessageAttributes={
            "blob": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
            "n": {"DataType": "Number", "StringValue": "3"},
        },
    )
    line = call("peek", "--json").lines[0]
    assert (line["kind"], line["event"], line["body"]) == ("other", None, "not an event")
    assert line["attributes"] == {
        "blob": {"type": "Binary.png", "value": "AP8="},
        "n": {"type": "Number", "value": "3"},
    }
    assert "not an event" in call("peek").out


def test_a_peek_stands_in_the_journal(call: Call, on_emulator: Installation, aws: Aws) -> None:
    put(aws, on_emulator, "one.mp3")
    call("peek")
    (operation,) = call("journal", "--json").json
    assert (operation["kind"], operation["state"]) == ("peek", "done")
    assert operation["summary"]["received"] == 1
    assert call("journal", "list", "-n", "1", "--json").json == [operation]
    shown = call("journal", "show", operation["operation_id"], "--json").json
    assert {**operation, "entries": shown["entries"]} == shown
    assert [entry["action"] for entry in shown["entries"]] == ["receive", "release"]
    for arguments in (("journal",), ("journal", "show", operation["operation_id"])):
        table = call(*arguments)
        assert table.code == 0
        assert operation["operation_id"] in table.out


def test_an_operation_that_the_journal_does_not_have(
    call: Call, on_emulator: Installation, aws: Aws
) -> None:
    assert call("journal", "show", "nope").code == 2
    put(aws, on_emulator, "one.mp3")
    call("peek")
    outcome = call("journal", "show", "\x1b[31mnope")
    assert outcome.code == 2
    assert "\\x1b[31mnope" in outcome.err


@pytest.mark.parametrize("pattern", ["(", "a{99999999999999999999}", "(" * 3000 + ")" * 3000])
def test_a_pattern_that_cannot_be_used_is_wrong_usage(call: Call, pattern: str) -> None:
    outcome = call("peek", "--queue", "q", "--match", pattern)
    assert (outcome.code, outcome.out) == (2, "")
    assert "defect" not in outcome.err


@pytest.mark.parametrize(
    "options",
    [
        ["--match", ""],
        ["--key-glob="],
        ["--event", ""],
        ["--id="],
        ["--older-than", "2h", "--newer-than", "1h"],
        ["--older-than", "1h", "--newer-than", "60m"],
    ],
)
def test_a_filter_that_is_empty_or_fits_nothing_is_wrong_usage(
    call: Call, options: list[str]
) -> None:
    outcome = call("peek", "--queue", "q", *options)
    assert (outcome.code, outcome.out) == (2, "")
    assert options[0].partition("=")[0] in outcome.err


def test_a_journal_that_cannot_be_written_keeps_it_from_receiving(
    call: Call, on_emulator: Installation, aws: Aws, home: Path
) -> None:
    put(aws, on_emulator, "one.mp3")
    (home / ".local" / "share").mkdir(parents=True)
    (home / ".local" / "share" / "event-console").write_text("in the way")
    outcome = call("peek", "--json")
    assert (outcome.code, outcome.out) == (1, "")
    assert "ournal" in outcome.err
    assert call_count(aws, on_emulator) == 1


def call_count(aws: Aws, installation: Installation) -> int:
    """The receive count that the next receive brings."""
    received = aws("sqs").receive_message(
        QueueUrl=installation.queue_url, MessageSystemAttributeNames=["All"], WaitTimeSeconds=2
    )
    return int(received["Messages"][0]["Attributes"]["ApproximateReceiveCount"])


def test_a_reader_that_leaves_ends_it_quietly_and_nothing_stays_hidden(
    spawn: Spawn, on_emulator: Installation, aws: Aws
) -> None:
    # More than a pipe holds, so that the reader leaves in the middle.
    put(aws, on_emulator, *(f"{n}.mp3" for n in range(120)))
    process = spawn("peek", "--all", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    told = process.stderr.read()
    assert process.wait(30) == 141
    assert "Traceback" not in told
    assert "Error" not in told
    assert attributes(aws, on_emulator.queue_url) == (120, 0)
