"""Keys in any order over the screens that move messages: nothing ends the console."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from textual.widgets import Input

from console.models.move_task import MoveTask
from console.tui.app import ConsoleApp
from tests.tui import samples
from tests.tui.conftest import settle
from tests.tui.stage import Stage

KEYS = (
    *(
        "2",
        "4",
        "6",
        "d",
        "s",
        "o",
        "g",
        "G",
        "slash",
        "space",
        "a",
        "R",
        "D",
        "f",
        "h",
        "x",
        "b",
        "e",
        "u",
        "c",
    ),
    *("enter", "escape", "ctrl+g", "ctrl+r", "ctrl+d", "up", "down", "j", "k", "pagedown", "end"),
    *("tab", "left", "right", "y", "Y", "ctrl+x", "r", "p", "colon", "question_mark", "ctrl+p"),
)
SIZES = ((80, 24), (100, 30), (160, 48))


@pytest.mark.parametrize("seed", range(3))
async def test_any_keys_in_any_order_leave_it_running(
    stage: Stage, seed: int, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    stage.records = tuple(
        samples.operation(n, kind, state)
        for n, (kind, state) in enumerate(
            [("redrive", "running"), ("delete", "done"), ("process", "failed"), ("purge", "done")]
        )
    )
    stage.moves = (MoveTask(samples.DLQ.arn, "RUNNING", 120, 400, rate=50),)
    stage.record_entries = (
        *samples.ENTRIES,
        replace(samples.ENTRIES[0], number=4, subject="[/bold]\x1b]0;x", outcome="through"),
    )
    chance = random.Random(seed)
    app = ConsoleApp(stage)
    async with app.run_test(size=SIZES[seed], notifications=True) as pilot:
        await settle(pilot)
        for step in range(50):
            key = chance.choice(KEYS)
            if isinstance(app.focused, Input) and key == "e":
                key = "m"
            await pilot.press(key)
            if step % 15 == 14:
                await pilot.resize_terminal(*chance.choice(SIZES))
        await settle(pilot)
        assert app.is_running
        assert app.pipeline is not None
