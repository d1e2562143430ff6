"""Redrive, delete, process, purge, undo and continue from the screens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Button, Input

from console.errors import AwsError
from console.models.pipeline import Mode
from console.tui.actions import Delete, Process, Purge, Redrive, Restore, Resume
from console.tui.app import ConsoleApp
from console.tui.widgets.confirm import Confirm
from console.tui.widgets.type_name import TypeName
from tests.tui import samples
from tests.tui.conftest import settle, text_of
from tests.tui.stage import Stage


def performed(stage: Stage) -> list[object]:
    return [argument for name, argument in stage.calls if name == "perform"]


async def read_dlq(pilot: object) -> None:
    """Show the DLQ and read it."""
    await settle(pilot)  # type: ignore[arg-type]
    await pilot.press("2", "d")  # type: ignore[attr-defined]
    await settle(pilot)  # type: ignore[arg-type]
    await pilot.press("G")  # type: ignore[attr-defined]
    await settle(pilot)  # type: ignore[arg-type]


async def test_marked_messages_are_redriven_after_a_confirmation_that_opens_on_cancel(
    stage: Stage,
) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        await pilot.press("space", "space", "R")
        await settle(pilot)
        assert isinstance(app.screen, Confirm)
        assert app.focused is app.screen.query_one("#no")
        assert "2 messages" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert performed(stage) == []
        await pilot.press("R", "right", "enter")
        await settle(pilot)
        (action,) = performed(stage)
        assert isinstance(action, Redrive)
        assert action.options.where.ids == {m.message_id for m in samples.MESSAGES[:2]}
        assert "37 moved" in text_of(app)
        assert "too large" in text_of(app)


async def test_a_filter_chooses_what_it_leaves(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        await pilot.press("slash", *"mp3", "enter", "D", "right", "enter")
        await settle(pilot)
        (action,) = performed(stage)
        assert isinstance(action, Delete)
        with_mp3 = {
            m.message_id for m in samples.MESSAGES if m.event and "mp3" in m.event.key.lower()
        }
        assert action.options.where.ids is not None
        assert with_mp3 <= action.options.where.ids


async def test_everything_wants_the_queues_name_typed(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        for key, kind in (("ctrl+r", Redrive), ("ctrl+d", Purge)):
            await pilot.press(key)
            await settle(pilot)
            assert isinstance(app.screen, TypeName)
            assert app.screen.query_one("#yes", Button).disabled
            app.screen.query_one(Input).value = samples.DLQ.name
            await settle(pilot)
            app.screen.query_one("#yes", Button).press()
            await settle(pilot)
            assert isinstance(performed(stage)[-1], kind)
        assert performed(stage)[0].whole  # type: ignore[attr-defined]


async def test_a_handler_is_typed_and_run_over_the_chosen_message(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        await pilot.press("f")
        await settle(pilot)
        await pilot.press("enter", "right", "enter")
        await settle(pilot)
        assert app.screen is app.console_screen
        (action,) = performed(stage)
        assert isinstance(action, Process)
        assert action.handler == "inspect"
        assert len(action.options.where.ids or ()) == 1


async def test_read_only_offers_no_change(stage: Stage) -> None:
    mode = Mode(read_only=True, allow_peek=True)
    stage.pipeline = replace(samples.PIPELINE, mode=mode)
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        await pilot.press("R", "D", "f", "ctrl+r", "ctrl+d")
        await settle(pilot)
        assert not isinstance(app.screen, Confirm)
        assert performed(stage) == []


async def test_what_runs_is_shown_and_esc_stops_it(stage: Stage) -> None:
    stage.waits = frozenset({"perform"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        await pilot.press("R", "right", "enter")
        while not stage.waiting:
            await pilot.pause()
        await settle(pilot)
        assert "17 done" in text_of(app)
        await pilot.press("6")
        await settle(pilot)
        assert "17 done" in text_of(app)
        await pilot.press("2", "escape")
        await settle(pilot)
        assert "37 moved" in text_of(app)
        assert app.operation is None


async def test_what_keeps_it_from_being_done_is_told(stage: Stage) -> None:
    stage.done = AwsError("access-denied", "Access denied", "The caller may not sqs:SendMessage.")
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        await pilot.press("R", "right", "enter")
        await settle(pilot)
        assert "may not sqs:SendMessage" in text_of(app)


async def test_what_is_gone_leaves_the_table(stage: Stage) -> None:
    gone = samples.MESSAGES[0].message_id
    stage.record_entries = (replace(samples.ENTRIES[0], subject=gone, outcome="moved"),)
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        await pilot.press("a", "R", "right", "enter")
        await settle(pilot)
        screen = app.console_screen
        assert screen is not None
        rows = [m.message_id for m in screen.table.rows]  # type: ignore[attr-defined]
        assert gone not in rows
        assert len(rows) == len(samples.MESSAGES) - 1


@pytest.mark.parametrize(
    ("key", "kind", "of"),
    [("u", Restore, "delete"), ("c", Resume, "delete"), ("c", Resume, "backfill")],
)
async def test_activity_undoes_and_continues(
    stage: Stage, key: str, kind: type[Restore] | type[Resume], of: str
) -> None:
    stage.records = (samples.operation(1, of, "interrupted"),)
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        await pilot.press(key, "right", "enter")
        await settle(pilot)
        assert performed(stage) == [kind(stage.records[0].id)]


async def test_what_was_done_elsewhere_names_the_queue_and_is_not_continued_here(
    stage: Stage,
) -> None:
    other = samples.QUEUE.arn.rpartition(":")[0] + ":another"
    stage.records = (replace(samples.operation(1, "delete", "interrupted"), queue_arn=other),)
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        assert "on another: " in text_of(app)
        await pilot.press("u", "c")
        await settle(pilot)
        assert not app.screen.query("#dialog")
        assert performed(stage) == []


async def test_a_killed_operation_says_so_and_one_at_work_does_not(stage: Stage) -> None:
    stage.records = (
        samples.operation(1, "redrive", "running"),
        samples.operation(2, "delete", "running"),
    )
    stage.at_work = frozenset({stage.records[1].id})
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        assert "killed" in text_of(app)
        assert "running" in text_of(app)


async def test_what_was_just_done_is_chosen_in_activity(stage: Stage) -> None:
    stage.records = (samples.operation(2),)
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await read_dlq(pilot)
        newest = samples.operation(1, "delete")
        stage.records = (newest, *stage.records)
        await pilot.press("D", "right", "enter")
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        await pilot.press("u", "right", "enter")
        await settle(pilot)
        assert performed(stage)[-1] == Restore(newest.id)


async def test_esc_takes_away_how_it_ended_before_it_leaves_the_screen(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        await pilot.press("R", "right", "enter")
        await settle(pilot)
        assert "37 moved" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "37 moved" not in text_of(app)
        assert app.current_mode == "messages"
        await pilot.press("escape")
        await settle(pilot)
        assert app.current_mode == "overview"


async def test_marked_ones_that_a_filter_hides_are_told_of_and_stay(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        await pilot.press("a", "slash", *"call-0001", "enter", "D")
        await settle(pilot)
        words = " ".join(text_of(app).split())
        assert "Delete 1 message" in words
        assert "3 more are not shown and stay" in words
        await pilot.press("right", "enter")
        await settle(pilot)
        assert performed(stage)[0].options.where.ids == {samples.MESSAGES[0].message_id}  # type: ignore[attr-defined]


async def test_a_dialog_copies_its_aws_command(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await read_dlq(pilot)
        for key, command in (("ctrl+r", "start-message-move-task"), ("ctrl+d", "purge-queue")):
            await pilot.press(key, "Y")
            await settle(pilot)
            assert command in app.clipboard
            await pilot.press("escape")
            await settle(pilot)


async def test_move_tasks_that_cannot_be_read_blank_nothing_else(stage: Stage) -> None:
    stage.moves = AwsError("access-denied", "Access denied", "No sqs:ListMessageMoveTasks.")
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        assert "unknown. No sqs:ListMessageMoveTasks." in text_of(app)
        assert "peek" in text_of(app)


async def test_what_did_not_go_well_is_the_first_of_the_entries(stage: Stage) -> None:
    stage.records, stage.record_entries = samples.MOVES, samples.MOVE_ENTRIES
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        screen = app.console_screen
        table = screen.detail.entries_table  # type: ignore[union-attr]
        assert [e.number for e in table.rows] == [6, 7, 8, 2, 3, 4, 5, 1, 9]
        assert app.focused is table
        assert "too large" in text_of(app)


async def test_the_name_to_type_is_that_of_the_queue_that_is_emptied(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("2", "ctrl+r")
        await settle(pilot)
        app.screen.query_one(Input).value = samples.DLQ.name
        await settle(pilot)
        assert not app.screen.query_one("#yes", Button).disabled


async def test_a_purge_that_could_not_copy_all_is_not_begun(stage: Stage) -> None:
    stage.snapshot = samples.snapshot(dlq_visible=10_001)
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("2", "d", "ctrl+d")
        await settle(pilot)
        assert app.screen is app.console_screen
        assert "without copies" in " ".join(text_of(app).split())
