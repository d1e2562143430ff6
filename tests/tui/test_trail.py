"""CloudTrail's changes in the activity screen, on a stage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from console.errors import AwsError
from console.tui.app import ConsoleApp
from tests.tui import samples
from tests.tui.conftest import settle, text_of, until
from tests.tui.stage import Stage

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 48)])


async def opened(pilot: Pilot[int]) -> None:
    await settle(pilot)
    await pilot.press("6")
    await settle(pilot)
    await pilot.press("t")
    await settle(pilot)


@SIZES
async def test_changes_come_newest_first_and_enter_shows_one(
    stage: Stage, size: tuple[int, int]
) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot)
        text = text_of(app)
        rows = text[text.index("who and what") :]
        assert rows.index("02:08:07") < rows.index("01:31:07") < rows.index("21:13:07")
        assert "PurgeQueue" in rows
        assert "3 changes, last 24 h" in text
        assert "15 minutes" in text
        await pilot.press("down", "enter")
        await settle(pilot)
        text = text_of(app)
        for told in ("MessageRetentionPeriod", "- 345600", "+ 60", "198.51.100.7", "OnCall/alice"):
            assert told in text
        await pilot.press("escape", "escape")
        await settle(pilot)
        assert "started" in text_of(app)


async def test_a_refused_call_is_told_as_one(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await opened(pilot)
        assert "refused, AccessDenied: not yours" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert "Nothing was changed." in text_of(app)


async def test_changes_are_seen_before_the_search_is_over_and_esc_stops_it(stage: Stage) -> None:
    stage.waits = frozenset({"trail"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await opened(pilot)
        text = text_of(app)
        assert "Asking CloudTrail, last 24 h: PurgeQueue, 8 of 26; 3 changes so far." in text
        assert "SetQueueAttributes" in text
        await pilot.press("escape")
        await until(pilot, lambda: "was cancelled" in text_of(app))
        assert "3 changes found before that" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "CloudTrail" not in text_of(app)


async def test_refresh_asks_again_and_opening_again_does_not(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await opened(pilot)
        await pilot.press("t", "t")
        await settle(pilot)
        assert stage.count("trail") == 1
        await pilot.press("r")
        await settle(pilot)
        assert stage.count("trail") == 2


async def test_w_looks_further_back(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await opened(pilot)
        await pilot.press("w", "w")
        await settle(pilot)
        asked = [argument for name, argument in stage.calls if name == "trail"]
        assert asked == [86_400, 7 * 86_400, 90 * 86_400]
        assert "last 90 d" in text_of(app)


async def test_a_denied_history_names_the_permission_and_the_journal_stays(stage: Stage) -> None:
    stage.trail_report = AwsError(
        "access-denied",
        "Access denied",
        "The caller may not cloudtrail:LookupEvents.",
        "Grant it.",
        permission="cloudtrail:LookupEvents",
    )
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await opened(pilot)
        assert "cloudtrail:LookupEvents" in text_of(app)
        await pilot.press("t")
        await settle(pilot)
        assert "upload-test" in text_of(app)


async def test_a_report_of_what_could_not_be_read_is_no_empty_one(stage: Stage) -> None:
    error = AwsError("access-denied", "Access denied", "Not the bucket's history.")
    stage.trail_report = replace(samples.TRAIL, changes=(), errors=(error,))
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await opened(pilot)
        text = text_of(app)
        assert "Not the bucket's history." in text
        assert "Changes unknown" in text


async def test_hostile_events_are_shown_not_obeyed(stage: Stage) -> None:
    hostile = "[/red]\x1b]0;x\x07\u202e"
    bad = samples.change("SetQueueAttributes", 1, error=hostile, name=hostile)
    event = replace(bad.event, name=hostile, who=hostile, user_agent=hostile, source_ip=hostile)
    stage.trail_report = replace(samples.TRAIL, changes=(replace(bad, event=event),))
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await settle(pilot)
        text = text_of(app)
        assert "[/red]\\x1b]0;x\\x07\\u202e" in text
        assert "\x1b" not in text


async def test_the_journals_keys_are_off_while_the_trail_is_shown(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await opened(pilot)
        await pilot.press("u", "c")
        await settle(pilot)
        assert app.screen.query_one("TrailPane").display
        assert not app.screen.query_one("#state").display
        assert stage.count("perform") == 0
