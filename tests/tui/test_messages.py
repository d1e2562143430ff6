"""The messages screen: peeking, leases, filter, detail, export, hostile text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Button, Input

from console.documents.messages import message_document
from console.errors import ConsoleError
from console.models.message import MessageAttribute
from console.models.peek import Lease, PeekSummary
from console.models.pipeline import Mode
from console.text import Redactor
from console.tui.app import ConsoleApp
from console.tui.backstage import Held
from console.tui.exporting import export_lines
from console.tui.screens.messages import MessagesScreen
from console.tui.widgets.confirm import Confirm
from tests.fakes import START
from tests.tui import samples
from tests.tui.conftest import settle, text_of, until
from tests.tui.stage import Stage


def held(message_id: str, remaining: float = 21.4) -> Held:
    lease = Lease(
        queue=samples.QUEUE, message_id=message_id, receipt_handle="h", receive_count=1,
        operation_id="o", expires_at=1.0, ends_at=2.0, reappears_at=START,
    )  # fmt: skip
    return Held(lease, remaining)


async def open_messages(pilot, *keys: str) -> MessagesScreen:  # type: ignore[no-untyped-def]
    await settle(pilot)
    await pilot.press("2")
    await settle(pilot)
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    screen = pilot.app.console_screen
    assert isinstance(screen, MessagesScreen)
    return screen


async def test_the_cost_is_said_before_anything_is_received(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot)
        text = text_of(app)
        assert "A peek costs each message 1 of 3 attempts." in text
        assert "at most 5 s" in text
        assert stage.count("peek") == 0


async def test_g_reads_ten_and_the_list_says_when(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await open_messages(pilot, "g")
        assert [o.limit for n, o in stage.calls if n == "peek"] == [10]
        text = text_of(app)
        assert "call-0001.mp3" in text
        assert "voicemail from Jürgen.mp3" in text
        assert "read 02:13:07 UTC, now: messages may have gone since" in text
        stage.clock.advance(180)
        app.tick()
        await settle(pilot)
        assert "3 min ago" in text_of(app)


async def test_the_countdown_of_a_long_lease_is_shown_whole(stage: Stage) -> None:
    stage.held = (held(samples.MESSAGES[0].message_id, 119.2),)
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot, "h", "g")
        assert "held 1:59" in text_of(app)


async def test_a_whole_pass_has_no_limit(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot, "G")
        assert [o.limit for n, o in stage.calls if n == "peek"] == [None]


async def test_messages_stream_in_and_esc_cancels(stage: Stage) -> None:
    stage.waits = frozenset({"peek"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot)
        await pilot.press("g")
        await until(pilot, lambda: "4 of about 4" in text_of(app))
        assert "call-0001.mp3" in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.operation is None)
        await settle(pilot)
        assert "Reading…" not in text_of(app)


async def test_one_peek_runs_at_a_time(stage: Stage) -> None:
    stage.waits = frozenset({"peek"})
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot)
        await pilot.press("g", "g", "G")
        await until(pilot, lambda: stage.waiting)
        assert stage.count("peek") == 1


@pytest.mark.parametrize("key", ["g", "G", "h", "ctrl+g"])
async def test_read_only_says_why_and_does_nothing(stage: Stage, key: str) -> None:
    stage.pipeline = replace(samples.PIPELINE, mode=Mode(read_only=True))
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await open_messages(pilot, key)
        assert stage.count("peek") == stage.count("plan_peek") == 0
        assert "Peeking is off: read-only" in text_of(app)


async def test_the_peek_command_obeys_read_only_too(stage: Stage) -> None:
    stage.pipeline = replace(samples.PIPELINE, mode=Mode(read_only=True))
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        screen = await open_messages(pilot)
        screen.start_peek(10)
        await settle(pilot)
        assert stage.count("peek") == 0


async def test_allow_peek_is_enough(stage: Stage) -> None:
    stage.pipeline = replace(samples.PIPELINE, mode=Mode(read_only=True, allow_peek=True))
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot, "g")
        assert stage.count("peek") == 1


async def test_a_withheld_peek_names_the_way_and_asks_before_spending(stage: Stage) -> None:
    stage.plan = samples.REFUSED_PLAN
    stage.messages = ()
    stage.summary = PeekSummary(0, 0, 0, 0, 12, partial=samples.REFUSED_PLAN.refusal)
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await open_messages(pilot, "g")
        text = text_of(app)
        assert "A peek is withheld" in text
        assert "ctrl+g" in text
        assert "--spend-last-attempt" not in text
        await pilot.press("ctrl+g")
        assert isinstance(app.screen, Confirm)
        assert isinstance(app.focused, Button)
        assert str(app.focused.label) == "Cancel"
        assert "last attempts (1" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert stage.count("peek") == 1
        await pilot.press("ctrl+g", "right", "enter")
        await settle(pilot)
        assert [o.spend_last_attempt for n, o in stage.calls if n == "peek"] == [False, True]


async def test_spending_says_in_words_that_no_last_attempt_is_known(stage: Stage) -> None:
    stage.plan = replace(samples.PLAN, visible=1, at_risk=0)
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await open_messages(pilot, "ctrl+g")
        told = " ".join(text_of(app).replace("│", " ").split())
        assert "about 1 message of" in told
        assert "none is known" in told


async def test_held_messages_count_down_and_are_released(stage: Stage) -> None:
    ids = [m.message_id for m in samples.MESSAGES[:2]]
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await open_messages(pilot, "h")
        stage.held = tuple(map(held, ids))
        await pilot.press("g")
        await settle(pilot)
        assert [o.hold for n, o in stage.calls if n == "peek"] == [True]
        assert "held 21 s" in text_of(app)
        await pilot.press("space", "x")
        await settle(pilot)
        assert [ids_ for n, ids_ in stage.calls if n == "release"] == [(ids[0],)]
        await pilot.press("x")
        await settle(pilot)
        assert "held 21 s" not in text_of(app)


async def test_an_expired_lease_says_expired(stage: Stage) -> None:
    lost = samples.MESSAGES[0].message_id
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await open_messages(pilot, "h")
        stage.held, stage.lost = (held(lost),), (lost,)
        await pilot.press("g")
        await settle(pilot)
        stage.clock.advance(2)
        app.tick()
        await settle(pilot)
        assert "expired" in text_of(app)


async def test_release_leaves_what_that_would_dead_letter_unless_it_is_marked(stage: Stage) -> None:
    first, second = (m.message_id for m in samples.MESSAGES[:2])
    spent = held(second)
    stage.held = (held(first), replace(spent, lease=replace(spent.lease, last_attempt=True)))
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot, "g", "x")
        assert [ids for name, ids in stage.calls if name == "release"] == [(first,)]
        await open_messages(pilot, "x")
        assert "last attempt" in text_of(app)
        assert stage.count("release") == 1
        await open_messages(pilot, "a", "x")
        assert [ids for name, ids in stage.calls if name == "release"][1:] == [(second,)]


@pytest.mark.parametrize(
    ("summary", "word"),
    [
        (PeekSummary(0, 0, 0, 0, 0), "looked"),
        (PeekSummary(0, 0, 0, 0, 2), "tried"),
        (samples.DENIED, "tried"),
    ],
    ids=["empty", "withheld", "failed"],
)
async def test_a_peek_that_read_nothing_does_not_say_that_it_read(
    stage: Stage, summary: PeekSummary | ConsoleError, word: str
) -> None:
    stage.messages, stage.summary = (), summary
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot, "g")
        text = text_of(app)
        assert f"{word} {START:%H:%M:%S} UTC" in text
        assert "may have gone since" not in text


async def test_leases_are_left_alone_while_a_peek_runs(stage: Stage) -> None:
    """A bounded pass hides messages for 5 s at most: nobody else may extend its leases."""
    stage.waits = frozenset({"peek"})
    stage.held = (held(samples.MESSAGES[0].message_id, 4.0),)
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot)
        await pilot.press("g")
        await until(pilot, lambda: stage.waiting)
        before = stage.count("tick_leases")
        stage.clock.advance(2)
        app.tick()
        await settle(pilot)
        assert stage.count("tick_leases") == before


async def test_a_failed_peek_keeps_what_it_read(stage: Stage) -> None:
    stage.messages, stage.summary = samples.MESSAGES[:1], samples.DENIED
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_messages(pilot, "g")
        text = text_of(app)
        assert "Access denied" in text
        assert "call-0001.mp3" in text


@pytest.mark.parametrize(
    ("typed", "seen"),
    [("jürgen", 1), ("/call-000[13]", 2), ("acme", 4), ("not an event", 1), ("nothing", 0)],
)
async def test_the_filter_searches_key_body_and_attributes(
    stage: Stage, typed: str, seen: int
) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        screen = await open_messages(pilot, "g", "slash")
        app.screen.query_one("#filter", Input).value = typed
        await settle(pilot)
        assert len(screen.table.rows) == seen
        assert f"{seen} of 4 match" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert len(screen.table.rows) == 4


async def test_half_a_pattern_keeps_the_rows(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        screen = await open_messages(pilot, "g", "slash")
        for before, kept in (("", 4), ("/call-000[13]", 2)):
            for typed in (before, "/(["):
                app.screen.query_one("#filter", Input).value = typed
                await settle(pilot)
            assert len(screen.table.rows) == kept
            assert "not a valid pattern" in text_of(app)


async def test_half_a_pattern_chooses_nothing(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        screen = await open_messages(pilot, "g", "slash")
        for typed, chosen in (("/call-000[13]", 2), ("/call-000[13", 0), ("/call-000[1]", 1)):
            app.screen.query_one("#filter", Input).value = typed
            await settle(pilot)
            assert len(screen.chosen()) == chosen
            assert screen.check_action("delete_chosen", ()) is (True if chosen else None)
        app.screen.query_one("#filter", Input).value = "/["
        await pilot.press("enter", "a", "D", "e")
        await settle(pilot)
        assert screen.marked() == set()
        assert app.screen is screen
        assert not screen.query_one("#export", Input).has_class("-open")


async def test_half_a_pattern_shows_no_rows_of_the_other_queue(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        screen = await open_messages(pilot, "g", "slash")
        for typed in ("/call/", "/[/"):
            app.screen.query_one("#filter", Input).value = typed
            await settle(pilot)
        await pilot.press("enter", "d")
        await settle(pilot)
        assert list(screen.table.rows) == []


@pytest.mark.parametrize("many", [2, 600])
async def test_a_pattern_that_is_too_slow_chooses_nothing(stage: Stage, many: int) -> None:
    slow = samples.message(2, text="ab" * 4000 + "!")
    stage.messages = (
        samples.message(1, text="aaaa"),
        *[replace(slow, message_id=str(n)) for n in range(many)],
    )
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        screen = await open_messages(pilot, "g", "slash")
        app.screen.query_one("#filter", Input).value = "/(a|a|b)+(a|b)+(a+)+$/"
        await settle(pilot)
        assert "too slow" in text_of(app)
        assert screen.chosen() == []


async def test_the_detail_shows_event_object_and_audio(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await open_messages(pilot, "g")
        text = text_of(app)
        assert "there, as the event says" in text
        assert "128 kbit/s CBR" in text
        assert "TIT2" in text
        assert "tenant" in text


async def test_an_object_that_is_gone_is_said_to_be(stage: Stage) -> None:
    stage.view = samples.gone
    app = ConsoleApp(stage)
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await open_messages(pilot, "g")
        assert "gone: there is no such object now" in text_of(app)


async def test_the_other_queue_has_a_list_of_its_own(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await open_messages(pilot, "g", "d")
        text = text_of(app)
        assert "● DLQ" in text
        assert "Nothing read yet" in text
        await pilot.press("d")
        await settle(pilot)
        assert "4 read" in text_of(app)


async def test_export_writes_the_marked_messages_as_peek_prints_them(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await open_messages(pilot, "g", "down", "space", "e", "enter")
        await settle(pilot)
    (file,) = tmp_path.glob("*.jsonl")
    assert file.name == "event-console-messages-20261123T021307Z.jsonl"
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_text().splitlines()
    assert [json.loads(line) for line in lines] == [message_document(samples.MESSAGES[1])]


def test_exported_lines_carry_hostile_text_raw_but_escaped() -> None:
    (line,) = export_lines([samples.message(9, text=samples.HOSTILE)])
    assert line.isascii()
    assert "\x1b" not in line
    assert json.loads(line)["body"] == samples.HOSTILE


async def test_an_existing_file_is_never_overwritten(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    there = tmp_path / "event-console-messages-20261123T021307Z.jsonl"
    there.write_text("mine")
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await open_messages(pilot, "g", "e", "enter")
        await settle(pilot)
        assert "exists already" in text_of(app)
    assert there.read_text() == "mine"


async def test_y_copies_the_raw_key_and_big_y_a_quoted_command(stage: Stage) -> None:
    stage.messages = (samples.message(1, "a+b%27%3B+rm+-rf+%7E.mp3"),)
    app = ConsoleApp(stage)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await open_messages(pilot, "g", "y")
        assert app.clipboard == "a b'; rm -rf ~.mp3"
        assert "Copied the object's key" in text_of(app)
        await pilot.press("Y")
        assert app.clipboard.startswith("aws s3api head-object --bucket")
        assert """'a b'"'"'; rm -rf ~.mp3'""" in app.clipboard


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_hostile_text_is_shown_and_never_obeyed(stage: Stage, size: tuple[int, int]) -> None:
    hostile = samples.HOSTILE
    nasty = replace(
        samples.message(1, text=hostile),
        message_id=hostile,
        attributes={hostile: MessageAttribute(hostile, hostile)},
        system_attributes={hostile: hostile},
    )
    keyed = samples.message(2, "%5B/foo%5D%5Bred%5D%1B%5D52%3Bc%3BZXZpbA==%07%E2%80%AE.mp3")
    stage.messages = (nasty, keyed)
    stage.summary = replace(
        samples.SUMMARY, partial=hostile, warning=hostile, withheld=1, unreleased=1
    )
    stage.plan = replace(samples.PLAN, cost=hostile, why_live=hostile)
    app = ConsoleApp(stage)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_messages(pilot, "g", "down", "enter", "b", "y", "Y")
        text = text_of(app)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[/foo]" in text


async def test_a_hundred_thousand_rows_stay_quick(stage: Stage) -> None:
    stage.messages = ()
    app = ConsoleApp(stage)
    many = [replace(samples.MESSAGES[0], message_id=str(n)) for n in range(100_000)]
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        screen = await open_messages(pilot, "g")
        rendered: list[str] = []
        cells = screen.table._cells_of
        screen.table._cells_of = lambda row: rendered.append(row.message_id) or cells(row)
        screen.table.show_rows(many)
        await settle(pilot)
        await pilot.press("end")
        await settle(pilot)
        assert screen.table.current is many[-1]
        # Only what is seen is rendered, however many rows there are.
        assert len(set(rendered)) < 120


async def typed_at_once(pilot, text: str) -> None:  # type: ignore[no-untyped-def]
    """Keys that arrive together, as from a fast hand behind a slow line."""
    app = pilot.app
    for character in text:
        key = {"/": "slash", ":": "colon", " ": "space", "\r": "enter"}.get(character, character)
        app.post_message(Key(key, character))
    await settle(pilot)


async def test_a_filter_typed_at_once_runs_no_commands(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await open_messages(pilot)
        await typed_at_once(pilot, "/gexq/:")
        assert screen.query_one("#filter", Input).value == "gexq/:"
        assert stage.count("peek") == 0
        assert app.return_value is None


async def test_a_file_name_typed_at_once_runs_no_commands(stage: Stage) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await open_messages(pilot, "g")
        await typed_at_once(pilot, "e.geq")
        assert screen.query_one("#export", Input).value == ".geq"
        assert stage.count("peek") == 1
        assert app.return_value is None


@pytest.mark.parametrize("where", ["1", "2"])
async def test_a_command_typed_at_once_is_that_command(stage: Stage, where: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await pilot.press(where)
        await settle(pilot)
        await typed_at_once(pilot, ":peek 3\r")
        await until(pilot, lambda: stage.count("peek"))
        assert [o.limit for name, o in stage.calls if name == "peek"] == [3]
        assert not app.polling.paused


async def test_a_table_does_not_search_whole_bodies(stage: Stage) -> None:
    class Counting(Redactor):
        longest = 0

        def __call__(self, text: str) -> str:
            Counting.longest = max(Counting.longest, len(text))
            return super().__call__(text)

    stage.messages = (samples.message(1, text="x" * 1_000_000),)
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        app.redactor = Counting()
        await open_messages(pilot, "g")
        assert "xxx…xxx" in text_of(app)
        assert 0 < Counting.longest < 25_000


@pytest.mark.parametrize(
    "typed", ["/a{99999999999999}/", "/" + "(" * 5000 + "/", "/[/"], ids=["number", "depth", "half"]
)
async def test_no_pattern_ends_the_console(stage: Stage, typed: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await open_messages(pilot, "g", "slash")
        screen.query_one("#filter", Input).value = typed
        await settle(pilot)
        assert app.return_code is None
        assert len(screen.table.rows) == len(samples.MESSAGES)


@pytest.mark.parametrize(
    "name",
    ["~nobody-of-that-name/x", "a\0b", "/nowhere/x", "x\x1b]0;y\x07/z"],
    ids=["home", "null", "folder", "escape"],
)
async def test_a_file_that_cannot_be_written_is_told(stage: Stage, name: str) -> None:
    app = ConsoleApp(stage)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await open_messages(pilot, "g", "e")
        screen.query_one("#export", Input).value = name
        await pilot.press("enter")
        await settle(pilot)
        (toast,) = app._notifications
        assert "could not be written" in toast.message
        assert toast.message.isprintable()
