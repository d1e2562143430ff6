"""The palette: paging through it before its list stands must not end the console."""

from __future__ import annotations

import pytest

from console.tui.app import ConsoleApp
from console.tui.widgets.palette import Palette
from tests.tui.conftest import settle
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
