"""Keys that come in one burst: what is closed by the first of them is not closed again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.screen import ModalScreen

from console.tui.app import ConsoleApp
from console.tui.widgets.choose import Choose
from console.tui.widgets.command_line import CommandLine
from console.tui.widgets.confirm import Confirm
from console.tui.widgets.filter_simulator import FilterSimulator
from console.tui.widgets.help import Help
from console.tui.widgets.palette import Palette
from console.tui.widgets.repair_sheet import repair_sheet
from console.tui.widgets.trace_sheet import TraceSheet
from console.tui.widgets.type_name import TypeName
from tests.tui import samples
from tests.tui.conftest import burst, settle
from tests.tui.stage import Stage

_DIALOGS: dict[str, Callable[[ConsoleApp], ModalScreen[object]]] = {
    "choose": lambda app: Choose("queue", ("a", "b")),
    "command line": lambda app: CommandLine(),
    "confirm": lambda app: Confirm("Sure?", "It is done.", yes="Do it"),
    "filter simulator": lambda app: FilterSimulator(
        samples.inspection().notification.value, "a.mp3"
    ),
    "help": lambda app: Help(app.console_screen),
    "palette": lambda app: Palette(),
    "repair": lambda app: repair_sheet("Repair", "Repair it.", ("-a", "+b"), (), None),
    "trace": lambda app: TraceSheet("a.mp3"),
    "typed name": lambda app: TypeName("Sure?", "It is done.", "name"),
    "typed repair": lambda app: repair_sheet("Repair", "Repair it.", ("-a", "+b"), (), "name"),
}


@pytest.mark.parametrize("keys", [("escape",) * 3, ("enter",) * 3, ("backspace", "enter")])
@pytest.mark.parametrize("name", _DIALOGS)
async def test_what_is_closed_is_not_closed_again(
    stage: Stage, name: str, keys: tuple[str, ...]
) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        answers: list[object] = []
        await app.push_screen(_DIALOGS[name](app), answers.append)
        await settle(pilot)
        burst(app, *keys)
        await settle(pilot)
        assert app.is_running
        assert app.console_screen in app.screen_stack
        assert len(answers) <= 1


async def test_what_lies_below_stays(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        below = Confirm("Sure?", "It is done.", yes="Do it")
        await app.push_screen(below)
        above = CommandLine()
        await app.push_screen(above)
        await settle(pilot)
        above.dismiss(None)
        above.dismiss(None)
        await settle(pilot)
        assert app.screen is below


async def test_a_command_runs_once(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"pause")
        burst(app, "enter", "enter", "enter")
        await settle(pilot)
        assert app.polling.paused
