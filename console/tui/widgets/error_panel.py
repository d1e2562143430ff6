"""An error drawn on purpose: title, sentence, remedy, and what to press."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from console.errors import ConsoleError
from console.tui.words import shown


class ErrorPanel(Static):
    """One `ConsoleError` for a person."""

    DEFAULT_CSS = """
    ErrorPanel {
        width: 100%;
        height: auto;
        max-height: 100%;
        margin: 1 2;
        padding: 1 2;
        border-left: thick $error;
        background: $surface;
    }
    """

    def __init__(self, error: ConsoleError, hint: str = "", *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self.error = error
        self.hint = hint

    def on_mount(self) -> None:
        """Draw it; redaction is known only now."""
        self.update(self.drawn())

    def drawn(self) -> Content:
        """The panel's text."""
        parts: list[Content] = [
            Content.styled(f"✗ {shown(self, self.error.title)}", "bold $text-error"),
            Content(shown(self, self.error.sentence, limit=1500)),
        ]
        if self.error.remedy:
            parts.append(Content.styled(shown(self, self.error.remedy, limit=800), "$text-accent"))
        if self.hint:
            parts.append(Content.styled(self.hint, "$text-muted"))
        return Content("\n").join(parts)
