"""The command line behind `:`, with completion."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from console.text import safe
from console.tui.commands import COMMANDS, Command, completions, find
from console.tui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp


class CommandLine(Dialog[None]):
    """A line at the bottom of the screen; what fits is listed above it as one types."""

    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    CommandLine {
        align: left bottom;
        background: transparent;
        #line { width: 100%; height: auto; background: $surface; border-top: solid $border; }
        #fits { padding: 0 1; color: $text-muted; height: auto; }
        Input { border: none; height: 1; padding: 0 1; background: $surface; }
        Input:focus { border: none; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "close", "back"),
        Binding("tab", "complete", "complete", priority=True),
    ]

    def compose(self) -> ComposeResult:
        """The list of what fits, and the line."""
        with Vertical(id="line"):
            yield Static("", id="fits", markup=False)
            yield Input(
                value=":",
                select_on_focus=False,
                suggester=SuggestFromList([f":{name}" for name in completions()]),
            )

    def on_mount(self) -> None:
        """Show all commands at first."""
        self.query_one(Input).cursor_position = 1
        self._list_fits(":")

    def on_key(self, event: Key) -> None:
        """Take what was typed before the line had the focus."""
        line = self.query_one(Input)
        if not line.has_focus and event.character is not None and event.is_printable:
            line.insert_text_at_cursor(event.character)

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what fits what is typed."""
        if not event.value.startswith(":"):
            self.action_close()
            return
        self._list_fits(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run the command."""
        if not self.is_active:
            return
        line = event.value
        self.dismiss(None)
        app = cast("ConsoleApp", self.app)
        commands, argument = find(line)
        if len(commands) == 1:
            app.call_later(commands[0].run, app, argument)
        elif commands:
            which = ", ".join(f":{command.name}" for command in commands)
            told = f"{safe(line, limit=60)} may be {which}: type more of it."
            app.say(told, severity="warning")
        elif line.strip(": "):
            app.say(f"No command {safe(line, limit=60)}. Press ? for help.", severity="warning")

    def action_complete(self) -> None:
        """Take the only command that fits, or as far as all that fit agree."""
        line = self.query_one(Input)
        word = line.value.lstrip(":")
        names = [name for name in completions() if name.startswith(word)]
        if names:
            line.value = ":" + _common(names)
            line.cursor_position = len(line.value)

    def action_close(self) -> None:
        """Back without a command."""
        self.dismiss(None)

    def _list_fits(self, line: str) -> None:
        words = line.lstrip(":").split(" ")
        fitting = [c for c in COMMANDS if any(n.startswith(words[0]) for n in c.names)]
        if len(fitting) == 1:
            text = _told(fitting[0])
        elif fitting:
            text = Content("  ").join(Content(f":{c.name}") for c in fitting)
        else:
            text = Content("no such command")
        self.query_one("#fits", Static).update(text)


def _told(command: Command) -> Content:
    takes = f" {command.takes}" if command.takes else ""
    return Content.assemble((f":{command.name}{takes}", "bold"), f"  {command.about}")


def _common(names: list[str]) -> str:
    """The longest beginning that all names share."""
    shortest = min(names, key=len)
    for index, letter in enumerate(shortest):
        if any(name[index] != letter for name in names):
            return shortest[:index]
    return shortest
