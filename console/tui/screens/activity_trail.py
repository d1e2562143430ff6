"""The part of the activity screen that asks CloudTrail who changed the pipeline."""

from __future__ import annotations

import threading
from typing import ClassVar

from textual.binding import Binding
from textual.message import Message

from console.errors import ConsoleError
from console.models.trail import Change, TrailProgress, TrailReport
from console.tui.aws_commands import lookup_event_command
from console.tui.notices import ChangeFound, Ticket, TrailEnded, TrailMoved
from console.tui.screens.base import ConsoleScreen, Copy
from console.tui.trail_text import WINDOWS, state_lines
from console.tui.widgets.trail_pane import TrailPane


class TrailScreen(ConsoleScreen):
    """Opens the pane, looks changes up in the background, and shows them as they are found."""

    BINDINGS: ClassVar = [
        Binding("t", "trail", "trail", tooltip="Who changed the configuration, from CloudTrail"),
        Binding("w", "window", "further back", show=False, tooltip="Look further back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._changes: list[Change] = []
        self._window = WINDOWS[0]
        self._progress: TrailProgress | None = None
        self._report: TrailReport | None = None
        self._trail_error: ConsoleError | None = None
        self._search: threading.Event | None = None

    @property
    def trail_pane(self) -> TrailPane:
        """The pane."""
        return self.query_one(TrailPane)

    @property
    def trail_open(self) -> bool:
        """Whether the trail is shown instead of the journal."""
        return self.built and self.has_class("-trail")

    def action_trail(self) -> None:
        """Show the trail instead of the journal, or the journal again."""
        if self.trail_open:
            self._close_trail()
            return
        self.add_class("-trail")
        if self._report is None and self._search is None:
            self._look_up()
        self.trail_pane.open(False)
        self.update_keys()

    def _close_trail(self) -> None:
        self.remove_class("-trail")
        self.focus_journal()
        self.update_keys()

    def focus_journal(self) -> None:
        """The journal has the room again."""

    def action_window(self) -> None:
        """Look further back; after all there is, at the last day again."""
        if self.trail_open:
            at = WINDOWS.index(self._window)
            self._window = WINDOWS[(at + 1) % len(WINDOWS)]
            self._look_up()

    def _look_up(self) -> None:
        """Ask for everything anew; what an earlier search still finds no longer counts."""
        self._stop_search()
        self._changes, self._progress, self._report = [], None, None
        self._trail_error = None
        self._search = cancel = threading.Event()
        backstage, window = self.console.backstage, self._window

        def work(ticket: Ticket) -> Message:
            def found(change: Change) -> None:
                self.console.tell(self, ChangeFound(ticket, change))

            def moved(progress: TrailProgress) -> None:
                self.console.tell(self, TrailMoved(ticket, progress))

            return TrailEnded(ticket, backstage.trail(window, cancel, found, moved))

        self.in_background("trail", work)
        self.show_trail()

    def _stop_search(self) -> bool:
        """Stop a search under way; true where there was one."""
        if self._search is None:
            return False
        self._search.set()
        self._search = None
        return True

    def trail_back(self) -> bool:
        """One step back out of the trail; true where there was one to take."""
        if not self.trail_open:
            return False
        if self.trail_pane.is_open:
            self.trail_pane.open(False)
        elif self._search is not None and not self._search.is_set():
            self._search.set()
        else:
            self._close_trail()
        return True

    def refresh_trail(self) -> None:
        """Ask again, from the beginning."""
        self._look_up()

    def on_unmount(self) -> None:
        """Nobody wants the answer any more."""
        self._stop_search()

    def on_change_found(self, notice: ChangeFound) -> None:
        """A change was found."""
        if self.is_newest(notice):
            self._changes.append(notice.change)
            self._changes.sort(key=lambda change: change.event.at, reverse=True)
            self.show_trail()

    def on_trail_moved(self, notice: TrailMoved) -> None:
        """Another name is asked for."""
        if self.is_newest(notice):
            self._progress = notice.progress
            self.show_trail()

    def on_trail_ended(self, notice: TrailEnded) -> None:
        """Everything was asked for."""
        if self.is_newest(notice):
            self._report, self._search = notice.report, None
            self._changes = list(notice.report.changes)
            self.show_trail()

    def trail_failed(self, error: ConsoleError) -> None:
        """The search could not be made, or was stopped."""
        self._trail_error, self._search = error, None
        self.show_trail()

    def show_trail(self) -> None:
        """Draw what is held."""
        state = state_lines(
            self._changes,
            self._window,
            self._progress,
            self._report,
            self._trail_error,
            lambda text: self.shown(text, limit=500),
        )
        self.trail_pane.show_changes(self._changes, state)

    def copyable_change(self) -> Copy | None:
        """The chosen change's event id."""
        change = self.trail_pane.table.current
        return Copy("the event's id", change.event.event_id) if change else None

    def change_command(self) -> str | None:
        """The look-up of the chosen change."""
        change = self.trail_pane.table.current
        if change is None or not change.event.event_id:
            return None
        return lookup_event_command(self.pipeline, change.event.event_id)
