"""The trace of one object over the doctor: steps as they come, a scan when told, stopped by esc."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.errors import AwsError
from console.models.trace import TraceStep
from console.tui.app import ConsoleApp
from console.tui.screens.doctor import DoctorScreen
from console.tui.widgets.trace_sheet import TraceSheet
from tests.tui import samples
from tests.tui.conftest import settle, text_of, until
from tests.tui.stage import Stage

KEY = "in/[/song].mp3"


def asked(stage: Stage) -> list[object]:
    return [argument for name, argument in stage.calls if name == "trace"]


@pytest.mark.parametrize("size", [(60, 24), (160, 48)])
async def test_the_object_that_is_asked_about_is_followed(
    stage: Stage, size: tuple[int, int]
) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("t")
        await settle(pilot)
        assert asked(stage) == []
        screen = app.console_screen
        assert isinstance(screen, DoctorScreen)
        screen.ask_about(KEY)
        await settle(pilot)
        await pilot.press("t")
        await settle(pilot)
        text = text_of(app)
        assert KEY in text
        assert text.index("lost") < text.index("created")
        assert "filter.suffix-case" in text
        assert "\x1b" not in text
        await pilot.press("s")
        await settle(pilot)
        assert asked(stage) == [(KEY, False), (KEY, True)]
        await pilot.press("escape")
        await settle(pilot)
        assert not isinstance(app.screen, TraceSheet)
        assert app.current_mode == "doctor"


async def test_steps_show_as_they_come_and_esc_stops_it(stage: Stage) -> None:
    stage.waits = frozenset({"trace"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("colon", *f"trace {KEY}", "enter")
        await until(pilot, lambda: "following it" in text_of(app) and "created" in text_of(app))
        assert "matched" not in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert stage.waiting == 0
        assert "created" not in text_of(app)


async def test_what_keeps_it_from_being_followed_is_told_beside_what_is_known(
    stage: Stage,
) -> None:
    stage.traced = AwsError("throttled", "Throttled", "SQS throttles this caller.", "Wait.")
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"trace a.mp3", "enter")
        await settle(pilot)
        assert "SQS throttles this caller. Wait." in text_of(app)
        waits = TraceStep("waiting", "yes", "sqs:ReceiveMessage", "Message 1.")
        stage.traced = replace(samples.TRACED, where="waiting", steps=(waits,), root_causes=())
        await pilot.press("r")
        await settle(pilot)
        assert "✓ waiting" in text_of(app)
        assert "throttles" not in text_of(app)
