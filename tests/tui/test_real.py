"""The screens on the real operations and the emulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.models.pipeline import PipelineSettings
from console.settings.model import Settings
from console.tui.app import ConsoleApp
from console.tui.live import LiveBackstage
from console.tui.screens.messages import MessagesScreen
from tests.conftest import Installation
from tests.tui.conftest import settle, text_of, until


@pytest.fixture
def backstage(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LiveBackstage:
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    named = PipelineSettings(bucket=installation.bucket, region=installation.region)
    return LiveBackstage(Settings(pipeline=named), None, tmp_path / "journal.sqlite3")


async def test_what_was_not_named_is_discovered_and_shown(
    backstage: LiveBackstage, installation: Installation, aws: Callable[[str], Any]
) -> None:
    aws("sqs").send_message(QueueUrl=installation.queue_url, MessageBody="hello")
    app = ConsoleApp(backstage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await until(pilot, lambda: "1 waiting, 0 in flight" in text_of(app))
        text = text_of(app)
        assert installation.account in text
        assert "as expected" in text
        assert app.pipeline is not None
        assert app.pipeline.queue is not None
        assert app.pipeline.queue.name == installation.queue
    backstage.close(1.0)


async def test_a_peek_shows_messages_their_objects_and_gives_them_back(
    backstage: LiveBackstage, installation: Installation, aws: Callable[[str], Any]
) -> None:
    aws("s3").put_object(Bucket=installation.bucket, Key="a b/call.mp3", Body=b"no sound")
    app = ConsoleApp(backstage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        await until(pilot, lambda: "A peek costs each message" in text_of(app))
        await pilot.press("g")
        await until(pilot, lambda: app.operation is None and "1 read" in text_of(app))
        await settle(pilot)
        text = text_of(app)
        assert "a b/call.mp3" in text
        assert "there, as the event says" in text
        assert "released" in text
        screen = app.console_screen
        assert isinstance(screen, MessagesScreen)
        assert screen.table.current is not None
    backstage.close(1.0)
    counts = aws("sqs").get_queue_attributes(
        QueueUrl=installation.queue_url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )
    assert counts["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "0"


async def test_held_messages_stay_held_until_they_are_released(
    backstage: LiveBackstage, installation: Installation, aws: Callable[[str], Any]
) -> None:
    aws("sqs").send_message(QueueUrl=installation.queue_url, MessageBody="hello")
    app = ConsoleApp(backstage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        await pilot.press("h", "g")
        await until(pilot, lambda: "1 held" in text_of(app))
        await pilot.press("x")
        await until(pilot, lambda: "released" in text_of(app))
        assert not app.leases()
    backstage.close(1.0)


async def test_an_upload_test_passes_and_is_remembered(
    backstage: LiveBackstage, installation: Installation, aws: Callable[[str], Any]
) -> None:
    app = ConsoleApp(backstage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("5", "s")
        await until(pilot, lambda: "The path works" in text_of(app))
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        await until(pilot, lambda: "upload-test" in text_of(app))
    backstage.close(1.0)
    assert "Contents" not in aws("s3").list_objects_v2(Bucket=installation.bucket)


async def test_what_is_to_be_known_of_the_pipeline_is_told_once_connected(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    named = PipelineSettings(bucket=installation.bucket, region=installation.region)
    settings = Settings(pipeline=named, notes=("Somebody misses [/a].mp3.",))
    backstage = LiveBackstage(settings, None, tmp_path / "journal.sqlite3")
    app = ConsoleApp(backstage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await until(pilot, lambda: "Somebody misses [/a].mp3." in text_of(app))
    backstage.close(1.0)


async def test_a_backend_that_dies_leaves_its_figures_marked_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console.local.backend import start_backend

    with start_backend(traffic=False) as backend:
        for name, value in backend.environment().items():
            monkeypatch.setenv(name, value)
        named = PipelineSettings(bucket=backend.bucket, region=backend.region)
        stage = LiveBackstage(Settings(pipeline=named), None, tmp_path / "journal.sqlite3")
        app = ConsoleApp(stage)
        async with app.run_test(size=(160, 48), notifications=True) as pilot:
            await settle(pilot)
            await until(pilot, lambda: "0 waiting" in text_of(app))
            backend.close()
            await pilot.press("r")
            await until(pilot, lambda: "stale since" in text_of(app))
            assert "Endpoint unreachable" in text_of(app)
            assert "0 waiting" in text_of(app)
        stage.close(1.0)


async def test_a_queue_that_is_not_there_keeps_no_screen_closed(
    installation: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    aws: Callable[[str], Any],
) -> None:
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    missing = f"{installation.queue}-gone"
    named = PipelineSettings(bucket=installation.bucket, queue=missing, region=installation.region)
    stage = LiveBackstage(Settings(pipeline=named), None, tmp_path / "journal.sqlite3")
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        for key in ("1", "2", "3", "4", "5", "6"):
            await pilot.press(key)
            await settle(pilot)
            assert app.pipeline is not None
            if key in ("1", "2", "3"):
                await until(pilot, lambda: "not exist" in text_of(app))
        aws("sqs").create_queue(QueueName=missing)
        await pilot.press("1", "r")
        await until(pilot, lambda: "0 waiting" in text_of(app))
        assert app.pipeline is not None
        assert not app.pipeline.unknown_field("queue attributes")
        assert stage._bench is not None
        assert stage._bench.pipeline is app.pipeline
    stage.close(1.0)


async def test_the_doctor_looks_at_a_real_pipeline(
    backstage: LiveBackstage, installation: Installation, aws: Callable[[str], Any]
) -> None:
    aws("s3").put_bucket_notification_configuration(
        Bucket=installation.bucket, NotificationConfiguration={}
    )
    named = PipelineSettings(
        bucket=installation.bucket, queue=installation.queue, region=installation.region
    )
    backstage._settings = Settings(pipeline=named)
    app = ConsoleApp(backstage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "Broken: " in text_of(app))
        assert "bucket.no-notification" in text_of(app)
        await settle(pilot)
    backstage.close(1.0)


async def test_a_repair_from_the_doctor_s_screen_lets_events_through_again(
    backstage: LiveBackstage, installation: Installation, aws: Callable[[str], Any]
) -> None:
    aws("sqs").set_queue_attributes(QueueUrl=installation.queue_url, Attributes={"Policy": ""})
    app = ConsoleApp(backstage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "Broken: " in text_of(app))
        await settle(pilot)
        assert "policy.no-allow" in text_of(app)
        await pilot.press("f")
        await until(pilot, lambda: "Change the policy of queue" in text_of(app))
        app.screen.query_one("#yes").focus()
        await pilot.press("enter")
        await until(pilot, lambda: "takes it back" in text_of(app))
        await settle(pilot)
    backstage.close(1.0)
    got = aws("sqs").get_queue_attributes(
        QueueUrl=installation.queue_url, AttributeNames=["Policy"]
    )
    assert "s3.amazonaws.com" in got["Attributes"]["Policy"]


def _attempts(aws: Callable[[str], Any], installation: Installation, attempts: int) -> None:
    policy = {"deadLetterTargetArn": installation.dlq_arn, "maxReceiveCount": attempts}
    aws("sqs").set_queue_attributes(
        QueueUrl=installation.queue_url, Attributes={"RedrivePolicy": json.dumps(policy)}
    )


def _lefts(app: ConsoleApp) -> list[int | None]:
    screen = app.console_screen
    assert isinstance(screen, MessagesScreen)
    return [message.receives_left for message in screen.table.rows]


async def test_attempts_that_a_delete_spends_show_in_the_table(
    backstage: LiveBackstage, installation: Installation, aws: Callable[[str], Any]
) -> None:
    _attempts(aws, installation, 10)
    for number in range(4):
        aws("sqs").send_message(QueueUrl=installation.queue_url, MessageBody=f"body {number}")
    app = ConsoleApp(backstage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        await pilot.press("g")
        await until(pilot, lambda: app.operation is None and "4 read" in text_of(app))
        assert _lefts(app) == [9] * 4
        await pilot.press("end", "D", "right", "enter")
        await until(pilot, lambda: app.work is not None and app.work.over)
        await until(pilot, lambda: len(_lefts(app)) == 3)
        await settle(pilot)
        shown = _lefts(app)
        await pilot.press("g")
        await until(pilot, lambda: app.operation is None and "3 read" in text_of(app))
        assert [(left or 0) - 1 for left in sorted(shown)] == sorted(_lefts(app))
        assert 8 in shown
    backstage.close(1.0)


async def test_where_a_delete_is_withheld_holding_first_is_the_way(
    backstage: LiveBackstage, installation: Installation, aws: Callable[[str], Any]
) -> None:
    _attempts(aws, installation, 2)
    for number in range(2):
        aws("sqs").send_message(QueueUrl=installation.queue_url, MessageBody=f"body {number}")
    app = ConsoleApp(backstage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        await pilot.press("g")
        await until(pilot, lambda: app.operation is None and "2 read" in text_of(app))
        await settle(pilot)
        await pilot.press("D")
        await settle(pilot)
        assert app.screen is app.console_screen
        assert "Delete is withheld" in text_of(app)
        await pilot.press("h", "ctrl+g", "right", "enter")
        await until(pilot, lambda: app.operation is None and "2 held" in text_of(app))
        await settle(pilot)
        await pilot.press("D", "right", "enter")
        await until(pilot, lambda: app.work is not None and app.work.over)
        await settle(pilot)
        assert "1 deleted, 0 not found, 0 failed" in text_of(app)
        assert "one attempt left" not in text_of(app)
    backstage.close(1.0)
