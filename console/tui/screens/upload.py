"""Upload test: prove the whole path end to end, each step timed."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.errors import Cancelled, ConsoleError
from console.models.upload import StepName, UploadOptions, UploadReport, UploadStep
from console.text import human_duration
from console.tui.aws_commands import head_key_command
from console.tui.lines import laid_out
from console.tui.notices import Failed, HistoryRead, StepMoved, Ticket, UploadEnded
from console.tui.screens.base import ConsoleScreen, Copy
from console.tui.upload_text import intention, option_line, result_lines, step_lines, verdict
from console.tui.widgets.line_table import Cell, Column, LineTable
from console.tui.words import day_time

_TIMEOUTS = (30.0, 60.0, 120.0, 300.0)
_COLUMNS = (
    Column("started", 23),
    Column("result", 9),
    Column("upload to event", 15, right=True),
    Column("conclusion"),
)


class UploadScreen(ConsoleScreen):
    """Starts a run, shows its steps as they happen, and what past runs came to."""

    NAME = "upload"
    TITLE_WORDS = "Upload test"
    ABOUT = (
        "Puts a small real MP3 into the bucket under a key of its own, waits for exactly its "
        "event on the queue, checks bucket, key, size and ETag, reads object and tags, and removes "
        "message and object. What it receives of others it holds until the end and gives back. "
        "Where a live consumer takes the event first, the run says so: that is no failure of S3, "
        "and no proof either. esc stops a run; it cleans up all the same."
    )
    DEFAULT_CSS = """
    UploadScreen {
        #intention, #options, #steps, #result { height: auto; padding: 0 1; }
        #options, #steps, #result { margin-top: 1; }
        #result { display: none; }
        #result.-shown { display: block; }
        #past { height: 1; padding: 0 1; margin-top: 1; text-style: bold; color: $text-accent; }
        LineTable { min-height: 4; }
    }
    """
    BINDINGS: ClassVar = [
        Binding(
            "s,enter", "start", "start", key_display="s", tooltip="Start the test (also enter)"
        ),
        Binding("u", "presigned", "presigned", tooltip="Upload through a presigned URL"),
        Binding("o", "keep", "keep", tooltip="Leave object and message where they are"),
        Binding("t", "timeout", "timeout", tooltip="How long to wait for the event"),
        Binding("escape", "back", "stop/back", key_display="esc", tooltip="Stop the run; go back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._options = UploadOptions()
        self._steps: dict[StepName, UploadStep] = {}
        self._step_began = 0.0
        self._under_way = False
        self._report: UploadReport | None = None
        self._error: ConsoleError | None = None
        self._past: tuple[UploadReport, ...] | None = None

    def compose_body(self) -> ComposeResult:
        """What it will do, the options, the steps, the result, past runs."""
        yield Static(id="intention", markup=False)
        yield Static(id="options", markup=False)
        yield Static(id="steps", markup=False)
        yield Static(id="result", markup=False)
        yield Static("Past runs", id="past", markup=False)
        yield LineTable[UploadReport](_COLUMNS, key=lambda report: report.key, cells=self._cells)

    def on_built(self) -> None:
        """Read the history, and let steps count their seconds."""
        self._read_history()
        self.set_interval(0.25, self._count_seconds)

    def _cells(self, report: UploadReport) -> tuple[Cell, ...]:
        state, word = verdict(report)
        seconds = report.upload_to_event_seconds
        return (
            Cell(day_time(report.started_at)),
            Cell(word, state),
            Cell(human_duration(seconds) if seconds is not None else "–"),
            Cell(self.shown(report.conclusion, limit=300)),
        )

    def _read_history(self) -> None:
        backstage = self.console.backstage
        self.in_background(
            "history", lambda ticket: HistoryRead(ticket, backstage.upload_history())
        )

    def on_history_read(self, notice: HistoryRead) -> None:
        """Past runs are known."""
        if self.is_newest(notice):
            self._past = notice.reports
            self.redraw()

    def redraw(self) -> None:
        """Everything from what is held."""
        self.query_one("#intention", Static).update(
            Content("\n").join(intention(self.pipeline, self._options, self.shown))
        )
        self.query_one("#options", Static).update(self._option_text())
        self._show_steps()
        self._show_result()
        past = self._past
        title = "Past runs" if past else "No past runs in the journal"
        self.query_one("#past", Static).update("Past runs: reading…" if past is None else title)
        self.query_one(LineTable).show_rows(past or ())

    def _option_text(self) -> Content:
        if self.pipeline.mode.read_only:
            told = (
                "Off: read-only, and the upload test writes (run without --read-only, or --write)."
            )
            return Content.styled(told, "$text-warning")
        if self.pipeline.bucket is None or self.pipeline.queue is None:
            return Content.styled("Off: it needs a bucket and a queue.", "$text-warning")
        return option_line(self._options)

    def _show_steps(self) -> None:
        now = self.console.backstage.clock.monotonic()
        lines = step_lines(self._steps, now - self._step_began, self.shown)
        width = max(40, self.size.width - 2)
        self.query_one("#steps", Static).update(laid_out(lines, width))

    def _show_result(self) -> None:
        panel = self.query_one("#result", Static)
        panel.set_class(self._report is not None or self._error is not None, "-shown")
        if self._report is not None:
            width = max(40, self.size.width - 2)
            panel.update(laid_out(result_lines(self._report, self.shown), width))
        elif self._error is not None:
            error = self._error
            told = " ".join(part for part in (error.sentence, error.remedy) if part)
            style = "$text-warning" if isinstance(error, Cancelled) else "$text-error"
            panel.update(
                Content.assemble(
                    (f"{self.shown(error.title)}: ", f"bold {style}"), self.shown(told)
                )
            )

    def _count_seconds(self) -> None:
        if self._under_way and self.is_current:
            self._show_steps()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A run needs bucket, queue and write mode, and one runs at a time."""
        if action not in ("start", "presigned", "keep", "timeout") or not self.built:
            return super().check_action(action, parameters)
        pipeline = self.pipeline
        able = pipeline.bucket is not None and pipeline.queue is not None
        return True if able and not pipeline.mode.read_only and not self._under_way else None

    def action_start(self) -> None:
        """Start; in production the queue's name has to be typed."""
        if self.console.operation is not None:
            self.console.say("Another operation is running.", severity="warning")
            return
        if not self.pipeline.mode.production:
            self._start()
            return
        from console.tui.widgets.type_name import TypeName

        queue = self.pipeline.queue
        assert queue is not None
        text = (
            f"This uploads 1 object to {self.pipeline.bucket} and receives from {queue.name}, "
            "in production. Foreign messages lose at most one attempt each."
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self._start()

        self.app.push_screen(TypeName("Upload test in production", text, queue.name), answered)

    def _start(self) -> None:
        self._steps, self._report, self._error = {}, None, None
        self._under_way = True
        self._step_began = self.console.backstage.clock.monotonic()
        options, backstage = self._options, self.console.backstage
        cancel = self.console.begin_operation("An upload test")

        def work(ticket: Ticket) -> Message:
            def moved(step: UploadStep) -> None:
                self.console.tell(self, StepMoved(ticket, step))

            return UploadEnded(ticket, backstage.upload_test(options, cancel, moved))

        self.in_background("run", work)
        self.redraw()
        self.update_keys()

    def on_step_moved(self, notice: StepMoved) -> None:
        """A step began or ended."""
        if self.is_newest(notice):
            self._steps[notice.step.name] = notice.step
            if notice.step.status == "running":
                self._step_began = self.console.backstage.clock.monotonic()
            self._show_steps()

    def on_upload_ended(self, notice: UploadEnded) -> None:
        """The run is over."""
        if self.is_newest(notice):
            self._report = notice.report
            self._steps = {step.name: step for step in notice.report.steps}
            self._over()

    def on_failed(self, notice: Failed) -> None:
        """The run could not be made, was stopped, or the history could not be read."""
        if not self.is_newest(notice):
            return
        if notice.ticket.group == "history":
            self._past = ()
            self.console.say(self.shown(notice.error.sentence, limit=400), severity="error")
            self.redraw()
            return
        self._error = notice.error
        self._over()

    def _over(self) -> None:
        self._under_way = False
        self.console.end_operation()
        self._read_history()
        self.redraw()
        self.update_keys()

    def action_presigned(self) -> None:
        """Through a presigned URL, or not."""
        self._change(replace(self._options, presigned=not self._options.presigned))

    def action_keep(self) -> None:
        """Leave what was made, or not."""
        self._change(replace(self._options, keep=not self._options.keep))

    def action_timeout(self) -> None:
        """The next longer timeout, then the shortest again."""
        at = _TIMEOUTS.index(self._options.timeout)
        self._change(replace(self._options, timeout=_TIMEOUTS[(at + 1) % len(_TIMEOUTS)]))

    def _change(self, options: UploadOptions) -> None:
        self._options = options
        self.redraw()

    def action_back(self) -> None:
        """Stop the run, else go to the overview."""
        if self._under_way and self.console.operation is not None:
            self.console.operation[1].set()
            self.console.say("Stopping the upload test and cleaning up…")
        else:
            self.console.action_go("overview")

    def on_line_table_opened(self, event: LineTable.Opened) -> None:
        """Enter on a past run shows its steps."""
        report: UploadReport | None = self.query_one(LineTable).current
        if report is not None and not self._under_way:
            self._report, self._error = report, None
            self._steps = {step.name: step for step in report.steps}
            self.redraw()

    def refresh_now(self) -> None:
        """Read the history again."""
        self._read_history()

    def copyable(self) -> Copy | None:
        """The key of the run that is shown, else of the chosen past run."""
        report = self._report or self.query_one(LineTable).current
        return Copy("the test object's key", report.key) if report else None

    def command_line(self) -> str | None:
        """HEAD of that object."""
        report = self._report or self.query_one(LineTable).current
        return head_key_command(self.pipeline, report.bucket, report.key) if report else None
