"""One operation in full: what was meant, how it ended, and every entry of it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from console.journal.log import EntryRecord, OperationRecord
from console.tui.activity_text import (
    counts_words,
    entry_state,
    entry_words,
    operation_lines,
    telling_first,
)
from console.tui.lines import heading, laid_out
from console.tui.widgets.line_table import Cell, Column, LineTable
from console.tui.words import clock_time, shown

_COLUMNS = (
    Column("no.", 6, right=True),
    Column("time", 8),
    Column("what", 9),
    Column("outcome", 13),
    Column("message or object", cut_middle=True),
    Column("why"),
)


class OperationDetail(Vertical):
    """Head, entries, and the entry under the cursor in full."""

    DEFAULT_CSS = """
    OperationDetail {
        width: 1fr; height: 1fr; background: $surface; border-left: tall $border;
        #head { height: auto; padding: 0 1; }
        #entry { height: auto; max-height: 4; padding: 0 1; background: $boost; display: none; }
        #entry.-shown { display: block; }
        LineTable { background: $surface; }
    }
    OperationDetail:focus-within { border-left: tall $primary; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._operation: OperationRecord | None = None
        self._state = ""
        self._entries: tuple[EntryRecord, ...] | None = None

    def compose(self) -> ComposeResult:
        """Three parts."""
        yield Static(id="head", markup=False)
        yield LineTable[EntryRecord](
            _COLUMNS, key=lambda entry: str(entry.number), cells=self._cells, id="entries"
        )
        yield Static(id="entry", markup=False)

    @property
    def entries_table(self) -> LineTable[EntryRecord]:
        """The table of entries."""
        return self.query_one("#entries", LineTable)

    def show_operation(
        self,
        operation: OperationRecord | None,
        state: str,
        entries: tuple[EntryRecord, ...] | None,
    ) -> None:
        """Show an operation; `entries` is `None` while they are being read."""
        if entries is not self._entries:
            self.entries_table.show_rows(telling_first(entries or ()))
        self._operation, self._state, self._entries = operation, state, entries
        self._draw()

    def on_resize(self) -> None:
        """Lay the head out for the new width."""
        self._draw()

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another entry is under the cursor."""
        event.stop()
        self._draw_entry()

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """An entry has nothing more to open."""
        event.stop()

    def _draw(self) -> None:
        width = max(20, self.scrollable_content_region.width - 2)
        if self._operation is None:
            head = Content.styled("The chosen operation's entries come here.", "$text-muted")
        else:
            lines = operation_lines(self._operation, self._state, self._show)
            head = laid_out([*lines, self._counts()], width)
        self.query_one("#head", Static).update(head)
        self._draw_entry()

    def _counts(self) -> Content:
        if self._entries is None:
            return Content.styled("Reading its entries…", "$text-muted")
        if not self._entries:
            return Content.styled("It changed nothing: no entries.", "$text-muted")
        return heading(self._show(counts_words(self._entries)))

    def _draw_entry(self) -> None:
        entry = self.entries_table.current if self._entries else None
        panel = self.query_one("#entry", Static)
        panel.set_class(entry is not None, "-shown")
        if entry is not None:
            panel.update(entry_words(entry, self._show))

    def _cells(self, entry: EntryRecord) -> tuple[Cell, ...]:
        state, word = entry_state(entry)
        return (
            Cell(str(entry.number), "muted"),
            Cell(clock_time(entry.intent_at)[:8], "muted"),
            Cell(shown(self, entry.action, limit=40)),
            Cell(shown(self, word, limit=40), state),
            Cell(shown(self, entry.subject, limit=300)),
            Cell(shown(self, entry.error or "", limit=300)),
        )

    def _show(self, text: str) -> str:
        return shown(self, text, limit=1000)
