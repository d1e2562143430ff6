"""A confirmation that wants a name typed: for everything at once, and in production."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button, Input, Static

from console.tui.widgets.confirm import Confirm, Paragraphs
from console.tui.words import shown


class TypeName(Confirm):
    """Goes on only when exactly `name` was typed; opens on the harmless button."""

    CLOSED: ClassVar = True
    DEFAULT_CSS = """
    TypeName {
        align: center middle;
        #wanted { margin-top: 1; }
        #dialog Input { background: $boost; }
        #dialog Input:focus { background: $primary 25%; }
    }
    """

    def __init__(
        self,
        title: str,
        text: Paragraphs,
        name: str,
        *,
        yes: str = "Start",
        command: str | None = None,
    ) -> None:
        super().__init__(title, text, yes=yes, command=command)
        self._wanted = name

    def compose_more(self) -> ComposeResult:
        """The name that is wanted, and a line to type it into."""
        name = Content.styled(shown(self, self._wanted), "bold")
        yield Static(Content.assemble("To go on type the queue's name:\n", name), id="wanted")
        yield Input(placeholder="press tab, then type it", compact=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only the exact name opens the way."""
        self.query_one("#yes", Button).disabled = event.value.strip() != self._wanted

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the button, it does not press it."""
        if event.value.strip() == self._wanted:
            self.query_one("#yes", Button).focus()


def asking(
    title: str, text: Paragraphs, yes: str, name: str | None, command: str | None = None
) -> Confirm:
    """The confirmation that fits: with `name` to type, where there is one."""
    if name is None:
        return Confirm(title, text, yes=yes, command=command)
    return TypeName(title, text, name, yes=yes, command=command)
