"""Would this key fire? Every rule of the bucket answers while one types."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from console.models.notification import NotificationConfiguration
from console.simulating import EVENT_TYPES, would_fire
from console.tui.simulator_text import simulated_lines
from console.tui.widgets.dialog import Dialog
from console.tui.widgets.sheet import Sheet
from console.tui.words import shown


class FilterSimulator(Dialog[None]):
    """A sheet with a line for the key and below it what each rule would do with it.

    `queue_arn` is the pipeline's queue, marked among the destinations.
    """

    AUTO_FOCUS = "#key"
    DEFAULT_CSS = """
    FilterSimulator {
        align: center middle;
        background: $background 60%;
        #dialog {
            width: 92%; max-width: 120; height: 90%; max-height: 40;
            padding: 1 2; background: $surface; border: round $primary;
        }
        #title { text-style: bold; margin-bottom: 1; }
        #key { background: $boost; }
        #key:focus { background: $primary 25%; }
        #event { color: $text-muted; margin-bottom: 1; }
        Sheet { padding: 0; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "close", "back"),
        Binding("down", "event_type(1)", "next event type", priority=True),
        Binding("up", "event_type(-1)", "event type before", priority=True),
        Binding("pagedown", "scroll_rules(1)", "scroll", show=False),
        Binding("pageup", "scroll_rules(-1)", "scroll up", show=False),
    ]

    def __init__(
        self,
        configuration: NotificationConfiguration,
        key: str = "",
        queue_arn: str | None = None,
    ) -> None:
        super().__init__()
        self._configuration = configuration
        self._queue_arn = queue_arn
        self._given = key
        self._event = 0
        self._line = ""

    def compose(self) -> ComposeResult:
        """The key, the event type, and a line or two for each rule."""
        # What is given may hold what a terminal would obey: its visible form stands in the line,
        # and means the key itself until it is edited.
        self._line = shown(self, self._given)
        with Vertical(id="dialog"):
            yield Static(Content("Would this key fire?"), id="title")
            yield Input(
                self._line,
                placeholder="a key as it is in S3, not encoded",
                compact=True,
                id="key",
                select_on_focus=False,
            )
            yield Static(id="event")
            yield Sheet()

    def on_mount(self) -> None:
        """Answer for the key that was given."""
        self._show()

    def on_input_changed(self, _: Input.Changed) -> None:
        """Answer as one types."""
        self._show()

    @property
    def key(self) -> str:
        """The key that is tried now, raw."""
        typed = self.query_one("#key", Input).value
        return self._given if typed == self._line else typed

    @property
    def event_type(self) -> str:
        """The event type that is tried now."""
        return EVENT_TYPES[self._event]

    def _show(self) -> None:
        told = f"{self.event_type}   ↑ ↓ another event type · esc closes"
        self.query_one("#event", Static).update(Content(told))
        tried = would_fire(self._configuration, self.key, self.event_type)
        lines = simulated_lines(tried, self._queue_arn, partial(shown, self))
        self.query_one(Sheet).show_lines(lines)

    def action_event_type(self, step: int) -> None:
        """Try another event type."""
        self._event = (self._event + step) % len(EVENT_TYPES)
        self._show()

    def action_scroll_rules(self, direction: int) -> None:
        """Read on without leaving the line."""
        sheet = self.query_one(Sheet)
        if direction > 0:
            sheet.scroll_page_down()
        else:
            sheet.scroll_page_up()

    def action_close(self) -> None:
        """Back to the screen."""
        self.dismiss(None)
