"""The doctor's findings as rows: what is not well first, what passed folded."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from console.tui.checkup import FindingRow, Fold
from console.tui.doctor_text import STATES
from console.tui.widgets.line_table import Cell, Column, LineTable
from console.tui.words import MARKS, shown

_COLUMNS = (Column("status", 9), Column("finding", 28), Column("what"))


class FindingsTable(LineTable[FindingRow]):
    """One line for a finding or for what passed in a group."""

    def __init__(self) -> None:
        super().__init__(_COLUMNS, key=lambda row: row.id, cells=self._cells)
        self.causes: frozenset[str] = frozenset()
        self._touched = False

    def show_findings(self, rows: Sequence[FindingRow]) -> None:
        """Show these rows. Until somebody chooses one, the first is chosen whatever comes in."""
        self.show_rows(rows)
        if not self._touched and rows:
            self._set_cursor(0)

    def action_move(self, by: int) -> None:
        """Up or down by so many rows."""
        self._touched = True
        super().action_move(by)

    def on_resize(self) -> None:
        """The root causes above may have taken room: the chosen row has to be seen still."""
        if self.rows:
            self._set_cursor(self._cursor)

    def on_click(self, event: events.Click) -> None:
        """Choose a row."""
        self._touched = True

    def _cells(self, row: FindingRow) -> tuple[Cell, ...]:
        if isinstance(row, Fold):
            count = len(row.passes)
            return Cell("✓ pass", "ok"), Cell(row.title), Cell(f"{count} passed", "muted")
        state = STATES[row.status]
        first = "root cause: " if row.id in self.causes else ""
        likely = "likely: " if row.certainty == "likely" and row.status != "pass" else ""
        return (
            Cell(f"{MARKS[state][0]} {row.status}", state),
            Cell(shown(self, row.id, limit=80), "strong" if first else ""),
            Cell(shown(self, f"{first}{likely}{row.title}", limit=300)),
        )
