"""A long text to scroll through, redrawn without losing its place."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static


class Sheet(VerticalScroll, can_focus=True):
    """One text that may be longer than the screen."""

    DEFAULT_CSS = """
    Sheet { width: 1fr; height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    Sheet > Static { width: 100%; height: auto; }
    """
    BINDINGS: ClassVar = [
        Binding("j", "scroll_down", "down", show=False),
        Binding("k", "scroll_up", "up", show=False),
    ]

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static(markup=False)

    def show_text(self, text: Content) -> None:
        """Show this text at the place where one was reading."""
        self.query_one(Static).update(text)
