"""The doctor's screen: asked once, answers as they come, stopped, kept when asking fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.errors import AwsError
from console.models.backfill import BackfillReport
from console.models.notification import NotificationConfiguration
from console.models.pipeline import Mode
from console.models.status import Source
from console.tui.actions import Backfill
from console.tui.app import ConsoleApp
from console.tui.lines import laid_out
from console.tui.screens.doctor import DoctorScreen
from console.tui.widgets.sheet import Sheet
from tests.fakes import START
from tests.tui import doctor_samples, samples
from tests.tui.conftest import settle, text_of, until
from tests.tui.stage import Stage

THROTTLED = AwsError("throttled", "Throttled", "SQS throttles this caller.", "Wait a little.")
SIZES = pytest.mark.parametrize("size", [(60, 24), (80, 24), (160, 48)])


def doctor(app: ConsoleApp) -> DoctorScreen:
    screen = app.console_screen
    assert isinstance(screen, DoctorScreen)
    return screen


def detail(app: ConsoleApp) -> str:
    lines = doctor(app).query_one("#detail", Sheet)._sheet_lines
    return laid_out(lines, 200).plain


async def test_it_asks_by_itself_once_and_again_when_told(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        assert stage.count("diagnose") == 0
        for key, times in (("4", 1), ("1", 1), ("4", 1), ("s", 2), ("r", 3)):
            await pilot.press(key)
            await settle(pilot)
            assert stage.count("diagnose") == times


@SIZES
async def test_the_root_cause_is_on_top_with_remedy_command_and_proof(
    stage: Stage, size: tuple[int, int]
) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        text = text_of(app)
        places = [
            text.index(word)
            for word in ("Broken: 1 root cause", "policy.wrong-source-arn", "Remedy", "statement")
        ]
        assert places == sorted(places)
        assert text.index("Remedy") < text.index("finding ")
        assert "aws sqs" in text or size == (60, 24)


async def test_the_list_has_causes_first_then_trouble_then_passes_folded(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        rows = [row.id for row in doctor(app).table.rows]
        assert rows[:4] == [
            "policy.wrong-source-arn", "delivery.nothing-arrives", "metrics.request-metrics",
            "security.no-tls",
        ]  # fmt: skip
        assert rows[4:6] == ["passed:bucket", "passed:filter"]
        await pilot.press("a")
        rows = [row.id for row in doctor(app).table.rows]
        assert rows[4] == "bucket.no-notification"
        assert len(rows) == len(doctor_samples.BROKEN) + 1


async def test_the_chosen_finding_is_shown_whole(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("down", "enter")
        await settle(pilot)
        text = text_of(app)
        assert "delivery.nothing-arrives" in text
        assert "follows from" in text
        assert "policy.wrong-source-arn" in detail(app)
        await pilot.press("escape", "down", "enter")
        await settle(pilot)
        assert "s3:GetMetricsConfiguration" in text_of(app)
        await pilot.press("escape", "end", "enter")
        await settle(pilot)
        assert "operator.credentials" in text_of(app)


async def test_findings_come_in_while_others_are_asked_and_esc_stops(stage: Stage) -> None:
    stage.waits = frozenset({"diagnose"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await until(pilot, lambda: f"asking… {len(doctor_samples.BROKEN) - 3} ans" in text_of(app))
        assert "✓ Bucket 3" in text_of(app).replace("\u00a0", " ")
        stage.clock.advance(4)
        await until(pilot, lambda: "4.0 s" in text_of(app))
        await pilot.press("s")
        assert stage.count("diagnose") == 1
        await pilot.press("escape")
        await until(pilot, lambda: "was cancelled" in text_of(app))
        assert app.current_mode == "doctor"
        assert app.operation is None
        await pilot.press("escape")
        await settle(pilot)
        assert app.current_mode == "overview"


async def test_the_verdict_does_not_wait_for_cloudtrail(stage: Stage) -> None:
    stage.waits = frozenset({"cloudtrail"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "asking CloudTrail" in text_of(app))
        assert "Broken: 1 root cause" in text_of(app)
        assert "SetQueueAttributes by" not in text_of(app)
        stage.end.set()
        await until(pilot, lambda: "SetQueueAttributes by" in text_of(app))
        assert "asking CloudTrail" not in text_of(app)


async def test_stopping_cloudtrail_keeps_what_was_concluded(stage: Stage) -> None:
    stage.waits = frozenset({"cloudtrail"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "asking CloudTrail" in text_of(app))
        await pilot.press("escape")
        await until(pilot, lambda: "CloudTrail was not read to its end" in text_of(app))
        assert "Broken: 1 root cause" in text_of(app)


async def test_k_asks_about_one_object_and_an_empty_key_about_all(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("k", *"a/k.mp3", "enter")
        await settle(pilot)
        assert "About the object a/k.mp3" in text_of(app)
        await pilot.press("s")
        await settle(pilot)
        await pilot.press("k", "ctrl+u", "enter")
        await settle(pilot)
        keys = [options.key for name, options in stage.calls if name == "diagnose"]
        assert keys == [None, "a/k.mp3", "a/k.mp3", None]
        assert "About the whole pipeline" in text_of(app)


async def test_a_command_asks_about_a_key_at_once(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"doctor in/x.mp3", "enter")
        await until(pilot, lambda: "About the object in/x.mp3" in text_of(app))
        await settle(pilot)
        keys = [options.key for name, options in stage.calls if name == "diagnose"]
        assert keys == ["in/x.mp3"]


async def test_an_error_keeps_the_old_result_and_says_so(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        stage.findings = THROTTLED
        stage.clock.advance(120)
        await pilot.press("s")
        await settle(pilot)
        text = text_of(app)
        assert "asked 2 min ago" in text
        assert "SQS throttles this caller." in text
        assert "Broken: 1 root cause" in text


async def test_what_is_asked_anew_leaves_the_old_answer_marked(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        stage.clock.advance(60)
        stage.findings = doctor_samples.HEALTHY
        stage.late_findings = ()
        stage.waits = frozenset({"diagnose"})
        await pilot.press("s")
        await until(pilot, lambda: "(old)" in text_of(app))
        assert "Broken: 1 root cause" in text_of(app)
        stage.end.set()
        await until(pilot, lambda: "Healthy" in text_of(app))
        assert "(old)" not in text_of(app)
        assert "policy.wrong-source-arn" not in text_of(app)


async def test_a_filter_leaves_what_fits(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("slash", *"tls", "enter")
        await settle(pilot)
        assert [row.id for row in doctor(app).table.rows] == ["security.no-tls"]
        assert "filter: tls" in text_of(app)
        await pilot.press("escape")
        assert len(doctor(app).table.rows) > 4


async def test_copying_takes_the_finding_and_its_command(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    app = ConsoleApp(stage)
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("y", "Y")
        assert copied[0].startswith("policy.wrong-source-arn: fail (proven)\n")
        assert copied[1] == doctor_samples.CAUSE.commands[0]
        await pilot.press("down", "Y")
        assert len(copied) == 2


async def test_redaction_masks_accounts_in_evidence_and_commands(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4", "ctrl+x")
        await settle(pilot)
        assert samples.ACCOUNT not in text_of(app)
        assert "account" in detail(app)
        await pilot.press("ctrl+x")
        await settle(pilot)
        assert samples.ACCOUNT in text_of(app)


@SIZES
async def test_hostile_evidence_and_keys_are_only_text(stage: Stage, size: tuple[int, int]) -> None:
    bad: Any = samples.HOSTILE
    stage.findings = (
        *doctor_samples.PASSES[:3], *(doctor_samples.of_text(bad, s) for s in ("fail", "pass")),
        doctor_samples.of_text(bad + "2", "unknown"), doctor_samples.of_text(bad + "3", "warn"),
    )  # fmt: skip
    app = ConsoleApp(stage)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        doctor(app).ask_about(bad)
        await settle(pilot)
        for keys in (("a",), ("enter",), ("escape", "down", "enter"), ("escape", "end", "enter")):
            await pilot.press(*keys)
            await settle(pilot)
            text = text_of(app)
            assert "\x1b" not in text
            assert "\u202e" not in text
            assert "[/foo][red]" in text


async def test_resizing_at_any_time_keeps_the_chosen_finding(stage: Stage) -> None:
    stage.waits = frozenset({"diagnose"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await until(pilot, lambda: stage.waiting)
        await pilot.resize_terminal(60, 20)
        stage.end.set()
        await settle(pilot)
        await pilot.press("down", "down", "enter")
        await pilot.resize_terminal(160, 48)
        await settle(pilot)
        current = doctor(app).table.current
        assert current is not None
        assert current.id == "metrics.request-metrics"
        assert "s3:GetMetricsConfiguration" in text_of(app)


async def test_leaving_while_it_asks_leaves_at_once(stage: Stage) -> None:
    stage.waits = frozenset({"diagnose"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await until(pilot, lambda: stage.waiting)
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0


async def test_a_repair_is_shown_confirmed_applied_and_looked_at_again(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("f")
        await settle(pilot)
        text = text_of(app)
        assert "Change the policy of queue" in text
        assert "+" in text
        assert "60 s to become effective" in text
        await pilot.press("escape")
        await settle(pilot)
        assert stage.count("apply_repair") == 0
        await pilot.press("f")
        await settle(pilot)
        app.screen.query_one("#yes").focus()
        await pilot.press("enter")
        await settle(pilot)
        assert [plan for name, plan in stage.calls if name == "apply_repair"] == [
            doctor_samples.PLAN
        ]
        assert stage.count("diagnose") == 2
        assert "Changed. Somebody else's change was kept" in text_of(app)
        assert app.operation is None


async def test_a_repair_that_was_taken_back_elsewhere_is_looked_at_again(stage: Stage) -> None:
    stage.records = (samples.operation(1, "repair"),)
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        stage.clock.advance(5)
        await pilot.press("6")
        await settle(pilot)
        await pilot.press("u")
        await settle(pilot)
        app.screen.query_one("#yes").focus()
        await pilot.press("enter")
        await settle(pilot)
        assert (stage.count("apply_repair"), stage.count("diagnose")) == (1, 1)
        await pilot.press("4")
        await settle(pilot)
        assert stage.count("diagnose") == 2
        await pilot.press("6", "4")
        await settle(pilot)
        assert stage.count("diagnose") == 2


async def test_a_repair_that_is_refused_is_told_and_keeps_the_findings(stage: Stage) -> None:
    stage.repaired = AwsError("access-denied", "Denied", "The caller may not.", "Ask for it.")
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("f")
        await settle(pilot)
        app.screen.query_one("#yes").focus()
        await pilot.press("enter")
        await settle(pilot)
        assert "The caller may not. Ask for it." in text_of(app)
        assert doctor(app).checkup.error is None
        assert "Broken: 1 root cause" in text_of(app)
        assert app.operation is None


async def test_nothing_is_mended_read_only_or_without_a_recipe(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("down", "f")
        await settle(pilot)
        assert stage.count("plan_repair") == 0
    stage.pipeline = replace(samples.PIPELINE, mode=Mode(read_only=True))
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("f")
        await settle(pilot)
        assert stage.count("plan_repair") == 0


async def test_production_wants_the_queue_s_name_for_a_repair(stage: Stage) -> None:
    stage.pipeline = replace(samples.PIPELINE, mode=Mode(production=True))
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("f")
        await settle(pilot)
        assert app.screen.query_one("#yes").disabled


async def test_the_simulator_opens_on_the_bucket_s_rules(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        doctor(app).ask_about("in/x.mp3")
        await settle(pilot)
        await pilot.press("o")
        await settle(pilot)
        assert "Would this key fire?" in text_of(app)
        assert "in/x.mp3" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.screen is app.console_screen


async def test_the_overview_leads_to_the_doctor_where_a_joint_is_broken(stage: Stage) -> None:
    hint = "4 asks the doctor"
    app = ConsoleApp(stage)
    stage.inspection = samples.inspection(notification=Source(NotificationConfiguration(()), START))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        assert hint in text_of(app)
        stage.inspection = samples.inspection()
        stage.snapshot = samples.snapshot(dlq_visible=0)
        await pilot.press("r")
        await settle(pilot)
        assert hint not in text_of(app)


async def test_one_object_s_event_is_sent_after_asking(stage: Stage) -> None:
    stage.done = BackfillReport("20261123T021307-aa0002", 1, 1, sent=1)
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        await pilot.press("b")
        assert app.screen is app.console_screen
        doctor(app).ask_about("in/x.mp3")
        await settle(pilot)
        await pilot.press("b", "enter")
        await settle(pilot)
        assert stage.count("perform") == 0
        await pilot.press("b", "right", "enter")
        await settle(pilot)
        assert [a for name, a in stage.calls if name == "perform"] == [Backfill(keys=("in/x.mp3",))]
        assert "✓ Backfill" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "✓ Backfill" not in text_of(app)
        assert app.current_mode == "doctor"


async def test_activity_takes_a_repair_back_after_showing_the_difference(stage: Stage) -> None:
    stage.records = (samples.operation(1, "repair"), samples.operation(2))
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("6")
        await settle(pilot)
        await pilot.press("u")
        await settle(pilot)
        assert "Change the policy of queue" in text_of(app)
        app.screen.query_one("#yes").focus()
        await pilot.press("enter")
        await settle(pilot)
        assert ("plan_undo", samples.operation(1).id) in stage.calls
        assert stage.count("apply_repair") == 1
        assert app.operation is None
        assert app.current_mode == "activity"
