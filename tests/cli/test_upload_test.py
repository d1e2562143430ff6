"""`upload-test` against a real server: the document, exit codes, clean-up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call, lead_to
from tests.conftest import Installation

Aws = Callable[[str], Any]


def keys(aws: Aws, installation: Installation) -> list[str]:
    listed = aws("s3").list_objects_v2(Bucket=installation.bucket)
    return [entry["Key"] for entry in listed.get("Contents", [])]


@pytest.mark.parametrize("presigned", [(), ("--presigned",)])
def test_a_healthy_pipeline_passes(
    call: Call, on_emulator: Installation, aws: Aws, presigned: tuple[str, ...]
) -> None:
    outcome = call("upload-test", "--json", "--timeout", "20", *presigned)
    assert outcome.code == 0
    found = outcome.json
    assert found["ok"] is True
    assert found["key"].startswith("event-console-test/")
    assert [step["name"] for step in found["steps"]] == [
        "upload", "event", "verify", "read", "clean-up",
    ]  # fmt: skip
    for step in found["steps"]:
        assert step["status"] == "pass"
        assert step["seconds"] >= 0
        assert f"{step['name']}: pass" in outcome.err
    assert found["upload_to_event_seconds"] > 0
    assert found["taken_by_consumer"] is False
    assert found["root_causes"] == []
    assert keys(aws, on_emulator) == []
    (operation,) = call("journal", "--json").json
    assert operation["kind"] == "upload-test"


def test_people_get_steps_and_result(call: Call, on_emulator: Installation) -> None:
    outcome = call("upload-test")
    assert outcome.code == 0
    for word in ("clean-up", "passed", f"s3://{on_emulator.bucket}/event-console-test/"):
        assert word in outcome.out


def test_without_a_notification_it_fails_within_its_timeout(
    call: Call, install: Callable[..., Installation], monkeypatch: pytest.MonkeyPatch, aws: Aws
) -> None:
    installation = lead_to(install(notification=False), monkeypatch)
    outcome = call("upload-test", "--json", "--timeout", "2")
    assert outcome.code == 3
    assert outcome.json["ok"] is not True
    assert outcome.json["root_causes"] == ["bucket.no-notification"]
    (cause,) = outcome.json["findings"]
    assert (cause["id"], cause["status"]) == ("bucket.no-notification", "fail")
    told = call("upload-test", "--timeout", "1")
    assert told.code == 3
    assert f"event: fail. No event can come, so nothing was received. {cause['title']}" in told.err
    assert "✗ bucket.no-notification (fail, proven)" in told.out
    assert f"  {cause['title']}" in told.out
    assert keys(aws, installation) == []


def test_prefix_and_file_after_the_command_are_the_tests_own(
    call: Call, on_emulator: Installation, aws: Aws, tmp_path: Path
) -> None:
    file = tmp_path / "own.mp3"
    file.write_bytes(b"not really audio")
    outcome = call("upload-test", str(file), "--prefix", "in/here/", "--keep", "--json")
    assert outcome.json["key"].startswith("in/here/")
    assert keys(aws, on_emulator) == [outcome.json["key"]]


def test_a_file_that_is_not_there(call: Call, on_emulator: Installation, aws: Aws) -> None:
    outcome = call("upload-test", "/nowhere/at-all.mp3", "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert keys(aws, on_emulator) == []


def test_read_only_uploads_nothing(call: Call, on_emulator: Installation, aws: Aws) -> None:
    outcome = call("upload-test", "--read-only", "--allow-peek", "--json")
    assert (outcome.code, outcome.out) == (2, "")
    assert keys(aws, on_emulator) == []
