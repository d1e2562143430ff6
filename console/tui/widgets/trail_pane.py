"""CloudTrail's changes: what the search came to, the table, the chosen change in full."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widgets import Static

from console.models.trail import Change
from console.tui.lines import Line, laid_out
from console.tui.trail_text import change_lines, change_words
from console.tui.widgets.line_table import Cell, Column, LineTable
from console.tui.widgets.sheet import Sheet
from console.tui.words import day_time, shown

_COLUMNS = (
    Column("when", 14),
    Column("call", 24),
    Column("on", 6),
    Column("who and what"),
)

_WHERE = {"dlq": "DLQ"}


class TrailPane(Vertical):
    """Shows changes that somebody else looks up."""

    DEFAULT_CSS = """
    TrailPane {
        width: 1fr; height: 1fr; display: none;
        #trail-state { height: auto; max-height: 6; padding: 0 1; }
        #trail-split { height: 1fr; layout: vertical; }
        #trail-split Sheet { display: none; border-left: tall $border; background: $surface; }
        #trail-split.-open Sheet, #trail-split.-wide Sheet { display: block; }
        #trail-split.-open LineTable { display: none; }
        #trail-split.-wide { layout: horizontal; }
        #trail-split.-wide LineTable { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state: Sequence[Line] = ()

    def compose(self) -> ComposeResult:
        """Three parts."""
        yield Static(id="trail-state", markup=False)
        with Container(id="trail-split"):
            yield LineTable[Change](_COLUMNS, key=_key, cells=self._cells, id="changes")
            yield Sheet(id="change")

    @property
    def table(self) -> LineTable[Change]:
        """The table of changes."""
        return self.query_one("#changes", LineTable)

    @property
    def is_open(self) -> bool:
        """Whether one change has the room."""
        return self.query_one("#trail-split").has_class("-open")

    def show_changes(self, changes: Sequence[Change], state: Sequence[Line]) -> None:
        """Show these changes, and how far the search for them is.

        A cursor on the newest change stays on the newest, whatever comes.
        """
        self._state = state
        table, follows = self.table, not self.is_open and self._at_top()
        table.show_rows(tuple(changes))
        if follows:
            table.action_jump(0)
        self._draw_state()
        self._draw_change()

    def _at_top(self) -> bool:
        rows = self.table.rows
        return not rows or self.table.current is rows[0]

    def open(self, opened: bool) -> None:
        """Give the room to the chosen change, or back to the table."""
        opened = opened and self.table.current is not None
        self.query_one("#trail-split").set_class(opened, "-open")
        (self.query_one(Sheet) if opened else self.table).focus()

    def on_resize(self) -> None:
        """Arrange for the new size."""
        self.query_one("#trail-split").set_class(self.size.width >= 150, "-wide")
        self._draw_state()

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another change is under the cursor."""
        event.stop()
        self._draw_change()

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """Enter on a row."""
        event.stop()
        self.open(True)

    def _draw_state(self) -> None:
        width = max(20, self.size.width - 2)
        self.query_one("#trail-state", Static).update(laid_out(self._state, width))

    def _draw_change(self) -> None:
        change = self.table.current
        lines = () if change is None else change_lines(change, self._show)
        self.query_one(Sheet).show_lines(lines)

    def _cells(self, change: Change) -> tuple[Cell, ...]:
        refused = change.event.error is not None
        return (
            Cell(day_time(change.event.at)[5:19], "muted"),
            Cell(shown(self, change.event.name, limit=60), "warn" if refused else ""),
            Cell(_WHERE.get(change.resource, change.resource)),
            Cell(shown(self, change_words(change), limit=300)),
        )

    def _show(self, text: str) -> str:
        return shown(self, text, limit=2000)


def _key(change: Change) -> str:
    event = change.event
    return event.event_id or f"{event.at.isoformat()} {event.name} {event.who}"
