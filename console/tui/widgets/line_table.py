"""A table for many rows: it renders only the lines that are seen, and knows rows by key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.tui.words import State, middle

R = TypeVar("R")
CellStyle = State | Literal["muted", "strong", ""]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading and its width in cells; a width of 0 shares what is left over.

    `cut_middle` keeps both ends of a text that is too long: of an object's key, the last part
    tells most.
    """

    label: str
    width: int = 0
    right: bool = False
    cut_middle: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text, made safe already, and how it is drawn."""

    text: str
    style: CellStyle = ""


class LineTable(ScrollView, Generic[R], can_focus=True):
    """Rows from a sequence that somebody else owns; call `rows_changed` when it has changed."""

    DEFAULT_CSS = """
    LineTable {
        width: 1fr; height: 1fr; background: $background; scrollbar-size-vertical: 1;
        overflow-x: hidden;
    }
    LineTable > .line-table--heading { color: $text-muted; text-style: bold; }
    LineTable > .line-table--cursor { background: $primary 22%; }
    LineTable:focus > .line-table--cursor { background: $primary 40%; text-style: bold; }
    LineTable > .line-table--marked, LineTable > .line-table--busy { color: $text-accent; }
    LineTable > .line-table--ok { color: $text-success; }
    LineTable > .line-table--warn { color: $text-warning; }
    LineTable > .line-table--bad { color: $text-error; }
    LineTable > .line-table--muted, LineTable > .line-table--unknown,
    LineTable > .line-table--none { color: $text-muted; }
    LineTable > .line-table--strong { text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"line-table--{name}"
        for name in (
            *("heading", "cursor", "marked", "ok", "warn", "bad", "busy"),
            *("muted", "unknown", "none", "strong"),
        )
    }
    BINDINGS: ClassVar = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home", "jump(0)", "first", show=False),
        Binding("end", "jump(-1)", "last", show=False),
        Binding("enter", "open", "open", show=False),
    ]

    class Moved(Message):
        """Another row is under the cursor; `key` is `None` where there is no row."""

        def __init__(self, table: LineTable[R], key: str | None) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> LineTable[R]:
            """The table, for selectors."""
            return self.table

    class Opened(Moved):
        """The row under the cursor was opened by enter or by a second click."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        key: Callable[[R], str],
        cells: Callable[[R], Sequence[Cell]],
        marks: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._columns = tuple(columns)
        self._key_of = key
        self._cells_of = cells
        self._has_marks = marks
        self._rows: Sequence[R] = ()
        self._cursor = 0
        self._cursor_key: str | None = None
        self.marked: set[str] = set()

    def show_rows(self, rows: Sequence[R]) -> None:
        """Show these rows; the cursor stays on its row where that is still there."""
        self._rows = rows
        self._find_cursor()
        self.rows_changed()

    def rows_changed(self) -> None:
        """The sequence has grown, or its rows look different now."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows) + 1)
        if self._cursor_key is None and self._rows:
            self._set_cursor(0)
        self.refresh()

    @property
    def rows(self) -> Sequence[R]:
        """The rows that are shown."""
        return self._rows

    @property
    def current(self) -> R | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or unmark it, and go on to the next."""
        if self._cursor_key is not None:
            self.marked ^= {self._cursor_key}
            self.action_move(1)
            self.refresh()

    def _find_cursor(self) -> None:
        rows, key = self._rows, self._cursor_key
        if not rows:
            self._cursor = 0
            if key is not None:
                self._cursor_key = None
                self.post_message(self.Moved(self, None))
            return
        at = min(self._cursor, len(rows) - 1)
        if key is not None and self._key_of(rows[at]) != key:
            at = next((i for i, row in enumerate(rows) if self._key_of(row) == key), at)
        self._set_cursor(at)

    def _set_cursor(self, index: int) -> None:
        self._cursor = max(0, min(index, len(self._rows) - 1))
        key = self._key_of(self._rows[self._cursor]) if self._rows else None
        if key != self._cursor_key:
            self._cursor_key = key
            self.post_message(self.Moved(self, key))
        # The line of headings covers the first one, so the row above has to be seen too.
        line = self._cursor
        self.scroll_to_region(
            Region(0, line, 1, 2), animate=False, force=True, x_axis=False, immediate=True
        )
        self.refresh()

    def action_move(self, by: int) -> None:
        """Up or down by so many rows."""
        if self._rows:
            self._set_cursor(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Up or down by what is seen."""
        self.action_move(by * max(1, self.size.height - 2))

    def action_jump(self, to: int) -> None:
        """To the first or the last row."""
        self.action_move(len(self._rows) if to else -len(self._rows))

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self._cursor_key is not None:
            self.post_message(self.Opened(self, self._cursor_key))

    def on_click(self, event: events.Click) -> None:
        """Choose a row; a double click opens it."""
        index = event.y - 1 + int(self.scroll_offset.y)
        if event.y > 0 and 0 <= index < len(self._rows):
            self._set_cursor(index)
            if event.chain == 2:
                self.action_open()

    def render_line(self, y: int) -> Strip:
        """One line: the headings on top, else a row."""
        width = self.scrollable_content_region.width
        widths = self._widths(width)
        if y == 0:
            style = self.get_component_rich_style("line-table--heading")
            cells = [Cell(column.label) for column in self._columns]
            return self._strip(cells, widths, style, "  ", heading=True)
        index = y - 1 + int(self.scroll_offset.y)
        if index >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[index]
        key = self._key_of(row)
        style = self.rich_style
        if index == self._cursor:
            style += self.get_component_rich_style("line-table--cursor")
        sign = "▸" if index == self._cursor else " "
        sign += "●" if key in self.marked else " "
        return self._strip(self._cells_of(row), widths, style, sign, heading=False)

    def _widths(self, width: int) -> list[int]:
        fixed = sum(c.width for c in self._columns) + 2 + 2 * (len(self._columns) - 1)
        flexible = [c for c in self._columns if not c.width]
        share = max(8, (width - fixed) // max(1, len(flexible)))
        return [c.width or share for c in self._columns]

    def _strip(
        self, cells: Sequence[Cell], widths: list[int], base: Style, sign: str, *, heading: bool
    ) -> Strip:
        marked = self.get_component_rich_style("line-table--marked", partial=True)
        segments = [Segment(sign, base + marked)]
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            if index:
                segments.append(Segment("  ", base))
            text = _fitted(cell.text, width, self._columns[index])
            style = base
            if cell.style and not heading:
                name = f"line-table--{cell.style}"
                style = base + self.get_component_rich_style(name, partial=True)
            segments.append(Segment(text, style))
        strip = Strip(segments)
        return strip.adjust_cell_length(self.scrollable_content_region.width, base)


def _fitted(text: str, width: int, column: Column) -> str:
    """`text` in exactly `width` cells; wide characters are counted as two."""
    length = cell_len(text)
    if length > width:
        if column.cut_middle and length == len(text):
            return middle(text, width)
        return set_cell_size(text, width - 1) + "…"
    pad = " " * (width - length)
    return pad + text if column.right else text + pad
