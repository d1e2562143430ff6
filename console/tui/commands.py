"""The commands behind `:` and behind the palette: one table for both."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp
    from console.tui.screens.doctor import DoctorScreen
    from console.tui.screens.messages import MessagesScreen


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its names, what it does in words, and the function that does it.

    `takes` names its argument, empty where it takes none.
    """

    names: tuple[str, ...]
    about: str
    run: Callable[[ConsoleApp, str], None]
    takes: str = ""

    @property
    def name(self) -> str:
        """The name that is shown."""
        return self.names[0]


def _go(mode: str) -> Callable[[ConsoleApp, str], None]:
    return lambda app, _argument: app.action_go(mode)


def open_messages(app: ConsoleApp, which: Literal["queue", "dlq"]) -> None:
    """Show the messages of one of the two queues."""

    def choose(screen: MessagesScreen) -> None:
        screen.choose_queue(which)

    app.action_go("messages")
    app.call_after_refresh(app.on_messages_screen, choose)


def _peek(app: ConsoleApp, argument: str) -> None:
    known = argument in ("", "all")
    if not known and not (argument.isdecimal() and len(argument) < 8 and int(argument)):
        app.say("peek wants a number above 0 and below 10,000,000, or all.", severity="warning")
        return
    limit = None if argument == "all" else int(argument or 10)

    def start(screen: MessagesScreen) -> None:
        screen.start_peek(limit)

    app.action_go("messages")
    app.call_after_refresh(app.on_messages_screen, start)


def _redrive(app: ConsoleApp, _argument: str) -> None:
    def ask(screen: MessagesScreen) -> None:
        screen.action_redrive_all()

    open_messages(app, "dlq")
    app.call_after_refresh(app.on_messages_screen, ask)


def _purge(app: ConsoleApp, which: str) -> None:
    if which not in ("queue", "dlq"):
        app.say("purge wants queue or dlq.", severity="warning")
        return
    open_messages(app, "queue" if which == "queue" else "dlq")

    def ask(screen: MessagesScreen) -> None:
        screen.action_purge()

    app.call_after_refresh(app.on_messages_screen, ask)


def ask_doctor(app: ConsoleApp, key: str) -> None:
    """Show the doctor; where a key is named, ask about that object."""

    def ask(screen: DoctorScreen) -> None:
        screen.ask_about(key)

    app.action_go("doctor")
    if key:
        app.call_after_refresh(app.on_doctor_screen, ask)


def _trace(app: ConsoleApp, key: str) -> None:
    from console.tui.widgets.trace_sheet import TraceSheet

    if not key:
        app.say("trace wants the key of an object as it is in S3.", severity="warning")
    elif app.pipeline is None:
        app.say("The pipeline has not been found yet.", severity="warning")
    else:
        app.push_screen(TraceSheet(key))


COMMANDS: tuple[Command, ...] = (
    Command(("overview",), "flow, live counts, charts and alarms", _go("overview")),
    Command(
        ("messages", "queue"), "look into the queue", lambda app, _: open_messages(app, "queue")
    ),
    Command(("dlq",), "look into the dead-letter queue", lambda app, _: open_messages(app, "dlq")),
    Command(("peek",), "read messages: a number, or all for a whole pass", _peek, "N|all"),
    Command(
        ("redrive",),
        "move everything of the DLQ back; asks first",
        _redrive,
    ),
    Command(("purge",), "destroy everything in a queue; asks first", _purge, "queue|dlq"),
    Command(("config", "configuration"), "rules, policy, encryption", _go("configuration")),
    Command(
        ("doctor",), "why is my event missing? of the pipeline, or of one object", ask_doctor, "KEY"
    ),
    Command(("trace",), "follow one object to where its event is", _trace, "KEY"),
    Command(("upload", "upload-test"), "prove the whole path end to end", _go("upload")),
    Command(("activity", "journal"), "what the console did, from its journal", _go("activity")),
    Command(("refresh",), "read everything anew", lambda app, _: app.action_refresh_now()),
    Command(
        ("pause",), "stop and continue reading live figures", lambda app, _: app.action_pause()
    ),
    Command(("theme",), "change between dark and light", lambda app, _: app.action_other_theme()),
    Command(("redact",), "mask account and key ids", lambda app, _: app.action_redact()),
    Command(("help",), "the keys of this screen", lambda app, _: app.action_help()),
    Command(("quit", "q"), "leave the console", lambda app, _: app.action_leave()),
)


def completions() -> list[str]:
    """Every name, for completing as one types."""
    return [name for command in COMMANDS for name in command.names]


def find(line: str) -> tuple[tuple[Command, ...], str]:
    """The commands that a typed line may mean, and its argument: one where a name is whole, or
    begins only one; none where the line names none."""
    try:
        words = shlex.split(line.lstrip(":"))
    except ValueError:
        words = line.lstrip(":").split()
    if not words:
        return (), ""
    word, argument = words[0].lower(), " ".join(words[1:])
    exact = tuple(c for c in COMMANDS if word in c.names)
    begins = tuple(c for c in COMMANDS if any(name.startswith(word) for name in c.names))
    return exact or begins, argument
