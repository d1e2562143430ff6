"""A long text to scroll through, redrawn without losing its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from console.tui.lines import Line, laid_out


class Sheet(VerticalScroll, can_focus=True):
    """Lines that may be more than the screen holds."""

    DEFAULT_CSS = """
    Sheet { width: 1fr; height: 1fr; padding: 0 1; scrollbar-size-vertical: 1;
            scrollbar-gutter: stable; }
    Sheet > Static { width: 100%; height: auto; }
    """
    BINDINGS: ClassVar = [
        Binding("j", "scroll_down", "down", show=False),
        Binding("k", "scroll_up", "up", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._sheet_lines: Sequence[Line] = ()

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static(markup=False)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines at the place where one was reading."""
        self._sheet_lines = lines
        self._lay_out()

    def on_resize(self) -> None:
        """Wrap for the new width."""
        self._lay_out()

    def _lay_out(self) -> None:
        # The bar's column is always kept, so that its coming does not cause another wrap.
        width = self.scrollable_content_region.width or 78
        self.query_one(Static).update(laid_out(self._sheet_lines, width))
