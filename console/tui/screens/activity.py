"""Activity: what the console did, from its journal."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from console.errors import ConsoleError
from console.journal.log import EntryRecord, OperationRecord
from console.models.move_task import MoveTask
from console.tui.actions import Restore, Resume
from console.tui.activity_choices import (
    can_resume,
    can_take_back,
    elsewhere,
    resume_question,
    undo_id,
    undo_question,
)
from console.tui.activity_text import move_task_lines, state_style, summary_words
from console.tui.aws_commands import operation_command
from console.tui.configuration_text import failure
from console.tui.lines import laid_out
from console.tui.notices import EntriesRead, Failed, MoveTasksRead, OperationsRead, Ticket
from console.tui.screens.activity_trail import TrailScreen
from console.tui.screens.base import Copy
from console.tui.screens.repairing import REPAIR_GROUPS, RepairingScreen
from console.tui.widgets.line_table import Cell, Column, LineTable
from console.tui.widgets.operation_detail import OperationDetail
from console.tui.widgets.trail_pane import TrailPane
from console.tui.widgets.type_name import asking
from console.tui.widgets.work_line import WorkLine
from console.tui.words import day_time

_EVERY_SECONDS = 5
_COLUMNS = (
    Column("started", 23),
    Column("what", 12),
    Column("state", 13),
    Column("summary"),
)


class ActivityScreen(TrailScreen, RepairingScreen):
    """The journal's operations, newest first, the entries of one, and SQS's own move tasks."""

    NAME = "activity"
    TITLE_WORDS = "Activity"
    ABOUT = (
        "Every change is written to the journal before it is made, and its outcome after. An "
        "operation whose process was killed says killed: c finishes it. u brings back what a "
        "delete took, and takes a repair back. enter shows what came of every message, what did "
        "not go well first. An entry without an outcome is one of which it is not known whether "
        "it happened. What was done to another pipeline's queue names that queue, and is undone "
        "or continued there. Move tasks that SQS runs on the DLQ are shown above, whoever started "
        "them; event-console redrive cancel stops one. t asks CloudTrail who changed bucket, "
        "queues and key: w looks further back there, enter shows what one change was."
    )
    DEFAULT_CSS = """
    ActivityScreen {
        #state { height: auto; padding: 0 1; display: none; }
        #state.-shown { display: block; }
        #split { height: 1fr; layout: vertical; }
        #moves { height: auto; max-height: 3; padding: 0 1; display: none; }
        #moves.-shown { display: block; }
        #split.-wide { layout: horizontal; }
        #split OperationDetail { display: none; }
        #split.-open OperationDetail, #split.-wide OperationDetail { display: block; }
        #split.-open #operations { display: none; }
        #split.-wide #operations { display: block; width: 3fr; }
        #split.-wide OperationDetail { width: 4fr; }
        &.-trail #state, &.-trail #split { display: none; }
        &.-trail TrailPane { display: block; }
    }
    """
    BINDINGS: ClassVar = [
        *TrailScreen.BINDINGS,
        Binding("enter", "entries", "entries", tooltip="Show what came of every message"),
        Binding("u", "undo", "undo", tooltip="Bring back what it deleted; take a repair back"),
        Binding(
            "c", "resume", "continue", tooltip="Finish an operation that was stopped or killed"
        ),
        Binding(
            "escape",
            "back",
            "back",
            key_display="esc",
            tooltip="Close the entries; stop what runs; go back",
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._operations: tuple[OperationRecord, ...] | None = None
        self._entries: tuple[EntryRecord, ...] | None = None
        self._error: ConsoleError | None = None
        self._since_read = 0
        self._alive: frozenset[str] = frozenset()
        self._moves: tuple[MoveTask, ...] = ()
        self._entries_of: tuple[str, bool] | None = None
        self._to_newest = False

    def compose_body(self) -> ComposeResult:
        """The table, and the entries beside or below it."""
        yield Static(id="state", markup=False)
        yield Static(id="moves", markup=False)
        yield WorkLine()
        with Container(id="split"):
            yield LineTable[OperationRecord](
                _COLUMNS, key=lambda operation: operation.id, cells=self._cells, id="operations"
            )
            yield OperationDetail()
        yield TrailPane()

    @property
    def table(self) -> LineTable[OperationRecord]:
        """The table of operations."""
        return self.query_one("#operations", LineTable)

    @property
    def detail(self) -> OperationDetail:
        """The chosen operation in full."""
        return self.query_one(OperationDetail)

    def _cells(self, operation: OperationRecord) -> tuple[Cell, ...]:
        other = elsewhere(operation, self.pipeline)
        told, state = summary_words(operation), self._state_of(operation)
        return (
            Cell(day_time(operation.started_at)),
            Cell(self.shown(operation.kind, limit=40)),
            Cell(state, state_style(operation, state)),
            Cell(self.shown(told if other is None else f"on {other}: {told}", limit=300)),
        )

    def _state_of(self, operation: OperationRecord) -> str:
        return operation.state_now(alive=operation.id in self._alive)

    def on_built(self) -> None:
        """Arrange and read."""
        self.table.focus()
        self._arrange()
        self._read()
        self.show_work()

    def on_resize(self, event: events.Resize) -> None:
        """Arrange for the new size."""
        if self.built:
            self._arrange()

    def _arrange(self) -> None:
        self.query_one("#split").set_class(self.size.width >= 150, "-wide")

    def _read(self) -> None:
        self._since_read = 0
        backstage = self.console.backstage

        def read(ticket: Ticket) -> OperationsRead:
            operations = backstage.operations()
            running = (o.id for o in operations if o.state == "running")
            return OperationsRead(ticket, operations, frozenset(filter(backstage.alive, running)))

        self.in_background("operations", read)
        dlq = self.pipeline.dlq
        if dlq is not None:
            self.in_background(
                "moves", lambda ticket: MoveTasksRead(ticket, backstage.move_tasks(dlq))
            )

    def second_passed(self) -> None:
        """Read again every few seconds."""
        self._since_read += 1
        if self._since_read >= _EVERY_SECONDS:
            self._read()

    def refresh_now(self) -> None:
        """Read again now."""
        if self.trail_open:
            self.refresh_trail()
        self._read()

    def on_screen_resume(self) -> None:
        """Read at once when one comes back; who has just done something finds that chosen."""
        self._to_newest = self.console.work is not None and self.console.work.over
        if self.built:
            self._read()
            self.show_work()

    def show_work(self) -> None:
        """The action under way, or how the last one ended."""
        work = self.console.work
        self.query_one(WorkLine).show_work(work)
        if work is not None and work.over:
            self._read()
        self.update_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo and continue need an operation that allows it, and a mode that writes."""
        if not self.built or action not in ("undo", "resume"):
            return super().check_action(action, parameters)
        operation = self.table.current
        free = self.console.operation is None and not self.pipeline.mode.read_only
        free = free and not self.trail_open
        if operation is None or not free or elsewhere(operation, self.pipeline) is not None:
            return None
        state = self._state_of(operation)
        if action == "undo":
            able = undo_id(operation, state) is not None or can_take_back(operation, state)
            return able or None
        return can_resume(operation, state) or None

    def action_undo(self) -> None:
        """Bring back what the chosen operation deleted."""
        operation = self.table.current
        if operation is None:
            return
        backstage, identifier = self.console.backstage, operation.id
        if can_take_back(operation, self._state_of(operation)):
            self.plan_change(lambda: backstage.plan_undo(identifier))
            return
        taken = undo_id(operation, self._state_of(operation))
        if taken is not None:
            self._ask("Undo?", undo_question(operation), "Restore", Restore(taken))

    def action_resume(self) -> None:
        """Finish the chosen operation."""
        operation = self.table.current
        if operation is not None:
            question = resume_question(operation, self._state_of(operation))
            self._ask("Continue?", question, "Continue", Resume(operation.id))

    def _ask(self, title: str, text: str, yes: str, action: Restore | Resume) -> None:
        pipeline = self.pipeline
        queue = pipeline.dlq or pipeline.queue
        name = queue.name if queue is not None and pipeline.mode.production else None

        def answered(go: bool | None) -> None:
            if go and self.console.operation is None:
                self.console.start_work(action)

        self.app.push_screen(asking(title, text, yes, name), answered)

    def on_operations_read(self, notice: OperationsRead) -> None:
        """The journal was read."""
        if self.is_newest(notice):
            self._operations, self._error = notice.operations, None
            self._alive = notice.alive
            self.redraw()
            if self._to_newest:
                self._to_newest = False
                self.table.action_jump(0)
            self._read_entries()

    def on_failed(self, notice: Failed) -> None:
        """The journal could not be read; what was read before stays."""
        if self.is_newest(notice) and notice.ticket.group == "moves":
            self._moves = ()
            self._show_moves(self.shown(f"Move tasks: unknown. {notice.error.sentence}", limit=300))
        elif self.is_newest(notice) and notice.ticket.group == "trail":
            self.trail_failed(notice.error)
        elif self.is_newest(notice) and notice.ticket.group not in REPAIR_GROUPS:
            self._error = notice.error
            self.redraw()

    def changed(self) -> None:
        """The journal has an operation more."""
        self._read()

    def on_move_tasks_read(self, notice: MoveTasksRead) -> None:
        """SQS told which tasks move messages of the DLQ."""
        if self.is_newest(notice):
            self._moves = notice.tasks
            self._show_moves()

    def _show_moves(self, trouble: str | None = None) -> None:
        own = any(o.kind == "redrive" and o.state == "running" for o in self._operations or ())
        lines = move_task_lines(self._moves, self.shown, own=own)
        if trouble is not None:
            lines = [Content.styled(trouble, "$text-warning")]
        panel = self.query_one("#moves", Static)
        panel.set_class(bool(lines), "-shown")
        panel.update(Content("\n").join(lines))

    def redraw(self) -> None:
        """Table, state and entries from what is held."""
        state = self._state()
        panel = self.query_one("#state", Static)
        panel.set_class(state is not None, "-shown")
        if state is not None:
            panel.update(state)
        self.table.show_rows(self._operations or ())
        self._show_entries()
        self.show_trail()

    def _state(self) -> Content | None:
        if self._error is not None:
            return laid_out(failure(self._error, self.shown), self.size.width - 2)
        if self._operations is None:
            return Content.styled("Reading the journal…", "$text-muted")
        if not self._operations:
            told = "Nothing done yet. Peeks and upload tests are written here."
            return Content.styled(told, "$text-muted")
        return None

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another operation is chosen."""
        self._entries = self._entries_of = None
        self._show_entries()
        self._read_entries()
        self.update_keys()

    def _read_entries(self) -> None:
        """Read them where they are seen and may have changed: there may be many thousands."""
        operation = self.table.current
        if operation is None or not self._entries_seen:
            return
        over = operation.ended_at is not None
        if self._entries_of == (operation.id, over) and over:
            return
        self._entries_of = operation.id, over
        backstage, identifier = self.console.backstage, operation.id
        self.in_background(
            "entries", lambda ticket: EntriesRead(ticket, backstage.entries(identifier))
        )

    @property
    def _entries_seen(self) -> bool:
        split = self.query_one("#split")
        return split.has_class("-open") or split.has_class("-wide")

    def on_entries_read(self, notice: EntriesRead) -> None:
        """The chosen operation's entries are known."""
        if self.is_newest(notice):
            self._entries = notice.entries
            self._show_entries()

    def _show_entries(self) -> None:
        operation = self.table.current
        state = "" if operation is None else self._state_of(operation)
        self.detail.show_operation(operation, state, self._entries)

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """Enter on a row."""
        self.action_entries()

    def action_entries(self) -> None:
        """Show the entries of the chosen operation, or go back to the operations."""
        if self.trail_open:
            self.trail_pane.open(not self.trail_pane.is_open)
            return
        split = self.query_one("#split")
        split.toggle_class("-open")
        self._read_entries()
        opened = split.has_class("-open")
        (self.detail.entries_table if opened else self.table).focus()

    def action_back(self) -> None:
        """Close the entries, else go to the overview."""
        split = self.query_one("#split")
        if self.trail_back():
            return
        if split.has_class("-open"):
            split.remove_class("-open")
            self.table.focus()
        elif self.console.cancel_work() or self.console.dismiss_work():
            self.update_keys()
        else:
            self.console.action_go("overview")

    def focus_journal(self) -> None:
        """The operations have the room again."""
        self.table.focus()

    def copyable(self) -> Copy | None:
        """The operation's id, or the change's."""
        if self.trail_open:
            return self.copyable_change()
        operation = self.table.current
        return Copy("the operation's id", operation.id) if operation else None

    def command_line(self) -> str | None:
        """The chosen operation or change as an aws command, where there is one."""
        if self.trail_open:
            return self.change_command()
        operation = self.table.current
        return operation_command(self.pipeline, operation) if operation else None
