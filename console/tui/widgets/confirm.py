"""The one confirmation: what will happen in numbers, opened on the harmless button."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from console.tui.widgets.dialog import Dialog
from console.tui.words import shown

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp


Paragraphs = str | tuple[str, ...]
"""A text, or several that each begin on a line of their own. A line feed in one of them is shown,
not obeyed: names from outside stand in it, and must not be able to add sentences."""


class Confirm(Dialog[bool]):
    """Asks; dismissed with true only where the user chose to go on."""

    AUTO_FOCUS = "#no"
    CLOSED: ClassVar = False
    """Whether the second button has to be opened first."""
    DEFAULT_CSS = """
    Confirm {
        align: center middle;
        background: $background 60%;
        #dialog {
            width: 70; max-width: 95%; height: auto; max-height: 100%; overflow-y: auto;
            scrollbar-size-vertical: 1;
            padding: 1 2; background: $surface; border: round $warning;
        }
        #title { text-style: bold; color: $text-warning; margin-bottom: 1; }
        #command { color: $text-muted; margin-top: 1; }
        #buttons { dock: bottom; height: auto; align-horizontal: right; margin-top: 1; }
        Button { margin-left: 2; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "no", "back"),
        Binding("Y", "copy_command", "copy as aws", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
        Binding("pageup", "scroll_text(-1)", show=False),
        Binding("pagedown", "scroll_text(1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        text: Paragraphs,
        *,
        yes: str,
        no: str = "Cancel",
        command: str | None = None,
    ) -> None:
        super().__init__()
        self._command = command
        self._title_text = title
        self._paragraphs = (text,) if isinstance(text, str) else text
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """Title, what will happen, and two buttons."""
        with Vertical(id="dialog"):
            yield Static(Content(shown(self, self._title_text, limit=200)), id="title")
            told = [shown(self, paragraph, limit=1200) for paragraph in self._paragraphs]
            yield Static(Content("\n".join(told)))
            yield from self.compose_more()
            if self._command is not None:
                yield Static(Content("Y copies it as an aws command."), id="command")
            with Horizontal(id="buttons"):
                yield Button(Content(self._no), id="no")
                yield Button(Content(self._yes), id="yes", variant="warning", disabled=self.CLOSED)

    def compose_more(self) -> ComposeResult:
        """What stands between the text and the buttons."""
        yield from ()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Only the second button means yes."""
        self.dismiss(event.button.id == "yes")

    def action_copy_command(self) -> None:
        """Copy what is asked about as an aws command, where there is one."""
        if self._command is not None:
            cast("ConsoleApp", self.app).copy_text(self._command, "the aws command")

    def action_scroll_text(self, direction: int) -> None:
        """Read on where there is more text than room; the buttons stay where they are."""
        dialog = self.query_one("#dialog")
        if direction > 0:
            dialog.scroll_page_down()
        else:
            dialog.scroll_page_up()

    def action_no(self) -> None:
        """Esc is a no."""
        self.dismiss(False)
