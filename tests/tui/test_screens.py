"""Overview, configuration, upload test and activity on a stage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from console.errors import ConsoleError, JournalError
from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.pipeline import Identity, Mode, Unknown
from console.models.status import Alarm, Source
from console.tui.app import ConsoleApp
from console.tui.screens.upload import UploadScreen
from console.tui.widgets.type_name import TypeName
from tests.fakes import START
from tests.tui import samples
from tests.tui.conftest import settle, text_of, until
from tests.tui.stage import Stage

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 30), (200, 60)])


async def test_live_and_lagging_figures_are_told_apart(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        text = text_of(app)
        assert "live, 2 s ago" in text
        assert "lags about 1 min, 40 s ago" in text
        assert "grows 0.8/min" in text
        assert "✗ ALARM" in text


async def test_c_shows_the_next_chart_on_a_small_screen(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        for title in ("Oldest message", "In and out", "Waiting in DLQ", "Waiting in queue"):
            await pilot.press("c")
            await settle(pilot)
            assert title in text_of(app)


async def test_a_large_screen_shows_all_charts(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        await settle(pilot)
        text = text_of(app)
        for title in ("Waiting in queue", "Oldest message", "In and out", "Waiting in DLQ"):
            assert title in text


async def test_ages_move_without_a_poll(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        polls = stage.count("poll_queues")
        stage.clock.advance(3)
        app.tick()
        await settle(pilot)
        assert "live, 5 s ago" in text_of(app)
        assert stage.count("poll_queues") == polls


async def test_a_source_that_works_again_is_no_longer_stale(stage: Stage) -> None:
    stage.snapshot = samples.stale_snapshot()
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await settle(pilot)
        assert "stale since" in text_of(app)
        stage.snapshot = samples.snapshot()
        await pilot.press("r")
        await settle(pilot)
        assert "stale" not in text_of(app)


async def test_without_a_queue_the_reason_is_told(stage: Stage) -> None:
    stage.pipeline = replace(
        samples.PIPELINE, queue=None, dlq=None, unknown=(Unknown("queue", "It is denied."),)
    )
    stage.snapshot = samples.EMPTY_SNAPSHOT
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        assert "It is denied." in text_of(app)
        for key in ("2", "3", "5", "6"):
            await pilot.press(key)
            await settle(pilot)
        await pilot.press("5", "s")
        await settle(pilot)
        assert stage.count("upload_test") == 0


async def test_differences_are_explained_on_top(stage: Stage) -> None:
    stage.inspection = samples.DIFFERENT
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("3")
        await settle(pilot)
        text = text_of(app)
        assert "1 difference from what is expected" in text
        assert "Filters are case-sensitive" in text


async def test_a_denied_part_names_the_permission_and_keeps_the_rest(stage: Stage) -> None:
    stage.inspection = samples.PARTLY_DENIED
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("3")
        await settle(pilot)
        text = text_of(app)
        assert "s3:GetBucketNotification" in text
        assert "5 min (300 s)" in text
        assert "Queue policy" in text


async def test_a_run_shows_its_steps_and_its_conclusion(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("5", "u", "o", "t", "enter")
        await settle(pilot)
        (options,) = [o for name, o in stage.calls if name == "upload_test"]
        assert (options.presigned, options.keep, options.timeout) == (True, True, 120.0)
        assert "The path works" in text_of(app)
        assert app.operation is None


async def test_a_running_step_counts_its_seconds(stage: Stage) -> None:
    stage.waits = frozenset({"upload_test"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("5", "s")
        await until(pilot, lambda: "running" in text_of(app))
        stage.clock.advance(7)
        await until(pilot, lambda: "7.0 s" in text_of(app))
        assert "running" in text_of(app)


async def test_esc_stops_a_run_and_says_so(stage: Stage) -> None:
    stage.waits = frozenset({"upload_test"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("5", "s")
        await until(pilot, lambda: stage.waiting)
        await pilot.press("escape")
        await until(pilot, lambda: app.operation is None)
        await settle(pilot)
        assert "was cancelled" in text_of(app)
        assert app.current_mode == "upload"


async def test_a_second_operation_is_refused(stage: Stage) -> None:
    stage.waits = frozenset({"peek"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot)
        await pilot.press("g")
        await until(pilot, lambda: stage.waiting)
        await pilot.press("5")
        await until(pilot, lambda: "Puts a small" in text_of(app))
        await pilot.press("s")
        assert stage.count("upload_test") == 0


async def test_read_only_does_not_upload(stage: Stage) -> None:
    stage.pipeline = replace(samples.PIPELINE, mode=Mode(read_only=True, allow_peek=True))
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("5", "s", "enter")
        await settle(pilot)
        assert stage.count("upload_test") == 0
        assert "Off: read-only" in text_of(app)


async def test_production_wants_the_queue_s_name(stage: Stage) -> None:
    stage.pipeline = replace(samples.PIPELINE, mode=Mode(production=True))
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("5", "s")
        await settle(pilot)
        assert isinstance(app.screen, TypeName)
        assert app.focused is app.screen.query_one("#no")
        line = app.screen.query_one(Input)
        line.value = samples.NAME[:-1]
        await settle(pilot)
        assert app.screen.query_one("#yes").disabled
        line.value = samples.NAME
        line.focus()
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert stage.count("upload_test") == 1


async def test_past_runs_show_their_steps(stage: Stage) -> None:
    stage.history = (samples.report(), samples.report(None, 50))
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 36), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("5")
        await settle(pilot)
        screen = app.console_screen
        assert isinstance(screen, UploadScreen)
        screen.query_one("LineTable").focus()
        await pilot.press("down", "enter")
        await settle(pilot)
        assert "? A live consumer took the event first" in text_of(app)
        assert stage.count("upload_test") == 0


async def test_activity_shows_entries_and_reads_itself_anew(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        text = text_of(app)
        assert "ReceiptHandleIsInvalid" in text
        assert "not known" in text
        before = stage.count("operations")
        for _ in range(5):
            stage.clock.advance(1)
            app.tick()
        await settle(pilot)
        assert stage.count("operations") == before + 1


async def test_a_journal_that_cannot_be_read_is_told(stage: Stage) -> None:
    stage.records = JournalError("Journal", "The journal is locked.", "Close the other console.")
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        assert "The journal is locked." in text_of(app)


async def test_hidden_screens_do_not_work(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        await pilot.press("1")
        await settle(pilot)
        before = stage.count("operations")
        for _ in range(12):
            stage.clock.advance(1)
            app.tick()
        await settle(pilot)
        assert stage.count("operations") == before


async def test_a_fault_of_the_console_is_told_and_not_a_traceback(stage: Stage) -> None:
    def broken() -> None:
        raise ValueError("boom [/foo]")

    stage.inspect = broken  # type: ignore[method-assign,assignment]
    stage.operations = broken  # type: ignore[method-assign,assignment]
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("3")
        await settle(pilot)
        assert "Fault in the console" in text_of(app)
        await pilot.press("6")
        await settle(pilot)
        assert "boom [/foo]" in text_of(app)


@SIZES
async def test_hostile_names_and_errors_harm_no_screen(stage: Stage, size: tuple[int, int]) -> None:
    bad = samples.HOSTILE
    queue = replace(samples.QUEUE, name=bad)
    rule = NotificationRule(bad, "queue", queue.arn, (bad,), bad, bad)
    other = NotificationRule(bad, "topic", bad, (bad,), bad, bad)
    error = ConsoleError(bad, bad, bad)
    good = samples.snapshot()
    stage.names = replace(stage.names, title=bad, bucket=bad, queue=bad, endpoint_url=bad)
    stage.pipeline = replace(
        samples.PIPELINE, name=bad, bucket=bad, region=bad, queue=queue, endpoint_url=bad,
        identity=Identity(bad, bad), expected_suffix=bad,
    )  # fmt: skip
    stage.inspection = samples.inspection(
        notification=Source(NotificationConfiguration((rule, other)), START),
        dlq=Source(error=error),
        policy={bad: bad},
        differences=(replace(samples.DIFFERENCE, field=bad, meaning=bad, actual=bad),),
    )
    stage.snapshot = replace(
        good,
        queue=replace(good.queue, error=error),
        alarms=Source((Alarm(bad, "ALARM", bad, queue.name, None, bad, START),), START),
    )
    stage.report = replace(samples.report(), conclusion=bad, key=bad, bucket=bad)
    stage.history = (stage.report,)
    stage.records = (replace(samples.operation(1), kind=bad, intent=bad, summary={bad: 1}),)
    stage.record_entries = (replace(samples.ENTRIES[1], subject=bad, error=bad, outcome=bad),)
    app = ConsoleApp(stage)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        for keys in (
            ("1",),
            ("2", "g"),
            ("3", "y"),
            ("5", "s"),
            ("6", "enter", "y", "question_mark"),
        ):
            await pilot.press(*keys)
            await settle(pilot)
            text = text_of(app)
            assert "\x1b" not in text
            assert "\u202e" not in text


async def test_a_hostile_error_on_connecting_is_only_text(stage: Stage) -> None:
    stage.pipeline = ConsoleError(samples.HOSTILE, samples.HOSTILE, samples.HOSTILE)
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        text = text_of(app)
        assert "[/foo][red]x\\x1b]52" in text
        assert "\x1b" not in text
