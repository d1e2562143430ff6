"""The palette: paging through it before its list stands must not end the console."""

from __future__ import annotations

import pytest
from textual.command import CommandList

from console.tui.app import ConsoleApp
from console.tui.widgets.palette import Palette
from tests.tui.conftest import burst, settle, until
from tests.tui.stage import Stage


@pytest.mark.parametrize("key", ["pagedown", "pageup", "down", "up", "home", "end"])
async def test_keys_typed_right_behind_it_are_harmless(stage: Stage, key: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await app.push_screen(Palette())
        for action in ("page_down", "page_up"):
            app.screen._action_command_list(action)
        await pilot.press(key, "escape")
        await settle(pilot)
        assert app.is_running


async def test_ctrl_p_opens_this_palette(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+p")
        assert isinstance(app.screen, Palette)


async def test_a_second_enter_behind_the_first_chooses_nothing_more(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+p")
        palette = app.screen
        assert isinstance(palette, Palette)
        await until(pilot, lambda: palette.query_one(CommandList).option_count)
        await pilot.press(*"pause", "down")
        await until(pilot, lambda: palette.query_one(CommandList).highlighted is not None)
        burst(app, "enter", "enter", "enter")
        await settle(pilot)
        assert app.screen is app.console_screen
        assert app.polling.paused
