"""One message in full: event, object in S3, audio, attributes, body."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from console.models.message import Message
from console.models.objectview import ObjectView
from console.tui.lines import code, heading
from console.tui.message_text import (
    attribute_lines,
    body_text,
    message_lines,
    object_lines,
)
from console.tui.widgets.sheet import Sheet
from console.tui.words import shown


class MessageDetail(Sheet):
    """Shows a message and, once it is known, its object."""

    DEFAULT_CSS = """
    MessageDetail {
        width: 1fr; height: 1fr; padding: 0 1; background: $surface;
        border-left: tall $border; scrollbar-size-vertical: 1;
    }
    MessageDetail:focus { border-left: tall $primary; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.raw = False

    def show_nothing(self, told: str) -> None:
        """There is no message to show; say why."""
        self.show_lines([Content.styled(told, "$text-muted")])

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
        lines += [heading(title), *code(shown(self, body, newlines=True))]
        self.show_lines(lines)

    def _show(self, text: str) -> str:
        return shown(self, text, limit=2000)
