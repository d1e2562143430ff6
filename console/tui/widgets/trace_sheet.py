"""One object's way, step by step as it is told, in a sheet over the doctor."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.errors import ConsoleError
from console.models.trace import Trace, TraceStep
from console.tui.notices import Failed, Ticket, Traced, TraceStepCame
from console.tui.screens.base import unexpected
from console.tui.trace_text import trace_lines
from console.tui.widgets.dialog import Dialog
from console.tui.widgets.sheet import Sheet
from console.tui.words import middle, shown

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp


class TraceSheet(Dialog[None]):
    """Follows `key` as soon as it is shown; closing it stops that."""

    DEFAULT_CSS = """
    TraceSheet {
        align: center middle;
        background: $background 60%;
        #dialog {
            width: 92%; max-width: 120; height: 90%; max-height: 44;
            padding: 1 2; background: $surface; border: round $primary;
        }
        #title { text-style: bold; }
        #keys { color: $text-muted; margin-bottom: 1; }
        Sheet { padding: 0; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("escape", "close", "back"),
        Binding("s", "scan", "look through the queue"),
        Binding("r", "again", "again"),
    ]

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key
        self._generation = 0
        self._cancel = threading.Event()
        self._steps: list[TraceStep] = []
        self._found: Trace | None = None
        self._error: str | None = None

    def compose(self) -> ComposeResult:
        """The key, what can be pressed, and the timeline."""
        with Vertical(id="dialog"):
            yield Static(Content(f"Trace of {middle(shown(self, self._key), 200)}"), id="title")
            yield Static(Content(self._keys()), id="keys")
            yield Sheet()

    def on_mount(self) -> None:
        """Begin."""
        self.query_one(Sheet).focus()
        self._follow(scan=False)

    def _keys(self) -> str:
        pipeline = self._host.pipeline
        may_peek = pipeline is not None and pipeline.mode.may_peek
        scan = "s looks through the queue, which receives; " if may_peek else ""
        return f"{scan}r follows it again; esc closes."

    @property
    def _host(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    def _follow(self, *, scan: bool) -> None:
        self._cancel.set()
        self._cancel = cancel = threading.Event()
        self._generation += 1
        ticket = Ticket("trace", self._generation)
        self._steps, self._found, self._error = [], None, None
        console, key = self._host, self._key

        def came(step: TraceStep) -> None:
            console.tell(self, TraceStepCame(ticket, step))

        def work() -> Message:
            try:
                return Traced(ticket, console.backstage.trace(key, scan, cancel, came))
            except ConsoleError as error:
                return Failed(ticket, error)
            except Exception as error:
                return Failed(ticket, unexpected(error))

        console.run_job("trace", work, self)
        self._redraw()

    def on_trace_step_came(self, notice: TraceStepCame) -> None:
        """One step is known."""
        if notice.ticket.generation == self._generation:
            self._steps.append(notice.step)
            self._redraw()

    def on_traced(self, notice: Traced) -> None:
        """All is known."""
        if notice.ticket.generation == self._generation:
            self._found = notice.trace
            self._redraw()

    def on_failed(self, notice: Failed) -> None:
        """It could not be followed to its end."""
        if notice.ticket.generation == self._generation:
            self._error = f"{notice.error.sentence} {notice.error.remedy}".strip()
            self._redraw()

    def _redraw(self) -> None:
        lines = trace_lines(self._steps, self._found, self._error, self._show)
        self.query_one(Sheet).show_lines(lines)

    def _show(self, text: str) -> str:
        return shown(self, text, limit=4000)

    def action_scan(self) -> None:
        """Follow it again, and look through the queue under the peek budget."""
        self._follow(scan=True)

    def action_again(self) -> None:
        """Follow it again."""
        self._follow(scan=False)

    def action_close(self) -> None:
        """Stop, and back to the screen."""
        self._cancel.set()
        self.dismiss(None)
