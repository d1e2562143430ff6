"""Doctor: why is my event missing? Checks as they answer, the root cause, one finding whole."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from console.models.finding import Finding
from console.operations.doctor.telling import as_text
from console.tui.checkup import FindingRow, Fold
from console.tui.doctor_text import cause_lines, finding_lines, fold_lines, state_lines
from console.tui.lines import Line, laid_out
from console.tui.screens.base import Copy
from console.tui.screens.doctor_typing import TypingScreen
from console.tui.widgets.findings_table import FindingsTable
from console.tui.widgets.line_input import LineInput
from console.tui.widgets.line_table import LineTable
from console.tui.widgets.sheet import Sheet
from console.tui.widgets.work_line import WorkLine
from console.tui.words import shown

_SIDE_BY_SIDE = 130
_TALL = 34


class DoctorScreen(TypingScreen):
    """Asks every check once when it is first shown, and again when told to."""

    NAME = "doctor"
    TITLE_WORDS = "Doctor"
    ABOUT = (
        "Why do events not arrive? Every check along the path of an event, side by side. On top "
        "stand the root causes with the values that prove them, what mends them and the commands "
        "for it; what follows from a root cause is told as such. What may not be read is unknown "
        "and names the permission. The doctor never receives from the source queue. It asks when "
        "this screen is first shown, and again with s or r; k asks about one object. CloudTrail "
        "answers last."
    )
    DEFAULT_CSS = """
    DoctorScreen {
        #state { height: auto; max-height: 40%; padding: 0 1; }
        #causes { height: auto; max-height: 50%; display: none; margin-top: 1;
                  border-left: thick $error; background: $surface; }
        #causes.-shown { display: block; }
        #causes:focus { border-left: thick $primary; }
        #split { height: 1fr; margin-top: 1; layout: horizontal; }
        #detail { display: none; background: $surface; border-left: tall $border; }
        #detail:focus { border-left: tall $primary; }
        #split.-wide #detail, #split.-open #detail { display: block; }
        #split.-open FindingsTable { display: none; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("s", "again", "again", tooltip="Ask every check again (also r)"),
        Binding(
            "k",
            "ask_key",
            "one key",
            priority=True,
            tooltip="Ask about one object; empty: about all",
        ),
        Binding("f", "repair", "repair", tooltip="Show what would mend it, ask, then change it"),
        Binding("b", "backfill", "backfill", tooltip="Send the event of the object asked about"),
        Binding("enter", "detail", "detail", tooltip="Show the chosen finding whole"),
        Binding("a", "all", "all", tooltip="List what passed as well, or fold it"),
        Binding("o", "simulate", "try a key", tooltip="Would a key fire? Every rule answers"),
        Binding(
            "t", "trace", "trace", show=False, tooltip="Follow the one object that is asked about"
        ),
        Binding(
            "slash", "filter", "filter", key_display="/", priority=True, tooltip="Filter findings"
        ),
        Binding("escape", "back", "back", key_display="esc", tooltip="Close, stop, go back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._whole = False

    def compose_body(self) -> ComposeResult:
        """How it stands, the root causes, the findings beside or under the chosen one."""
        yield Static(id="state", markup=False)
        yield WorkLine()
        yield Sheet(id="causes")
        with Container(id="split"):
            yield FindingsTable()
            yield Sheet(id="detail")
        yield LineInput(id="key", placeholder="key of an object as it is in S3; empty: all")
        yield LineInput(id="filter", placeholder="filter: part of a finding's name or text")

    @property
    def table(self) -> FindingsTable:
        """The findings."""
        return self.query_one(FindingsTable)

    def on_built(self) -> None:
        """Ask, unless a command asks about a key at once."""
        self._arrange()
        self.table.focus()
        self.set_interval(0.25, self._count_seconds)
        self.call_after_refresh(self.ask_first)

    def on_resize(self, event: events.Resize) -> None:
        """Arrange for the new size."""
        if self.built:
            self._arrange()
            self.redraw()

    def _arrange(self) -> None:
        self.query_one("#split").set_class(self.size.width >= _SIDE_BY_SIDE, "-wide")

    def redraw(self) -> None:
        """Everything from what is held."""
        causes = self.checkup.causes
        sheet = self.query_one("#causes", Sheet)
        sheet.set_class(bool(causes) and not self._opened, "-shown")
        short = self.size.width - 4 if self._short else None
        sheet.show_lines(cause_lines(causes, self._show, short))
        self.table.causes = frozenset(finding.id for finding in causes)
        self.table.show_findings(self.checkup.rows(self.typed, whole=self._whole))
        self.second_passed()
        self._show_detail()

    def second_passed(self) -> None:
        """Ages and seconds move."""
        clock, checkup = self.console.backstage.clock, self.checkup
        seconds = clock.monotonic() - (checkup.began or 0.0)
        lines = state_lines(checkup, clock.now(), seconds, self._show, short=self._short)
        if self.typed:
            told = f"filter: {self._show(self.typed)}  ({len(self.table.rows)} rows)"
            lines.append(Content.styled(told, "$text-accent"))
        width = max(40, self.size.width - 2)
        self.query_one("#state", Static).update(laid_out(lines, width))

    def _count_seconds(self) -> None:
        if self.checkup.running and self.is_current:
            self.second_passed()

    def _show(self, text: str) -> str:
        return shown(self, text, limit=4000)

    def focus_reading(self) -> None:
        """The list has the keys, or the finding that fills the screen."""
        (self.query_one("#detail") if self._opened else self.table).focus()

    @property
    def _short(self) -> bool:
        return self.size.height < _TALL

    @property
    def _opened(self) -> bool:
        return self.query_one("#split").has_class("-open")

    def _show_detail(self) -> None:
        row: FindingRow | None = self.table.current
        if row is None:
            told = "No finding fits the filter." if self.typed else "The finding comes here."
            lines: list[Line] = [Content.styled(told, "$text-muted")]
        elif isinstance(row, Fold):
            lines = fold_lines(row, self._show)
        else:
            lines = finding_lines(row, self.checkup.findings, self._show)
        self.query_one("#detail", Sheet).show_lines(lines)

    def on_line_table_moved(self, event: LineTable.Moved) -> None:
        """Another finding is chosen."""
        self._show_detail()
        self.update_keys()

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """Enter on a row."""
        self.action_detail()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be done now."""
        if self.built and action in ("repair", "backfill"):
            able = self.can_mend(self._finding) if action == "repair" else self.can_backfill
            return able or None
        if action == "again" and self.checkup.running:
            return None
        return super().check_action(action, parameters)

    def action_again(self) -> None:
        """Ask every check again."""
        self.ask_again()

    def refresh_now(self) -> None:
        """The same as asking again."""
        self.ask_again()

    def action_detail(self) -> None:
        """Give the chosen finding the screen, or go back to the list."""
        split = self.query_one("#split")
        split.toggle_class("-open")
        self.focus_reading()
        self.redraw()

    def action_repair(self) -> None:
        """Mend the chosen finding."""
        if self._finding is not None:
            self.mend(self._finding)

    def action_backfill(self) -> None:
        """Send the event of the object that is asked about."""
        self.backfill()

    def action_simulate(self) -> None:
        """Open the filter simulator on the bucket's rules."""
        from console.tui.widgets.filter_simulator import FilterSimulator

        inspection, queue = self.console.inspection, self.pipeline.queue
        rules = inspection.notification.value if inspection else None
        if rules is None:
            self.console.say("The bucket's rules could not be read so far.", severity="warning")
            return
        arn = queue.arn if queue else None
        self.app.push_screen(FilterSimulator(rules, self.checkup.key or "", arn))

    def action_trace(self) -> None:
        """Follow the object that is asked about."""
        from console.tui.widgets.trace_sheet import TraceSheet

        if self.checkup.key is None:
            self.console.say("Ask about one object first: k.", severity="warning")
        else:
            self.app.push_screen(TraceSheet(self.checkup.key))

    def action_all(self) -> None:
        """List what passed, or fold it."""
        self._whole = not self._whole
        self.redraw()

    def action_back(self) -> None:
        """Close what is open, take the filter away, stop what runs, else go to the overview."""
        if self.close_lines():
            return
        if self._opened:
            self.action_detail()
        elif self.typed:
            self.filter_by("")
        elif not (self.stop_asking() or self.console.cancel_work() or self.console.dismiss_work()):
            self.console.action_go("overview")

    @property
    def _finding(self) -> Finding | None:
        row: FindingRow | None = self.table.current
        return None if row is None or isinstance(row, Fold) else row

    def copyable(self) -> Copy | None:
        """The chosen finding whole, or what passed in a group."""
        row: FindingRow | None = self.table.current
        if row is None:
            return None
        if isinstance(row, Fold):
            return Copy("what passed", "".join(as_text(finding) for finding in row.passes))
        return Copy("the finding", as_text(row))

    def command_line(self) -> str | None:
        """The chosen finding's first command."""
        finding = self._finding
        return finding.commands[0] if finding and finding.commands else None
