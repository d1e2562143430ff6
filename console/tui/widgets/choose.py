"""Which of several queues or buckets is meant."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.tui.widgets.dialog import Dialog
from console.tui.words import shown


class Choose(Dialog[str | None]):
    """Lets the user pick one of the candidates that discovery found; `None` for none."""

    AUTO_FOCUS = "OptionList"
    DEFAULT_CSS = """
    Choose {
        align: center middle;
        background: $background 60%;
        #dialog {
            width: 90%; max-width: 110; height: auto; max-height: 90%;
            padding: 1 2; background: $surface; border: round $primary;
        }
        #title { text-style: bold; margin-bottom: 1; }
        #hint { color: $text-muted; margin-top: 1; }
        OptionList { height: auto; max-height: 14; border: none; background: $surface; }
    }
    """
    BINDINGS: ClassVar = [Binding("escape", "none", "back")]

    def __init__(self, field: str, candidates: tuple[str, ...]) -> None:
        super().__init__()
        self._field = field
        self._candidates = candidates

    def compose(self) -> ComposeResult:
        """The question, the candidates, and the keys."""
        title = f"Several {self._field}s fit what was named. Which one is meant?"
        with Vertical(id="dialog"):
            yield Static(Content(title), id="title")
            yield OptionList(
                *[Option(Content(shown(self, name, limit=300))) for name in self._candidates]
            )
            yield Static(Content("enter chooses · esc leaves it open"), id="hint")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The candidate itself is the answer, not the text that was shown."""
        self.dismiss(self._candidates[event.option_index])

    def action_none(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
