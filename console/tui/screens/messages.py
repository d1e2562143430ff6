"""Messages: look into queue and DLQ without harming them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Input, Static

from console.models.status import StatusSnapshot
from console.tui.aws_commands import head_object_command, receive_command
from console.tui.exporting import export_lines
from console.tui.files import default_name, save_lines
from console.tui.screens.base import Copy
from console.tui.screens.messages_detail import DetailScreen
from console.tui.screens.messages_peek import Which
from console.tui.widgets.line_input import LineInput
from console.tui.widgets.message_detail import MessageDetail
from console.tui.widgets.message_table import MessageTable
from console.tui.widgets.peek_lines import (
    Filtered,
    Tab,
    cost_line,
    tab_line,
    told_line,
    warning_text,
)
from console.tui.widgets.work_line import WorkLine

_SIDE_BY_SIDE = 140


class MessagesScreen(DetailScreen):
    """The table of one queue's messages and the chosen message in detail."""

    NAME = "messages"
    TITLE_WORDS = "Messages"
    ABOUT = (
        "SQS has no way to look without touching: a peek receives messages, which costs each of "
        "them one attempt, and gives them back. The line above the table says what that costs "
        "before you ask for it. Where it could take somebody's last attempt, it is withheld. On "
        "a queue with live consumers nothing is hidden for longer than 5 s, so a deep queue is "
        "read in part. The list stays as it was read: messages may have gone since. A filter is "
        "plain text, or a regular expression between slashes, over key, body and attributes."
    )
    DEFAULT_CSS = """
    MessagesScreen {
        #tabs, #told { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        #cost { height: auto; max-height: 2; padding: 0 1; }
        #warning { display: none; height: auto; max-height: 6; padding: 0 1;
                   background: $warning 12%; }
        #warning.-shown { display: block; }
        #split { height: 1fr; layout: vertical; }
        #split.-wide { layout: horizontal; }
        #split MessageDetail { height: 1fr; }
        #split.-wide MessageTable { width: 3fr; }
        #split.-wide MessageDetail { width: 2fr; }
        #split.-full MessageTable { display: none; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("g", "peek(10)", "peek", tooltip="Read 10 messages (costs each an attempt)"),
        Binding("G", "peek_all", "pass", tooltip="Read every message once"),
        Binding("d", "switch", "switch", tooltip="Change between queue and DLQ"),
        Binding(
            "slash",
            "filter",
            "filter",
            key_display="/",
            priority=True,
            tooltip="Filter what was read",
        ),
        Binding("space", "mark", "mark", tooltip="Mark the message"),
        Binding("R", "redrive", "redrive", tooltip="Move the chosen messages back"),
        Binding("D", "delete_chosen", "delete", tooltip="Delete the chosen messages; undo: u in 6"),
        Binding("f", "process_chosen", "process", tooltip="Run a handler over the chosen messages"),
        Binding("a", "mark_all", "all", tooltip="Mark all that is shown, or none"),
        Binding("h", "hold", "hold", tooltip="Keep what the next peek reads, until released"),
        Binding("x", "release", "release", tooltip="Give held messages back: marked ones or all"),
        Binding(
            "e",
            "export",
            "export",
            priority=True,
            tooltip="Write marked or shown messages to a file",
        ),
        Binding("b", "body", "body", tooltip="Show the body as it is, or indented"),
        Binding("enter", "detail", "detail", tooltip="Give the detail the whole screen"),
        Binding(
            "ctrl+g", "spend", "spend", key_display="^g", tooltip="Peek though last attempts go"
        ),
        Binding(
            "ctrl+r",
            "redrive_all",
            "redrive all",
            key_display="^r",
            tooltip="Move everything of the DLQ back",
        ),
        Binding(
            "ctrl+d",
            "purge",
            "purge",
            key_display="^d",
            tooltip="Destroy everything in the queue, after copying what is visible",
        ),
        Binding("escape", "back", "back", show=False, tooltip="Close, stop what runs, go back"),
    ]

    def compose_body(self) -> ComposeResult:
        """Tabs, cost, warning, table beside or above the detail, filter line."""
        yield Static(id="tabs", markup=False)
        yield Static(id="cost", markup=False)
        yield Static(id="warning", markup=False)
        yield WorkLine()
        with Container(id="split"):
            yield MessageTable()
            yield MessageDetail()
        yield Static(id="told", markup=False)
        yield LineInput(id="filter", placeholder="filter: text, or /regular expression/")
        yield LineInput(id="export", placeholder="file to write")
        yield LineInput(
            id="handler", placeholder="inspect, command:PROGRAM ARGUMENTS, python:module:function"
        )

    def on_screen_resume(self) -> None:
        """What was done meanwhile from another screen."""
        if self.built:
            self.show_work()

    def on_built(self) -> None:
        """Choose a queue that exists, and work out what a peek would cost."""
        if self.pipeline.queue is None and self.pipeline.dlq is not None:
            self._which = "dlq"
        self._arrange()
        self.table.focus()
        self._show_reading()

    def on_resize(self, event: events.Resize) -> None:
        """Side by side where there is room."""
        if self.built:
            self._arrange()

    def _arrange(self) -> None:
        self.query_one("#split").set_class(self.size.width >= _SIDE_BY_SIDE, "-wide")

    def choose_queue(self, which: Which) -> None:
        """Show the other queue, or this one again."""
        self._which = which
        self.table.marked.clear()
        self._show_reading()

    def _show_reading(self) -> None:
        self.table.reading = self.reading
        self._filter_anew()
        self._plan()
        self.redraw()
        self.update_keys()

    def redraw(self) -> None:
        """Rows, lines and detail from what is held."""
        self._show_rows()
        self.second_passed()
        self._show_detail()

    def show_snapshot(self, snapshot: StatusSnapshot) -> None:
        """Counts in the tabs move."""
        self.second_passed()

    def second_passed(self) -> None:
        """Ages, countdowns and leases move."""
        now = self.console.backstage.clock.now()
        self.reading.see_leases(self.console.leases())
        self.table.now = now
        self.table.refresh()
        self.query_one("#tabs", Static).update(
            tab_line(self, self._tabs(), max(20, self.size.width - 2))
        )
        self.query_one("#cost", Static).update(self._cost())
        self.query_one("#told", Static).update(
            told_line(self.reading, self.pipeline.mode, self._filtered(), now)
        )
        warning = warning_text(self, self.reading)
        panel = self.query_one("#warning", Static)
        panel.set_class(warning is not None, "-shown")
        if warning is not None:
            panel.update(warning)

    def _filtered(self) -> Filtered | None:
        return Filtered(len(self.table.rows), self.unsettled) if self._typed else None

    def _cost(self) -> Content:
        if self.queue is None:
            field = "queue" if self._which == "queue" else "dlq"
            none = "This pipeline has no DLQ." if field == "dlq" else "No queue is known."
            why = self.pipeline.why_unknown(field) or none
            return Content.styled(self.shown(why), "$text-warning")
        return cost_line(self, self.reading, self.pipeline.mode, hold=self._hold)

    def _tabs(self) -> tuple[Tab, ...]:
        snapshot, pipeline = self.console.snapshot, self.pipeline
        return (
            Tab(
                "queue", "queue", pipeline.queue, snapshot.queue if snapshot else None,
                self._which == "queue",
            ),
            Tab(
                "dlq", "DLQ", pipeline.dlq, snapshot.dlq if snapshot else None,
                self._which == "dlq",
            ),
        )  # fmt: skip

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What opens a line to type into has its key before all others, but not in such a line."""
        if action in ("filter", "export", "process_chosen") and isinstance(self.focused, LineInput):
            return None
        return super().check_action(action, parameters)

    def on_descendant_blur(self) -> None:
        """Typing may be over: its keys are keys again."""
        self.update_keys()

    def action_switch(self) -> None:
        """Show the other queue."""
        self.choose_queue("dlq" if self._which == "queue" else "queue")

    def action_choose(self, which: Which) -> None:
        """Show the queue that was clicked."""
        if which == "queue" or self.pipeline.dlq is not None:
            self.choose_queue(which)

    def refresh_now(self) -> None:
        """Work out the cost again, and ask for the chosen object again."""
        self._plan()
        self._views.clear()
        self._ask_object()
        self._show_detail()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter takes the filter, or writes the file."""
        line = event.input
        if line.id == "export":
            self._export(event.value)
        if isinstance(line, LineInput) and not (line.id == "filter" and event.value):
            line.close()
        self.table.focus()

    def action_export(self) -> None:
        """Ask for a file's name; the default can be taken as it is."""
        if not self.table.rows:
            self.console.say("There is nothing to export: peek first.", severity="warning")
            return
        if self.say_unsettled():
            return
        now = self.console.backstage.clock.now()
        self.query_one("#export", LineInput).open(default_name("messages", "jsonl", now))

    def _export(self, name: str) -> None:
        marked = self.table.marked
        messages = [m for m in self.table.rows if m.message_id in marked] or list(self.table.rows)
        if name.strip():
            self.console.run_job(
                "export",
                lambda: save_lines(Path(name.strip()), export_lines(messages)),
                self.console,
            )

    def action_back(self) -> None:
        """Close what is open; else stop the peek; else go to the overview."""
        for line in self.query(LineInput):
            if line.is_open:
                self._close_line(line)
                return
        if self.query_one("#split").has_class("-full"):
            self._set_full(False)
        elif self._peeking is not None and self.console.operation is not None:
            self.console.operation[1].set()
        elif self.console.cancel_work() or self.console.dismiss_work():
            self.update_keys()
        else:
            self.console.action_go("overview")

    def _close_line(self, line: LineInput) -> None:
        if line.id == "filter":
            line.value = ""
        line.close()
        self.table.focus()

    def copyable(self) -> Copy | None:
        """The key of the chosen message, or its body where the detail has the room."""
        message = self.table.current
        if message is None:
            return Copy("the queue's URL", self.queue.url) if self.queue else None
        if self.detail.has_focus or message.event is None:
            return Copy("the message's body", message.body)
        return Copy("the object's key", message.event.key)

    def command_line(self) -> str | None:
        """HEAD of the chosen message's object, else the receive that a peek makes."""
        message = self.table.current
        if message is not None and message.event is not None:
            return head_object_command(self.pipeline, message.event)
        return receive_command(self.pipeline, self.queue, 5) if self.queue else None
