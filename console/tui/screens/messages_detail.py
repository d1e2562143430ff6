"""The chosen message of the messages screen in detail: its body, its object as S3 has it."""

from __future__ import annotations

from textual.timer import Timer

from console.models.objectview import ObjectView
from console.tui.notices import ObjectSeen
from console.tui.screens.messages_acting import ActingScreen
from console.tui.widgets.line_table import LineTable
from console.tui.widgets.message_detail import MessageDetail


class DetailScreen(ActingScreen):
    """Follows the cursor, and asks S3 about the object of the message it rests on."""

    # How long the cursor has to rest on a message before S3 is asked about its object.
    RESTING_SECONDS = 0.25

    def __init__(self) -> None:
        super().__init__()
        self._views: dict[str, ObjectView] = {}
        self._timer: Timer | None = None

    @property
    def detail(self) -> MessageDetail:
        """The detail pane."""
        return self.query_one(MessageDetail)

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another message is chosen: show it, and its object as soon as the cursor rests."""
        self._show_detail()
        self.update_keys()
        if self._timer is not None:
            self._timer.stop()
        message = self.table.current
        if message is not None and message.event and message.message_id not in self._views:
            self._timer = self.set_timer(self.RESTING_SECONDS, self._ask_object)

    def _ask_object(self) -> None:
        message = self.table.current
        if message is None or message.event is None:
            return
        event, message_id, backstage = message.event, message.message_id, self.console.backstage
        self.in_background(
            "object",
            lambda ticket: ObjectSeen(ticket, message_id, backstage.look_at_object(event)),
        )

    def on_object_seen(self, notice: ObjectSeen) -> None:
        """S3 answered about the chosen message's object."""
        if self.is_newest(notice):
            self._views[notice.message_id] = notice.view
            self._show_detail()

    def _show_detail(self) -> None:
        message = self.table.current
        if message is None:
            self.detail.show_nothing(
                "No message matches the filter."
                if self._typed
                else "The chosen message comes here."
            )
            return
        view = self._views.get(message.message_id)
        self.detail.show_message(message, view, self.console.backstage.clock.now())

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """Enter on a row."""
        self.action_detail()

    def action_detail(self) -> None:
        """Give the detail the whole room, or take it back."""
        full = self.query_one("#split").has_class("-full")
        self._set_full(not full)

    def _set_full(self, full: bool) -> None:
        self.query_one("#split").set_class(full, "-full")
        (self.detail if full else self.table).focus()

    def action_body(self) -> None:
        """Show the body as it is, or indented."""
        self.detail.raw = not self.detail.raw
        self._show_detail()
