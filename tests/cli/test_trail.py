"""`trail` on the command line: lines, tables for people, exit codes."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from console.aws.cloudtrail import CloudTrail
from console.aws.trail_records import trail_event
from console.errors import AwsError
from console.models.trail import TrailPage
from tests.cli.conftest import Call, Spawn
from tests.conftest import Installation
from tests.unit.trail_samples import raw

Aws = Callable[[str], Any]


def test_lines_of_changes_and_a_summary(call: Call, on_emulator: Installation, aws: Aws) -> None:
    for seconds in ("600", "60"):
        aws("sqs").set_queue_attributes(
            QueueUrl=on_emulator.queue_url, Attributes={"MessageRetentionPeriod": seconds}
        )
    outcome = call("trail", "--json")
    assert outcome.code == 0
    *changes, summary = outcome.lines
    assert set(summary) >= {"type", "changes", "since", "until", "notes"}
    assert (summary["type"], summary["changes"]) == ("summary", len(changes))
    newest = next(c for c in changes if c["event"] == "SetQueueAttributes")
    assert set(newest) == {
        "type", "at", "event", "resource", "name", "who", "user_agent", "source_ip", "event_id",
        "error", "changes",
    }  # fmt: skip
    assert (newest["type"], newest["resource"]) == ("change", "queue")
    assert newest["name"] == on_emulator.queue
    assert newest["error"] is None
    assert on_emulator.account in newest["who"]
    (field,) = newest["changes"]
    assert (field["field"], field["before"], field["after"]) == (
        "MessageRetentionPeriod", "600", "60",
    )  # fmt: skip


def test_people_read_who_what_and_from_what_to_what(
    call: Call, on_emulator: Installation, aws: Aws
) -> None:
    for seconds in ("600", "60"):
        aws("sqs").set_queue_attributes(
            QueueUrl=on_emulator.queue_url, Attributes={"MessageRetentionPeriod": seconds}
        )
    aws("sqs").purge_queue(QueueUrl=on_emulator.dlq_url)
    outcome = call("trail", "--since", "1h")
    assert outcome.code == 0
    assert "MessageRetentionPeriod 600 → 60" in outcome.out
    assert f"PurgeQueue  dlq {on_emulator.dlq} by arn:" in outcome.out
    assert outcome.out.index("PurgeQueue  dlq") < outcome.out.index("MessageRetentionPeriod")
    assert "PutObject" in outcome.err


def test_a_denied_history_is_an_error_and_no_empty_answer(
    call: Call, on_emulator: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AwsError(
            "access-denied", "Access denied", "The caller may not cloudtrail:LookupEvents.",
            permission="cloudtrail:LookupEvents",
        )  # fmt: skip

    monkeypatch.setattr(CloudTrail, "events", refuse)
    outcome = call("trail", "--json")
    assert outcome.code == 1
    assert "cloudtrail:LookupEvents" in outcome.err
    (summary,) = outcome.lines
    assert summary["changes"] is None
    assert summary["errors"]
    people = call("trail")
    assert people.code == 1
    assert "unknown" in people.out
    assert "0 changes" not in people.out


def test_hostile_events_are_shown_not_obeyed(
    call: Call, on_emulator: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "[/bold]\x1b]52;c;AAAA\x07\u202e"
    event = raw(
        "SetQueueAttributes",
        1,
        {"queueUrl": on_emulator.queue_url, "attributes": {hostile: hostile}},
        userAgent=hostile,
        errorCode=hostile,
    )
    events = {"SetQueueAttributes": (trail_event(event),)}
    monkeypatch.setattr(
        CloudTrail, "events", lambda self, name, **_: TrailPage(events.get(name, ()), None)
    )
    outcome = call("trail")
    assert outcome.code == 0
    for character in ("\x1b", "\x07", "\u202e"):
        assert character not in outcome.out
    assert "refused: [/bold]\\x1b]52;c;AAAA\\x07\\u202e" in outcome.out
    assert call("trail", "--json").lines[0]["user_agent"] == hostile


@pytest.mark.parametrize("since", ["91d", "0s", "soon"])
def test_a_window_that_cannot_be_is_wrong_usage(
    call: Call, on_emulator: Installation, since: str
) -> None:
    outcome = call("trail", "--since", since)
    assert (outcome.code, outcome.out) == (2, "")


def test_a_deleted_queue_has_a_trail(call: Call, on_emulator: Installation, aws: Aws) -> None:
    aws("sqs").delete_queue(QueueUrl=on_emulator.queue_url)
    outcome = call("trail", "--json")
    assert outcome.code == 0
    *changes, summary = outcome.lines
    deleted = next(c for c in changes if c["event"] == "DeleteQueue")
    assert (deleted["resource"], deleted["name"]) == ("queue", on_emulator.queue)
    assert any("key" in note for note in summary["notes"])


def test_ctrl_c_ends_the_search_with_what_was_found(
    spawn: Spawn, on_emulator: Installation
) -> None:
    process = spawn("trail", "--json")
    assert process.stdout is not None
    assert '"type": "change"' in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_the_doctor_tells_who_deleted_the_queue(
    call: Call, on_emulator: Installation, aws: Aws
) -> None:
    aws("sqs").delete_queue(QueueUrl=on_emulator.queue_url)
    outcome = call("doctor", "--json")
    assert outcome.code == 3
    found = {f["id"]: f for f in outcome.json["findings"]}
    assert outcome.json["root_causes"] == ["queue.missing"]
    assert on_emulator.account in found["queue.missing"]["evidence"]["changed_by"]
    assert found["queue.missing"]["evidence"]["change"]["event"] == "DeleteQueue"
    assert found["trail.data-events-absent"]["status"] == "pass"
