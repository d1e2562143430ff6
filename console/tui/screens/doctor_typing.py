"""The doctor's screen is typed into: the key to ask about, and a filter of the findings."""

from __future__ import annotations

from textual.widgets import Input

from console.tui.screens.doctor_backfilling import BackfillingScreen
from console.tui.widgets.line_input import LineInput


class TypingScreen(BackfillingScreen):
    """Needs a screen with the lines `#key` and `#filter`; `typed` is the filter."""

    def __init__(self) -> None:
        super().__init__()
        self.typed = ""

    def focus_reading(self) -> None:
        """Give the keys back to what is read."""

    def filter_by(self, typed: str) -> None:
        """Show the findings that have this in their name or text."""
        self.typed = typed
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What opens a line to type into has its key before all others, but not in such a line."""
        if action in ("filter", "ask_key") and isinstance(self.focused, LineInput):
            return None
        return super().check_action(action, parameters)

    def on_descendant_blur(self) -> None:
        """Typing may be over: its keys are keys again."""
        self.update_keys()

    def action_ask_key(self) -> None:
        """Type the key to ask about."""
        self.query_one("#key", LineInput).open(self.checkup.key or "")

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one("#filter", LineInput).open(self.typed)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The filter works as one types."""
        if event.input.id == "filter" and event.input.has_class("-open"):
            self.filter_by(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A key is asked about; a filter stays."""
        typed = event.value
        self.close_lines()
        if event.input.id == "key":
            self.ask_about(typed or None)

    def close_lines(self) -> bool:
        """Close what is typed into; false where nothing is."""
        opened = [line for line in self.query(LineInput) if line.is_open]
        for line in opened:
            line.close()
        if opened:
            self.focus_reading()
        return bool(opened)
