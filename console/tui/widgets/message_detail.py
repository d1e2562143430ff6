"""One message in full: event, object in S3, audio, attributes, body."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.models.message import Message
from console.models.objectview import ObjectView
from console.tui.message_text import (
    attribute_lines,
    body_text,
    heading,
    message_lines,
    object_lines,
)
from console.tui.words import shown


class MessageDetail(VerticalScroll, can_focus=True):
    """Shows a message and, once it is known, its object."""

    DEFAULT_CSS = """
    MessageDetail {
        width: 1fr; height: 1fr; padding: 0 1; background: $surface;
        border-left: tall $border; scrollbar-size-vertical: 1;
    }
    MessageDetail:focus { border-left: tall $primary; }
    MessageDetail > Static { width: 100%; height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.raw = False

    def compose(self) -> ComposeResult:
        """One text; its sections are drawn in it."""
        yield Static("", markup=False)

    def show_nothing(self, told: str) -> None:
        """There is no message to show; say why."""
        self.query_one(Static).update(Content.styled(told, "$text-muted"))

    def show_message(self, message: Message, view: ObjectView | None, now: datetime) -> None:
        """Draw the message; `view` is `None` while S3 is being asked."""
        lines = message_lines(message, self._show, now)
        if message.event is not None:
            lines.append(Content(""))
            if view is None:
                lines += [heading("Object in S3"), Content.styled("asking S3…", "$text-muted")]
            else:
                lines += object_lines(view, self._show)
        lines += [Content(""), *attribute_lines(message, self._show), Content("")]
        title, body = body_text(message, raw=self.raw)
        lines += [heading(title), Content(shown(self, body, newlines=True))]
        self.query_one(Static).update(Content("\n").join(lines))

    def _show(self, text: str) -> str:
        return shown(self, text, limit=2000)
