"""A confirmation that wants a name typed: for everything at once, and in production."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from console.tui.widgets.confirm import Confirm
from console.tui.words import shown


class TypeName(Confirm):
    """Goes on only when exactly `name` was typed; opens on the harmless button."""

    DEFAULT_CSS = """
    TypeName { align: center middle; #dialog Input { margin-top: 1; } }
    """

    def __init__(self, title: str, text: str, name: str, *, yes: str = "Start") -> None:
        super().__init__(title, text, yes=yes)
        self._wanted = name

    def compose(self) -> ComposeResult:
        """The confirmation with a line to type into."""
        with Vertical(id="dialog"):
            yield Static(Content(shown(self, self._title_text)), id="title")
            yield Static(Content(shown(self, self._text, limit=1200)))
            yield Static(Content(f"Type the queue's name to go on: {shown(self, self._wanted)}"))
            yield Input(placeholder="queue name")
            with Horizontal(id="buttons"):
                yield Button(Content(self._no), id="no")
                yield Button(Content(self._yes), id="yes", variant="warning", disabled=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only the exact name opens the way."""
        self.query_one("#yes", Button).disabled = event.value.strip() != self._wanted

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the button, it does not press it."""
        if event.value.strip() == self._wanted:
            self.query_one("#yes", Button).focus()


def asking(title: str, text: str, yes: str, name: str | None) -> Confirm:
    """The confirmation that fits: with `name` to type, where there is one."""
    if name is None:
        return Confirm(title, text, yes=yes)
    return TypeName(title, text, name, yes=yes)
