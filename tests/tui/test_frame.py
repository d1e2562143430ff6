"""The frame: first paint, header, keys, commands, help, leaving."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Button

from console.errors import AwsError, ConsoleError
from console.models.pipeline import Mode
from console.operations.discover import Ambiguous
from console.tui.app import ConsoleApp
from console.tui.commands import COMMANDS
from console.tui.screens.messages import MessagesScreen
from console.tui.widgets.choose import Choose
from console.tui.widgets.confirm import Confirm
from console.tui.widgets.help import Help
from console.tui.widgets.keybar import KeyBar
from console.tui.widgets.message_table import MessageTable
from tests.tui import samples
from tests.tui.conftest import settle, text_of, until
from tests.tui.stage import Stage


async def test_the_first_frame_tells_the_names_and_that_it_connects(stage: Stage) -> None:
    stage.waits = frozenset({"connect"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        text = text_of(app)
        assert "audio-prod" in text
        assert "presigned" in text
        assert "connecting…" in text


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("1", "Waiting in queue"),
        ("2", "Nothing read yet"),
        ("3", "Bucket presigned"),
        ("5", "Puts a small real MP3"),
        ("6", "interrupted"),
    ],
)
async def test_number_keys_choose_screens(stage: Stage, key: str, words: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press(key)
        await settle(pilot)
        assert words in text_of(app)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("messages", "● queue"),
        ("dlq", "● DLQ"),
        ("peek 50", "4 read"),
        ("conf", "Bucket presigned"),
        ("act", "interrupted"),
        ("upl", "Puts a small"),
    ],
)
async def test_commands_do_what_they_say(stage: Stage, line: str, words: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("colon", *("space" if c == " " else c for c in line), "enter")
        await settle(pilot)
        await until(pilot, lambda: words in text_of(app))
    if line.startswith("peek"):
        assert [o.limit for name, o in stage.calls if name == "peek"] == [50]


@pytest.mark.parametrize(
    "line", ["nosuch", "[/foo]", "peek x", "peek 0", "peek " + "9" * 5000], ids=range(5)
)
async def test_a_wrong_command_says_so_and_harms_nothing(stage: Stage, line: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        app.screen.app.action_command_line()
        await settle(pilot)
        app.screen.query_one("Input").value = f":{line}"  # type: ignore[attr-defined]
        await pilot.press("enter")
        await settle(pilot)
        assert len(app._notifications) == 1
        assert stage.count("peek") == 0


@pytest.mark.parametrize(
    ("line", "names"), [("p", (":peek", ":purge", ":pause")), ("re", (":redrive", ":refresh"))]
)
async def test_a_beginning_of_several_commands_names_them(
    stage: Stage, line: str, names: tuple[str, ...]
) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("colon", *line, "enter")
        await settle(pilot)
        (toast,) = app._notifications
        assert all(name in toast.message for name in names)
        assert not app.polling.paused


async def test_what_is_said_leaves_the_keys_to_be_read(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        before = text_of(app).splitlines()[-2:]
        app.say("A sentence. " * 9)
        app.say("Another one.")
        await settle(pilot)
        lines = text_of(app).splitlines()
        assert "Another one." in "\n".join(lines)
        assert lines[-2:] == before


async def test_what_was_told_on_connecting_can_be_read_again(stage: Stage) -> None:
    stage.notes = ("Somebody misses uploads/[/x]\x1b.mp3.",)
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 70), notifications=True) as pilot:
        await settle(pilot)
        app.clear_notifications()
        await pilot.press("question_mark")
        await settle(pilot)
        assert "Somebody misses uploads/[/x]\\x1b.mp3." in text_of(app)


async def test_help_lists_every_command(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 70), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("question_mark")
        await settle(pilot)
        text = text_of(app)
        assert all(f":{command.name}" in text for command in COMMANDS)


async def test_tab_completes_a_command(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("colon", "o", "v", "tab")
        assert app.screen.query_one("Input").value == ":overview"  # type: ignore[attr-defined]


async def test_the_palette_offers_every_command(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert {"overview", "messages", "dlq", "peek N|all", "config", "theme", "quit"} <= set(
            titles
        )


@pytest.mark.parametrize("mode", ["overview", "messages", "configuration", "upload", "activity"])
async def test_help_explains_every_key_of_a_screen(stage: Stage, mode: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 60), notifications=True) as pilot:
        await settle(pilot)
        app.action_go(mode)
        await settle(pilot)
        screen = app.console_screen
        assert screen is not None
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        text = text_of(app)
        for binding in screen.BINDINGS:
            assert binding.tooltip  # type: ignore[union-attr]
            assert binding.tooltip in text  # type: ignore[union-attr]
        await pilot.press("escape")
        assert app.screen is screen


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_keys_leave_at_once(stage: Stage, key: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press(key)
        assert app.return_value == 0


async def test_leaving_asks_while_a_peek_runs_and_opens_on_stay(stage: Stage) -> None:
    stage.waits = frozenset({"peek"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        await pilot.press("g")
        await until(pilot, lambda: stage.waiting)
        await pilot.press("ctrl+c")
        assert isinstance(app.screen, Confirm)
        assert isinstance(app.focused, Button)
        assert str(app.focused.label) == "Stay"
        await pilot.press("enter")
        assert app.return_value is None
        await pilot.press("ctrl+c", "ctrl+c")
        assert app.return_value == 0


async def test_the_header_tells_production_in_words(stage: Stage) -> None:
    stage.pipeline = replace(samples.PIPELINE, mode=Mode(read_only=True, production=True))
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        text = text_of(app)
        assert "PRODUCTION" in text
        assert "read-only" in text
        assert samples.ACCOUNT in text
        assert "us-east-2" in text
        assert "OnCall" in text


@pytest.mark.parametrize("width", [80, 160])
async def test_a_long_name_beside_an_endpoint_leaves_room_for_the_mode(
    stage: Stage, width: int
) -> None:
    stage.pipeline = replace(
        samples.PIPELINE,
        name="audio-client-server-prod-sqs-file-processing-use2-and-more",
        endpoint_url="http://127.0.0.1:4599",
    )
    app = ConsoleApp(stage)
    async with app.run_test(size=(width, 24), notifications=True) as pilot:
        await settle(pilot)
        first = text_of(app).splitlines()[0]
        assert "read-write" in first
        assert "127.0.0.1:4599" in first


async def test_redaction_hides_the_account_everywhere(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+x")
        for key in ("1", "2", "3", "5", "6"):
            await pilot.press(key)
            await settle(pilot)
            assert samples.ACCOUNT not in text_of(app), key
            assert "REDACTED" in text_of(app)


async def test_pause_stops_polling_and_says_so(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("p")
        assert "PAUSED" in text_of(app)
        polls = stage.count("poll_queues")
        stage.clock.advance(60)
        app.tick()
        await settle(pilot)
        assert stage.count("poll_queues") == polls
        await pilot.press("p")
        app.tick()
        await settle(pilot)
        assert stage.count("poll_queues") == polls + 1


async def test_one_poll_is_in_flight_at_a_time(stage: Stage) -> None:
    stage.waits = frozenset({"poll_queues"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        for _ in range(5):
            stage.clock.advance(10)
            app.tick()
        await settle(pilot)
        assert stage.count("poll_queues") == 1


async def test_an_older_snapshot_does_not_undo_a_newer_one(stage: Stage) -> None:
    from console.tui.notices import Polled

    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        newer = replace(samples.snapshot(visible=77), at=stage.clock.now())
        stage.clock.advance(5)
        newest = samples.snapshot(stage.clock.now(), visible=78)
        app.on_polled(Polled("sqs", newest))
        app.on_polled(Polled("cloudwatch", newer))
        await pilot.pause()
        assert "78 waiting" in text_of(app)


async def test_throttling_slows_down_and_says_so(stage: Stage) -> None:
    stage.snapshot = samples.stale_snapshot()
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        text = text_of(app)
        assert "throttles: read every" in text
        assert "stale since 02:09:05 UTC (4 min): Throttled" in text
        assert "12 waiting" in text


async def test_after_refused_credentials_r_reads_them_anew(stage: Stage) -> None:
    stage.pipeline = samples.EXPIRED
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        assert "aws sso login --profile prod" in text_of(app)
        assert "Press r to try again" in text_of(app)
        stage.pipeline = samples.PIPELINE
        await pilot.press("r")
        await settle(pilot)
        assert [name for name, _ in stage.calls][1] == "forget_credentials"
        assert "Waiting in queue" in text_of(app)


async def test_an_ambiguous_pipeline_is_chosen_in_a_dialog(stage: Stage) -> None:
    arns = (samples.QUEUE.arn, f"{samples.QUEUE.arn}-other[/foo]")
    stage.pipeline = Ambiguous("queue", arns, "The bucket")
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await settle(pilot)
        assert isinstance(app.screen, Choose)
        stage.pipeline = samples.PIPELINE
        await pilot.press("down", "enter")
        await settle(pilot)
        assert stage.calls[1] == ("connect", {"queue": arns[1]})
        assert "Waiting in queue" in text_of(app)


async def test_another_screen_than_the_first_connects_too(stage: Stage) -> None:
    stage.waits = frozenset({"connect"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        stage.waits = frozenset()
        stage.end.set()
        await settle(pilot)
        assert "Nothing read yet" in text_of(app)
        await pilot.press("1")
        await settle(pilot)
        assert "Waiting in queue" in text_of(app)


async def test_an_endpoint_that_did_not_answer_is_asked_again_by_itself(stage: Stage) -> None:
    stage.pipeline = AwsError("unreachable", "Endpoint unreachable", "It did not answer.", "")
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        assert "It did not answer." in text_of(app)
        stage.pipeline = samples.PIPELINE
        app.tick()
        await settle(pilot)
        assert stage.count("connect") == 1
        stage.clock.advance(11)
        app.tick()
        await settle(pilot)
        assert "Waiting in queue" in text_of(app)


async def test_the_mouse_works_keys_tabs_and_rows(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.click(KeyBar, offset=(15, 1))
        await settle(pilot)
        assert app.current_mode == "messages"
        await pilot.click(KeyBar, offset=(2, 0))
        await settle(pilot)
        assert stage.count("peek") == 1
        await pilot.click(MessageTable, offset=(5, 2))
        await settle(pilot)
        screen = app.console_screen
        assert isinstance(screen, MessagesScreen)
        assert screen.table.current is samples.MESSAGES[1]
        await pilot.click("#tabs", offset=(40, 0))
        await settle(pilot)
        assert "● DLQ" in text_of(app)


@pytest.mark.parametrize("mode", ["overview", "messages", "configuration", "upload", "activity"])
@pytest.mark.parametrize("connecting", [True, False])
async def test_every_key_without_a_connection_harms_nothing(
    stage: Stage, mode: str, connecting: bool
) -> None:
    stage.waits = frozenset({"connect"}) if connecting else frozenset()
    stage.pipeline = ConsoleError("No such queue", "There is no queue of that name.")
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        app.action_go(mode)
        await settle(pilot)
        screen = app.console_screen
        assert screen is not None
        assert not screen.built
        for binding in screen.BINDINGS:
            for key in binding.key.split(","):  # type: ignore[union-attr]
                await pilot.press(key, key)
        await pilot.press("y", "Y", "p", "ctrl+s", "ctrl+x", "tab", "space", "up", "end")
        await settle(pilot)
        assert app.is_running
        assert app.return_code is None
    assert stage.count("peek") == stage.count("upload_test") == 0
