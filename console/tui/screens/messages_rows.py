"""The rows of the messages screen: which are shown, which are marked, which an action means."""

from __future__ import annotations

from textual.widgets import Input

from console.models.message import Message
from console.tui.filtering import FEW, RowFilter, unusable
from console.tui.notices import FilterMoved, Ticket
from console.tui.screens.messages_peek import PeekingScreen
from console.tui.widgets.line_input import LineInput
from console.tui.widgets.message_table import MessageTable
from console.tui.words import middle

_LONGEST_KEY = 8192
_BRIEF = 120


class RowsScreen(PeekingScreen):
    """Shows what was read, all of it or what a typed filter leaves, and marks rows."""

    def __init__(self) -> None:
        super().__init__()
        self._typed = ""
        self._in_force = ""
        self._unusable: str | None = None
        self._filter: RowFilter | None = None

    @property
    def table(self) -> MessageTable:
        """The table."""
        return self.query_one(MessageTable)

    def marked(self) -> set[str]:
        """The ids of the marked messages."""
        return self.table.marked

    @property
    def unsettled(self) -> str | None:
        """Why the rows are not what the typed filter leaves, `None` where they are."""
        if self._unusable is not None or self._filter is None:
            return self._unusable
        return self._filter.unsettled

    def chosen(self) -> list[Message]:
        """The marked messages, else all that a filter leaves, else the one under the cursor; none
        while the rows are not what the filter leaves."""
        if self.unsettled is not None:
            return []
        marked = [m for m in self.table.rows if m.message_id in self.table.marked]
        if marked:
            return marked
        if self._typed:
            return list(self.table.rows)
        return [self.table.current] if self.table.current is not None else []

    def chosen_words(self) -> str:
        """Why just these are chosen, for a confirmation."""
        marks, shown = len(self.table.marked), self._marks_shown
        if shown:
            hidden = f"; {marks - shown:,} more are not shown and stay" if marks > shown else ""
            return f"what is marked{hidden}"
        if self._typed:
            hidden = f"; {marks:,} marked are not among them" if marks else ""
            return f"all that the filter {self._brief(self._typed)} leaves{hidden}"
        current = self.table.current
        event = current.event if current is not None else None
        return f"the one under the cursor{f', {self._brief(event.key)}' if event else ''}"

    def _brief(self, text: str) -> str:
        return middle(self.shown(text, limit=_LONGEST_KEY), _BRIEF)

    @property
    def _marks_shown(self) -> int:
        marked = self.table.marked
        return sum(m.message_id in marked for m in self.table.rows) if marked else 0

    @property
    def any_chosen(self) -> bool:
        """Whether `chosen` has any, without looking through all rows."""
        return self.unsettled is None and bool(self.table.marked or self.table.rows)

    def reading_began(self) -> None:
        """A peek makes room: what a filter found is gone too."""
        self._filter_anew()

    def more_read(self) -> None:
        """Rows come while a peek runs."""
        self._show_rows()
        self.second_passed()

    def _show_rows(self) -> None:
        if self._filter is None:
            self.table.show_rows(self.reading.messages)
            return
        if self._filter.behind <= FEW:
            self._filter.look()
        if self._filter.start():
            row_filter = self._filter
            self.in_background("filter", lambda ticket: self._look_through(row_filter, ticket))
        self.table.show_rows(self._filter.rows)

    def _look_through(self, row_filter: RowFilter, ticket: Ticket) -> FilterMoved:
        """Filter many rows on a thread; the screen hears as it goes."""
        row_filter.work(lambda: self.console.tell(self, FilterMoved(ticket)))
        return FilterMoved(ticket)

    def on_filter_moved(self, notice: FilterMoved) -> None:
        """More rows have been looked at."""
        if self.is_newest(notice):
            self._show_rows()
            self.second_passed()
            self.update_keys()

    def _filter_anew(self) -> None:
        """Another filter is in force, or another reading is shown."""
        if self._filter is not None:
            self._filter.stop()
        messages = self.reading.messages
        self._filter = RowFilter(self._in_force, messages) if self._in_force else None

    def action_mark(self) -> None:
        """Mark the message under the cursor."""
        self.table.toggle_mark()
        self.update_keys()

    def action_mark_all(self) -> None:
        """Mark all that is shown, or none where all of it is marked."""
        if self.say_unsettled():
            return
        ids = {m.message_id for m in self.table.rows}
        if ids <= self.table.marked:
            self.table.marked.difference_update(ids)
        else:
            self.table.marked.update(ids)
        self.table.refresh()
        self.second_passed()

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one("#filter", LineInput).open(self._typed)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The filter works while it is typed."""
        if event.input.id == "filter":
            self._typed = event.value
            self._unusable = unusable(event.value)
            # While half a pattern is being typed the rows stay those of the last whole one.
            if self._unusable is None:
                self._in_force = event.value
                self._filter_anew()
            self._show_rows()
            self.second_passed()
            self.update_keys()

    def say_unsettled(self) -> bool:
        """Where the rows are not what the filter leaves, say so instead of taking them for it."""
        if self.unsettled is not None:
            self.console.say(f"Not now: the filter is {self.unsettled}.", severity="warning")
        return self.unsettled is not None
