"""A line that is typed into on top of a screen: the filter, or a file's name."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding
from textual.widgets import Input


class LineInput(Input):
    """Shown while it is used; esc closes it. Posts Input's own messages."""

    DEFAULT_CSS = """
    LineInput { display: none; width: 100%; height: 1; border: none; padding: 0 1; }
    LineInput.-open { display: block; }
    LineInput:focus { border: none; }
    """
    BINDINGS: ClassVar = [Binding("escape", "screen.back", "back", show=False)]

    def open(self, value: str = "") -> None:
        """Show the line and type into it."""
        self.add_class("-open")
        self.value = value
        self.cursor_position = len(value)
        # At once: what is typed behind the key that opens this must not run as commands.
        self.screen.set_focus(self)

    def close(self) -> None:
        """Hide the line."""
        self.remove_class("-open")

    @property
    def is_open(self) -> bool:
        """Whether the line is shown."""
        return self.has_class("-open")
