"""Every screen in its states, as pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from console.models.peek import PeekSummary
from console.models.pipeline import Mode, Unknown
from console.tui.backstage import Names
from tests.tui import doctor_samples, samples
from tests.tui.stage import Stage

SMALL, LARGE = (80, 24), (160, 48)
Snap = Callable[..., bool]
BOTH = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "160x48"])
KEYS = {
    "overview": "1",
    "messages": "2",
    "configuration": "3",
    "doctor": "4",
    "upload": "5",
    "activity": "6",
}
SCREENS = pytest.mark.parametrize("screen", KEYS)


@BOTH
def test_connecting(snap: Snap, stage: Stage, size: tuple[int, int]) -> None:
    stage.waits = frozenset({"connect"})
    assert snap(size=size)


@BOTH
def test_no_connection(snap: Snap, stage: Stage, size: tuple[int, int]) -> None:
    stage.pipeline = samples.EXPIRED
    assert snap(size=size)


@BOTH
@SCREENS
def test_filled(snap: Snap, stage: Stage, screen: str, size: tuple[int, int]) -> None:
    stage.history = (samples.report(), samples.report(False, 12), samples.report(None, 50))
    keys = {"messages": ("g",), "upload": ("s",), "activity": ("down", "enter")}
    assert snap(KEYS[screen], *keys.get(screen, ()), size=size)


@pytest.mark.parametrize("screen", ["overview", "messages", "configuration", "doctor"])
def test_light(snap: Snap, stage: Stage, screen: str) -> None:
    assert snap(KEYS[screen], *(("g",) if screen == "messages" else ()), light=True)


@SCREENS
def test_loading(snap: Snap, stage: Stage, screen: str) -> None:
    stage.waits = frozenset(
        {
            *("poll_queues", "poll_metrics", "inspect", "plan_peek", "upload_history"),
            *("operations", "diagnose"),
        }
    )
    assert snap(KEYS[screen])


@pytest.mark.parametrize("screen", ["messages", "activity", "overview"])
def test_empty(snap: Snap, stage: Stage, screen: str) -> None:
    stage.messages, stage.records = (), ()
    stage.summary = PeekSummary(0, 0, 0, 0, 0)
    good = samples.snapshot(visible=0, dlq_visible=0)
    stage.snapshot = replace(
        good,
        metrics=replace(good.metrics, value=None, at=None),
        alarms=replace(good.alarms, value=()),
        rates=None,
        oldest_age_seconds=None,
        forecast=None,
    )
    assert snap(KEYS[screen], *(("g",) if screen == "messages" else ()))


@BOTH
def test_stale(snap: Snap, stage: Stage, size: tuple[int, int]) -> None:
    stage.snapshot = samples.stale_snapshot()
    assert snap(size=size)


def test_nothing_known_of_the_queue(snap: Snap, stage: Stage) -> None:
    why = "The caller may not s3:GetBucketNotification on the bucket."
    stage.pipeline = replace(
        samples.PIPELINE, queue=None, dlq=None, unknown=(Unknown("queue", why),)
    )
    stage.snapshot = samples.EMPTY_SNAPSHOT
    stage.inspection = samples.PARTLY_DENIED
    assert snap()


def test_production(snap: Snap, stage: Stage) -> None:
    mode = Mode(read_only=True, production=True)
    stage.names = Names("audio-prod", samples.BUCKET, samples.NAME, mode=mode)
    stage.pipeline = replace(samples.PIPELINE, mode=mode)
    assert snap("2")


def test_configuration_different(snap: Snap, stage: Stage) -> None:
    stage.inspection = samples.DIFFERENT
    assert snap("3")


def test_configuration_denied_in_part(snap: Snap, stage: Stage) -> None:
    stage.inspection = samples.PARTLY_DENIED
    assert snap("3")


def test_peek_withheld(snap: Snap, stage: Stage) -> None:
    stage.plan = samples.REFUSED_PLAN
    stage.messages = ()
    stage.summary = PeekSummary(0, 0, 0, 0, 12, partial=samples.REFUSED_PLAN.refusal)
    assert snap("2", "g")


def test_peek_failed(snap: Snap, stage: Stage) -> None:
    stage.messages = samples.MESSAGES[:1]
    stage.summary = samples.DENIED
    assert snap("2", "g")


def test_peek_running(snap: Snap, stage: Stage) -> None:
    stage.waits = frozenset({"peek"})
    assert snap("2", "g")


def test_detail_fills_the_screen(snap: Snap, stage: Stage) -> None:
    stage.view = samples.gone
    assert snap("2", "g", "enter")


def test_spending_last_attempts_asks(snap: Snap, stage: Stage) -> None:
    stage.plan = samples.REFUSED_PLAN
    assert snap("2", "ctrl+g")


def test_marked(snap: Snap, stage: Stage) -> None:
    assert snap("2", "d", "G", "space", "space")


def test_filtered(snap: Snap, stage: Stage) -> None:
    assert snap("2", "d", "G", "slash", *"call", "enter")


@pytest.mark.parametrize("key", ["R", "D", "ctrl+r", "ctrl+d"])
def test_asking(snap: Snap, stage: Stage, key: str) -> None:
    assert snap("2", "d", "G", "space", "space", key)


def test_asking_for_a_handler(snap: Snap, stage: Stage) -> None:
    assert snap("2", "d", "G", "f", "enter")


@BOTH
def test_moving(snap: Snap, stage: Stage, size: tuple[int, int]) -> None:
    stage.waits = frozenset({"perform"})
    assert snap("2", "d", "G", "R", "right", "enter", size=size)


def test_stopping(snap: Snap, stage: Stage) -> None:
    stage.obeys = False
    stage.waits = frozenset({"perform"})
    assert snap("2", "d", "G", "R", "right", "enter", "escape")


def test_moved_with_failures(snap: Snap, stage: Stage) -> None:
    assert snap("2", "d", "G", "a", "R", "right", "enter")


@BOTH
def test_activity_in_detail(snap: Snap, stage: Stage, size: tuple[int, int]) -> None:
    stage.records, stage.record_entries = samples.MOVES, samples.MOVE_ENTRIES
    stage.moves = (samples.TASK,)
    assert snap("6", "enter", size=size)


def test_activity_in_light(snap: Snap, stage: Stage) -> None:
    stage.records, stage.moves = samples.MOVES, (samples.TASK,)
    assert snap("6", light=True)


def test_undo_asks(snap: Snap, stage: Stage) -> None:
    stage.records = samples.MOVES[1:]
    assert snap("6", "u")


def test_doctor_healthy(snap: Snap, stage: Stage) -> None:
    stage.findings, stage.late_findings = doctor_samples.HEALTHY, ()
    assert snap("4")


def test_doctor_cannot_be_asked(snap: Snap, stage: Stage) -> None:
    stage.findings = samples.DENIED
    assert snap("4")


@BOTH
def test_doctor_in_detail(snap: Snap, stage: Stage, size: tuple[int, int]) -> None:
    assert snap("4", "down", "down", "enter", size=size)


def test_repair_asks(snap: Snap, stage: Stage) -> None:
    assert snap("4", "f")


def test_upload_running(snap: Snap, stage: Stage) -> None:
    stage.waits = frozenset({"upload_test"})
    assert snap("5", "s")


def test_upload_failed(snap: Snap, stage: Stage) -> None:
    cause = doctor_samples.CAUSE
    stage.report = replace(samples.report(False), root_causes=(cause.id,), causes=(cause,))
    assert snap("5", "s")


def test_upload_in_production_wants_the_name(snap: Snap, stage: Stage) -> None:
    stage.pipeline = replace(samples.PIPELINE, mode=Mode(production=True))
    assert snap("5", "s")


def test_leaving_asks(snap: Snap, stage: Stage) -> None:
    stage.waits = frozenset({"upload_test"})
    assert snap("5", "s", "q")


def test_help(snap: Snap) -> None:
    assert snap("2", "question_mark")


def test_command_line(snap: Snap) -> None:
    assert snap("colon")


def test_the_trail(snap: Snap, stage: Stage) -> None:
    assert snap("6", "t", "down", "enter")
