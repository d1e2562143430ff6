"""Help for where one is: what the screen is for, and every key with its explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.tui.widgets.dialog import Dialog

if TYPE_CHECKING:
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
        """The paragraph, then the keys of the screen, then those of everywhere."""
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
            Content.styled("Times are UTC. esc closes this.", "$text-muted"),
        ]
        return Content("\n").join(parts)

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)


def _row(binding: Binding) -> Content:
    keys = binding.key_display or ", ".join(_KEYS.get(k, k) for k in binding.key.split(","))
    return Content.assemble((f"  {keys:<10}", "bold $footer-key-foreground"), " ", binding.tooltip)
