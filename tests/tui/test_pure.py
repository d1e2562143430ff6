"""What the screens show, worked out without a screen."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from console.errors import AwsError
from console.models.backfill import BackfillReport
from console.models.inspection import Inspection
from console.models.moving import MoveOptions, MoveProgress
from console.models.notification import Difference, NotificationConfiguration
from console.models.pipeline import Pipeline, Refresh, Unknown
from console.models.selection import Filter
from console.models.status import Forecast, Point, Rates, Source, StatusSnapshot
from console.tui.actions import Backfill, Redrive, Work
from console.tui.activity_choices import undo_id
from console.tui.aws_commands import head_object_command, operation_command
from console.tui.commands import COMMANDS, find
from console.tui.files import save_lines
from console.tui.joints import joints
from console.tui.lines import laid_out, row
from console.tui.notices import Inspected
from console.tui.polling import EARLY_SECONDS, EARLY_TIMES, RETRY_SECONDS, SLOWEST, Polling
from console.tui.widgets.chart import bucketed
from console.tui.words import identity_name, middle
from console.tui.work_text import work_content
from tests.fakes import START
from tests.tui import samples


def states(
    pipeline: Pipeline = samples.PIPELINE,
    snapshot: StatusSnapshot | None = None,
    inspection: Inspection | None = None,
) -> dict[str, str]:
    return {j.station: j.state for j in joints(pipeline, snapshot, inspection)}


def test_nothing_read_is_unknown_everywhere_and_never_healthy() -> None:
    assert set(states().values()) == {"unknown"}


def test_a_working_pipeline() -> None:
    good = samples.snapshot(dlq_visible=0)
    good = replace(good, rates=Rates(10, 12, START), forecast=Forecast(60.0, None))
    assert states(snapshot=good, inspection=samples.inspection()) == {
        "bucket": "ok",
        "rule": "ok",
        "queue": "ok",
        "consumers": "ok",
        "DLQ": "ok",
    }


def test_dead_letters_are_a_broken_joint() -> None:
    assert states(snapshot=samples.snapshot(dlq_visible=1))["DLQ"] == "bad"


def test_waiting_messages_that_nobody_takes_are_a_broken_joint() -> None:
    stuck = replace(
        samples.snapshot(),
        queue=Source(samples.attributes(visible=50, in_flight=0), START),
        rates=Rates(3, 0, START),
    )
    assert states(snapshot=stuck)["consumers"] == "bad"


def test_an_idle_queue_tells_nothing_of_its_consumers() -> None:
    idle = replace(
        samples.snapshot(),
        queue=Source(samples.attributes(visible=0, in_flight=0), START),
        rates=Rates(0, 0, START),
        forecast=Forecast(0.0, None),
    )
    assert states(snapshot=idle)["consumers"] == "unknown"


def test_stale_figures_are_unknown_not_healthy() -> None:
    found = states(snapshot=samples.stale_snapshot(), inspection=samples.inspection())
    assert (found["queue"], found["consumers"], found["DLQ"]) == ("unknown",) * 3


def test_a_configuration_read_before_the_endpoint_fell_silent_says_nothing_of_now() -> None:
    silent = AwsError("unreachable", "Endpoint unreachable", "It did not answer.")
    snapshot = replace(samples.snapshot(), queue=replace(samples.snapshot().queue, error=silent))
    found = states(snapshot=snapshot, inspection=samples.inspection())
    assert (found["bucket"], found["rule"]) == ("unknown", "unknown")


def test_a_queue_that_refuses_s3_is_a_broken_joint_while_it_answers_this_console() -> None:
    refusal = Difference("policy", "lets s3.amazonaws.com send", None, "S3's events are refused.")
    refusing = replace(samples.inspection(), refusals=(refusal,))
    (queue,) = [j for j in joints(samples.PIPELINE, samples.snapshot(), refusing)
                if j.station == "queue"]  # fmt: skip
    assert (queue.state, queue.word) == ("bad", "refuses S3")
    assert queue.reasons == ("S3's events are refused.",)
    assert states(snapshot=samples.stale_snapshot(), inspection=refusing)["queue"] == "unknown"


def test_a_queue_that_was_deleted_is_broken_whatever_was_read_before() -> None:
    gone = AwsError("no-such-queue", "No such queue", "It does not exist.")
    snapshot = replace(samples.snapshot(), queue=replace(samples.snapshot().queue, error=gone))
    assert states(snapshot=snapshot)["queue"] == "bad"


def test_a_configuration_that_was_not_answered_is_asked_for_again_soon() -> None:
    silent = AwsError("unreachable", "Endpoint unreachable", "It did not answer.")
    denied = AwsError("access-denied", "Access denied", "You may not.")
    read = samples.inspection()
    assert not Inspected(read).unanswered
    assert not Inspected(replace(read, dlq=Source(None, START, denied))).unanswered
    assert Inspected(replace(read, dlq=Source(None, START, silent))).unanswered
    assert Inspected(None, silent).unanswered


def test_a_denied_configuration_is_unknown() -> None:
    found = states(inspection=samples.PARTLY_DENIED)
    assert (found["bucket"], found["rule"]) == ("unknown", "unknown")


def test_a_missing_rule_is_broken_but_an_indirect_way_is_not_known() -> None:
    empty = samples.inspection(notification=Source(NotificationConfiguration(()), START))
    assert states(inspection=empty)["rule"] == "bad"
    only_topic = NotificationConfiguration((samples.OTHER_RULE,))
    indirect = samples.inspection(notification=Source(only_topic, START))
    assert states(inspection=indirect)["rule"] == "unknown"


def test_a_rule_that_differs_wants_attention() -> None:
    assert states(inspection=samples.DIFFERENT)["rule"] == "warn"


def test_no_dlq_and_an_unknown_dlq_are_told_apart() -> None:
    none = replace(samples.PIPELINE, dlq=None)
    unknown = replace(none, unknown=(Unknown("dlq", "denied"),))
    assert states(none)["DLQ"] == "warn"
    assert states(unknown)["DLQ"] == "unknown"


def test_each_source_has_one_read_in_flight() -> None:
    polling = Polling(Refresh())
    assert polling.take_due(0) == ("sqs", "cloudwatch", "configuration")
    assert polling.take_due(1000) == ()
    polling.finished("sqs", 1000, throttled=False)
    assert polling.take_due(1004.9) == ()
    assert polling.take_due(1005) == ("sqs",)


def test_throttling_doubles_within_a_bound_and_success_resets() -> None:
    polling = Polling(Refresh(sqs=5))
    waits: list[float | None] = []
    for _ in range(8):
        polling.take_due(0)
        polling.finished("sqs", 0, throttled=True)
        waits.append(polling.slowed("sqs"))
    assert waits[:3] == [10, 20, 40]
    assert waits[-1] == 5 * SLOWEST
    polling.finished("sqs", 0, throttled=False)
    assert polling.slowed("sqs") is None


def test_nothing_is_read_more_often_than_once_a_second() -> None:
    polling = Polling(Refresh(sqs=0.01))
    polling.take_due(0)
    polling.finished("sqs", 0, throttled=False)
    assert polling.take_due(0.9) == ()
    assert "sqs" in polling.take_due(1.0)


def test_an_answer_without_figures_is_asked_again_early_a_few_times() -> None:
    polling = Polling(Refresh())
    now = 0.0
    for _ in range(EARLY_TIMES):
        polling.take_due(now)
        polling.finished("cloudwatch", now, throttled=False, nothing_yet=True)
        now += EARLY_SECONDS
        assert "cloudwatch" in polling.take_due(now)
    polling.finished("cloudwatch", now, throttled=False, nothing_yet=True)
    assert "cloudwatch" not in polling.take_due(now + EARLY_SECONDS)


def test_a_slow_source_that_did_not_answer_is_asked_again_soon() -> None:
    polling = Polling(Refresh())
    polling.take_due(0)
    polling.finished("cloudwatch", 0, unreachable=True)
    assert "cloudwatch" in polling.take_due(RETRY_SECONDS)
    polling.finished("cloudwatch", RETRY_SECONDS)
    assert "cloudwatch" not in polling.take_due(RETRY_SECONDS * 2)


def test_paused_reads_nothing_but_what_is_asked_for() -> None:
    polling = Polling(Refresh())
    polling.take_due(0)
    polling.finished("sqs", 0, throttled=False)
    polling.paused = True
    assert polling.take_due(100) == ()
    polling.ask_now()
    assert polling.take_due(100) == ("sqs",)


def test_asking_during_a_read_reads_again_after_it() -> None:
    polling = Polling(Refresh())
    polling.take_due(0)
    polling.ask_now()
    polling.finished("sqs", 1, throttled=False)
    assert polling.take_due(1) == ("sqs",)


def test_minutes_without_a_point_stay_empty() -> None:
    end = START + timedelta(minutes=10)
    points = (Point(START, 3.0), Point(START + timedelta(minutes=1), 9.0))
    found = bucketed(points, START, end, 5)
    assert found == [9.0, None, None, None, None]


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_a_shortened_name_never_grows(text: str, width: int) -> None:
    assert len(middle(text, width)) <= max(width, 0)


def test_identities_in_short() -> None:
    assert identity_name("arn:aws:sts::1:assumed-role/OnCall/alice") == "OnCall/alice"
    assert identity_name("arn:aws:iam::1:user/bob") == "user/bob"


def test_long_values_wrap_under_themselves() -> None:
    text = laid_out([row("ARN", "x" * 50)], 40).plain
    assert text.splitlines() == [
        "ARN             " + "x" * 24,
        " " * 16 + "x" * 24,
        " " * 16 + "xx",
    ]


def test_markup_in_a_value_is_text() -> None:
    assert "[/foo][red]" in laid_out([row("key", "[/foo][red]"), Content("[/b]")], 80).plain


@given(st.text(min_size=1).filter(lambda text: "\x00" not in text))
def test_commands_are_quoted_whatever_the_key(key: str) -> None:
    event = samples.message(1).event
    assert event is not None
    line = head_object_command(samples.PIPELINE, replace(event, key=key))
    words = shlex.split(line)
    assert words[words.index("--key") + 1] == key


def test_a_unique_beginning_finds_a_command() -> None:
    assert find(":ov")[0] is COMMANDS[0]
    assert find(":peek 50") == (next(c for c in COMMANDS if c.name == "peek"), "50")
    assert find(":") == (None, "")
    assert find(":re") == (None, ""), "refresh and redact both begin so"


def test_a_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    assert save_lines(path, ["a", json.dumps("b")]).ok
    assert path.read_text() == 'a\n"b"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    assert not save_lines(path, ["c"]).ok
    assert path.read_text() == 'a\n"b"\n'


@pytest.mark.parametrize("name", ["no/such/folder/x", "\x00"])
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    told = save_lines(tmp_path / name, ["a"])
    assert not told.ok
    assert "could not be written" in told.told


@pytest.mark.parametrize(
    ("kind", "state", "summary", "undone"),
    [
        ("delete", "done", {}, "itself"),
        ("delete", "running", {}, None),
        ("process", "killed", {}, "itself"),
        ("redrive", "done", {}, None),
        ("purge", "done", {"purged_about": 9, "copy": "of-before"}, "of-before"),
        ("purge", "done", {"purged_about": 9, "copy": None}, None),
        ("copy", "done", {}, "itself"),
        ("copy", "interrupted", {}, None),
    ],
)
def test_an_undo_sends_back_only_what_was_taken(
    kind: str, state: str, summary: dict[str, object], undone: str | None
) -> None:
    record = replace(samples.operation(1, kind), summary=summary)
    expected = record.id if undone == "itself" else undone
    assert undo_id(record, state) == expected


@pytest.mark.parametrize(
    ("seconds", "stopping", "told"),
    [
        (0.0, False, "100 done of 400, 4 failed, 120 of about 9,000 read (esc stops)"),
        (52.0, False, "120 of about 9,000 read, 2/s, about 2 min left (esc stops)"),
        (520.0, False, "12/min, about 24 min left (esc stops)"),
        (52.0, True, "120 of about 9,000 read (stopping)"),
    ],
)
def test_work_tells_how_fast_it_goes_and_how_long_it_takes(
    seconds: float, stopping: bool, told: str
) -> None:
    ids = frozenset(str(n) for n in range(400))
    action = Redrive(samples.DLQ, MoveOptions(where=Filter(ids=ids)))
    work = Work(action, seconds, stopping, MoveProgress(120, 9_000, 100, 4))
    assert told in work_content(work, str).plain


def test_a_backfill_tells_what_it_has_listed_and_what_is_left() -> None:
    listing = Work(Backfill(), 2.0, progress=MoveProgress(12_000, 0, 9_000, 1))
    assert "9,000 done, 1 failed, 12,000 listed (esc stops)" in work_content(listing, str).plain
    named = Work(Backfill(keys=("a.mp3", "b.mp3")), 0.5, progress=MoveProgress(2, 2, 1, 0))
    assert "1 done of 2, 2 of about 2 read" in work_content(named, str).plain
    report = BackfillReport("id", 12_000, 9_001, 9_000, 1, 3, 1, state="failed")
    told = work_content(Work(Backfill(), report=report), str).plain
    assert told == "✗ Backfill (failed): 9,000 sent, 1 failed, 1 remain, 3 possibly twice"


def test_only_what_aws_can_do_at_once_is_a_command() -> None:
    server = replace(
        samples.operation(1, "redrive"),
        queue_arn=samples.DLQ.arn,
        parameters={"mode": "server"},
    )
    known = [
        operation_command(samples.PIPELINE, record)
        for record in (
            server,
            samples.operation(2, "purge"),
            samples.operation(3, "peek"),
            samples.operation(4, "delete"),
            replace(samples.operation(5, "purge"), queue_arn="arn:aws:sqs:eu-west-1:1:other"),
        )
    ]
    verbs = [shlex.split(command)[2] if command else None for command in known]
    assert verbs == ["start-message-move-task", "purge-queue", "receive-message", None, None]
