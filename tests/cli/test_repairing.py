"""`doctor --repair` and `--undo` on the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Call
from tests.conftest import Installation


@pytest.fixture
def silent(on_emulator: Installation, aws: Callable[[str], Any]) -> Callable[[], list[Any]]:
    """A bucket without rules; call it for the rules as they are."""
    s3 = aws("s3")
    s3.put_bucket_notification_configuration(
        Bucket=on_emulator.bucket, NotificationConfiguration={}
    )

    def rules() -> list[Any]:
        answer = s3.get_bucket_notification_configuration(Bucket=on_emulator.bucket)
        return answer.get("QueueConfigurations", [])

    return rules


def test_a_repair_is_shown_applied_and_taken_back(
    call: Call, silent: Callable[[], list[Any]]
) -> None:
    repair = ("doctor", "--repair", "bucket.no-notification")
    dry = call(*repair, "--dry-run")
    assert dry.code == 0
    assert "+" in dry.out
    assert not silent()
    assert call(*repair).code == 2
    done = call(*repair, "--yes", "--json")
    assert (done.code, done.json["applied"]) == (0, True)
    assert "TestEvent" in done.err
    (rule,) = silent()
    assert rule["Events"] == ["s3:ObjectCreated:*"]
    undone = call("doctor", "--undo", done.json["operation_id"], "--yes")
    assert undone.code == 0
    assert not silent()


def test_what_is_not_found_is_not_repaired(call: Call, on_emulator: Installation) -> None:
    outcome = call("doctor", "--repair", "bucket.no-notification", "--yes")
    assert outcome.code == 2
    assert "does not find" in outcome.err
