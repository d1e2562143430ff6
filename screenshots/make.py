"""Make the pictures of every screen: the real console, headless, on the local backend.

Run it by hand: `python screenshots/make.py [FOLDER]`. It takes a minute or two, most of it
waiting for the local traffic to have something to show.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from console.local.backend import LocalBackend, start_backend
from console.settings.local import use_local_environment
from console.settings.model import Settings
from console.tui.app import ConsoleApp
from console.tui.live import LiveBackstage

LARGE, SMALL = (132, 40), (80, 24)
PATIENCE = 90.0


SCENARIO = "policy.explicit-deny"


def start(cancel: threading.Event, scenario: str | None = None) -> LocalBackend:
    """The local backend, as `--local` starts it, or `--local --scenario`."""
    backend = start_backend(cancel=cancel, scenario=scenario)
    use_local_environment(backend)
    return backend


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Wait for something to show."""
    ends = asyncio.get_running_loop().time() + PATIENCE
    while not condition():
        await pilot.pause(0.1)
        if asyncio.get_running_loop().time() > ends:
            raise SystemExit("the local pipeline did not come to what the pictures show")


async def pictures(folder: Path) -> None:
    """Go through the screens and write one SVG each."""
    backstage = LiveBackstage(Settings(), start)
    app = ConsoleApp(backstage)
    try:
        async with app.run_test(size=LARGE, notifications=True) as pilot:
            await until(pilot, lambda: _ready(app))
            await until(pilot, lambda: _alarmed(app))
            await _take(pilot, folder, "overview")
            await _messages(pilot, app, folder)
            await _press(pilot, app, "3")
            await _take(pilot, folder, "configuration")
            await _press(pilot, app, "5", "s")
            await until(pilot, lambda: app.operation is None)
            await _take(pilot, folder, "upload-test")
            await _redrive(pilot, app, folder)
            await _press(pilot, app, "6")
            await pilot.press("enter")
            await _take(pilot, folder, "activity")
            await pilot.press("escape", "escape")
            await _press(pilot, app, "1")
            app.action_other_theme()
            await _take(pilot, folder, "overview-light")
            app.action_other_theme()
            await pilot.resize_terminal(*SMALL)
            await _take(pilot, folder, "overview-80x24")
    finally:
        backstage.close(3.0)


async def broken_pictures(folder: Path) -> None:
    """What the doctor says of a pipeline that is broken, and how it is mended."""
    backstage = LiveBackstage(Settings(), lambda cancel: start(cancel, SCENARIO))
    app = ConsoleApp(backstage)
    try:
        async with app.run_test(size=LARGE, notifications=True) as pilot:
            await until(pilot, lambda: app.pipeline is not None and app.inspection is not None)
            await _press(pilot, app, "4")
            app.clear_notifications()
            await _take(pilot, folder, "doctor")
            await _press(pilot, app, "f")
            await _take(pilot, folder, "repair")
            await _press(pilot, app, "escape", "6", "t")
            await _take(pilot, folder, "trail")
    finally:
        backstage.close(3.0)


def _ready(app: ConsoleApp) -> bool:
    """Charts, a configuration, and something in the DLQ to look at."""
    snapshot = app.snapshot
    if snapshot is None or app.inspection is None or snapshot.metrics.value is None:
        return False
    waiting = snapshot.dlq.value.counts.visible if snapshot.dlq.value else 0
    return waiting > 0 and snapshot.rates is not None


def _alarmed(app: ConsoleApp) -> bool:
    """The DLQ's alarm went off; CloudWatch is asked again for it, as `r` does."""
    alarms = app.snapshot.alarms.value if app.snapshot else None
    if any(alarm.state == "ALARM" for alarm in alarms or ()):
        return True
    if app.jobs.running == 0:
        app.polling.ask_now()
        app.tick()
    return False


async def _messages(pilot: Pilot[int], app: ConsoleApp, folder: Path) -> None:
    await _press(pilot, app, "2", "d", "g")
    await until(pilot, lambda: app.operation is None)
    await pilot.press("down")
    await pilot.pause(1.0)
    await _take(pilot, folder, "messages")


async def _redrive(pilot: Pilot[int], app: ConsoleApp, folder: Path) -> None:
    """Mark two messages of the DLQ, take the confirmation, and send them back."""
    await _press(pilot, app, "2", "G")
    await until(pilot, lambda: app.operation is None)
    await _press(pilot, app, "home", "space", "space", "R")
    await _take(pilot, folder, "redrive")
    await _press(pilot, app, "right", "enter")
    await until(pilot, lambda: app.operation is None)


async def _press(pilot: Pilot[int], app: ConsoleApp, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.5)
        await until(pilot, lambda: app.jobs.running == 0 or app.operation is not None)


async def _take(pilot: Pilot[int], folder: Path, name: str) -> None:
    await pilot.pause(0.5)
    path = folder / f"{name}.svg"
    path.write_text(pilot.app.export_screenshot(title="event-console"), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    asyncio.run(pictures(target))
    asyncio.run(broken_pictures(target))
