"""Help for where one is: what the screen is for, and every key and command."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.tui.commands import COMMANDS, Command
from console.tui.widgets.dialog import Dialog
from console.tui.words import shown

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp
    from console.tui.screens.base import ConsoleScreen

_KEYS = {"question_mark": "?", "colon": ":", "slash": "/", "left_square_bracket": "["}


class Help(Dialog[None]):
    """A sheet over the screen it explains."""

    AUTO_FOCUS = "#sheet"
    DEFAULT_CSS = """
    Help {
        align: center middle;
        background: $background 60%;
        #sheet {
            width: 90%; max-width: 92; height: auto; max-height: 92%;
            padding: 1 2; background: $surface; border: round $primary;
        }
    }
    """
    BINDINGS: ClassVar = [Binding("escape,question_mark,q", "close", "back")]

    def __init__(self, about: ConsoleScreen) -> None:
        super().__init__()
        self._about = about

    def compose(self) -> ComposeResult:
        """The paragraph, the keys of the screen, those of everywhere, the commands."""
        with VerticalScroll(id="sheet"):
            yield Static(self._text())

    def _text(self) -> Content:
        screen = self._about
        own = [b for b in screen.BINDINGS if isinstance(b, Binding)]
        everywhere = [b for b in self.app.BINDINGS if isinstance(b, Binding)]
        parts = [
            Content.styled(screen.TITLE_WORDS, "bold"),
            Content(screen.ABOUT),
            Content(""),
            Content.styled("On this screen", "bold $text-accent"),
            *(_row(binding) for binding in own if binding.tooltip),
            Content(""),
            Content.styled("Everywhere", "bold $text-accent"),
            *(_row(binding) for binding in everywhere if binding.tooltip),
            _row(Binding("ctrl+p", "", "palette", tooltip="Every command, searchable")),
            _row(Binding("ctrl+c", "", "quit", tooltip="The same as q")),
            Content(""),
            Content.styled("Commands", "bold $text-accent"),
            *(_told(command) for command in COMMANDS),
            *self._notes(),
            Content(""),
            Content.styled("Times are UTC. esc closes this.", "$text-muted"),
        ]
        return Content("\n").join(parts)

    def _notes(self) -> list[Content]:
        """What was told on connecting: its toast is gone after a while."""
        notes = cast("ConsoleApp", self.app).backstage.notes
        if not notes:
            return []
        head = Content.styled("Told on connecting", "bold $text-accent")
        return [Content(""), head, *(Content(f"  {shown(self, note)}") for note in notes)]

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)


def _told(command: Command) -> Content:
    called = f":{command.name} {command.takes}".rstrip()
    return Content.assemble((f"  {called:<18}", "bold $footer-key-foreground"), f" {command.about}")


def _row(binding: Binding) -> Content:
    keys = binding.key_display or ", ".join(_KEYS.get(k, k) for k in binding.key.split(","))
    return Content.assemble((f"  {keys:<10}", "bold $footer-key-foreground"), " ", binding.tooltip)
