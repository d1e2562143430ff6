"""Applications on a stage, and waiting for what their background jobs bring."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot

from console.tui.app import ConsoleApp
from console.tui.screens.messages import MessagesScreen
from tests.tui.stage import Stage

_PATIENCE = 10.0


async def settle(pilot: Pilot[int]) -> None:
    """Until no background job is left but those the stage keeps waiting, and all is drawn."""
    app = pilot.app
    assert isinstance(app, ConsoleApp)
    stage = app.backstage
    ends = asyncio.get_running_loop().time() + _PATIENCE
    quiet = 0
    while quiet < 4:
        await pilot.pause(0.01)
        waiting = stage.waiting if isinstance(stage, Stage) else 0
        connecting = app.pipeline is None and app.connect_error is None and not waiting
        quiet = quiet + 1 if app.jobs.running <= waiting and not connecting else 0
        assert asyncio.get_running_loop().time() < ends, "background jobs did not end"
    await pilot.pause()


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Until something is so."""
    ends = asyncio.get_running_loop().time() + _PATIENCE
    while not condition():
        await pilot.pause(0.01)
        assert asyncio.get_running_loop().time() < ends, "it did not come to be"


def burst(app: ConsoleApp, *keys: str) -> None:
    """Type keys faster than any of them is handled, as a paste or a slow line brings them."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


def text_of(app: ConsoleApp) -> str:
    """What can be read on the screen now."""
    width, height = app.size
    lines = [app.screen._compositor.render_strips()[y].text for y in range(height)]
    return "\n".join(line[:width] for line in lines)


@pytest.fixture(autouse=True)
def _restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 is asked about a message as soon as it is chosen."""
    monkeypatch.setattr(MessagesScreen, "RESTING_SECONDS", 0.001)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A stage; whatever it keeps waiting ends with the test."""
    made = Stage()
    yield made
    made.end.set()


@pytest.fixture
def snap(snap_compare: Callable[..., bool], stage: Stage) -> Callable[..., bool]:
    """Compare a screen with its picture, at 80×24 unless told, after these keys."""

    def compare(*keys: str, size: tuple[int, int] = (80, 24), light: bool = False) -> bool:
        app = ConsoleApp(stage)
        app.animation_level = "none"
        app.cursor_blink = False  # type: ignore[attr-defined]

        async def prepare(pilot: Pilot[Any]) -> None:
            await settle(pilot)
            if light:
                app.action_other_theme()
            for key in keys:
                await pilot.press(key)
                await settle(pilot)

        return snap_compare(app, terminal_size=size, run_before=prepare)

    return compare
