"""The filter simulator: every rule answers as one types."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from console.models.notification import NotificationConfiguration, NotificationRule
from console.tui.app import ConsoleApp
from console.tui.widgets.filter_simulator import FilterSimulator
from tests.tui.conftest import settle, text_of
from tests.tui.samples import QUEUE
from tests.tui.stage import Stage

CREATED = ("s3:ObjectCreated:*",)
RULES = NotificationConfiguration(
    (
        NotificationRule("songs", "queue", QUEUE.arn, CREATED, "in/", ".mp3"),
        NotificationRule("[/red]\x1b[31m", "topic", "arn:t", ("s3:ObjectRemoved:*",)),
        NotificationRule("EventBridge", "eventbridge", None, ()),
    )
)


async def test_each_rule_answers_as_one_types(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(110, 40), notifications=True) as pilot:
        await settle(pilot)
        await app.push_screen(FilterSimulator(RULES, "in/a.MP3", QUEUE.arn))
        await settle(pilot)
        told = text_of(app)
        assert "1 of 3 rules fire" in told
        assert "differ only in upper and lower case" in told.replace("\n", " ")
        assert "(this queue)" in told
        assert "\x1b" not in told
        await pilot.press("backspace", "backspace", "backspace", "m", "p", "3")
        await settle(pilot)
        assert "2 of 3 rules fire" in text_of(app)


async def test_the_event_type_changes_by_a_key(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        simulator = FilterSimulator(RULES, "in/a.mp3")
        await app.push_screen(simulator)
        await settle(pilot)
        assert "ObjectCreated:Put" in text_of(app)
        await pilot.press("down")
        assert simulator.event_type == "ObjectCreated:Post"
        await pilot.press("up", "up")
        assert simulator.event_type == "ObjectTagging:Put"
        await settle(pilot)
        assert "does not cover ObjectTagging:Put" in " ".join(text_of(app).split())
        await pilot.press("escape")
        await settle(pilot)
        assert app.screen is not simulator


@pytest.mark.parametrize("key", ["in/\x1b]0;x\x07[/b]\u202e.mp3", "in/" + "x" * 1100 + ".mp3"])
async def test_a_hostile_key_is_tried_as_it_is_and_shown_safely(stage: Stage, key: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(110, 40), notifications=True) as pilot:
        await settle(pilot)
        simulator = FilterSimulator(RULES, key)
        await app.push_screen(simulator)
        await settle(pilot)
        assert simulator.key == key
        assert "\x1b" not in simulator.query_one("#key", Input).value
        assert "2 of 3 rules fire" in text_of(app)


async def test_without_rules_nothing_fires(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await app.push_screen(FilterSimulator(NotificationConfiguration()))
        await settle(pilot)
        assert "no rule at all" in text_of(app)
