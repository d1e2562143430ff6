"""Overview: does it work, where does it stop, and since when."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Grid, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.models.status import StatusSnapshot
from console.tui.aws_commands import queue_attributes_command
from console.tui.charts import charts
from console.tui.joints import joints
from console.tui.screens.base import ConsoleScreen, Copy
from console.tui.widgets.chart import Chart
from console.tui.widgets.figures import Alarms, Figures
from console.tui.widgets.flow import Flow

_GRID_WIDTH = 110
_GRID_HEIGHT = 34
_HINT = Content.styled("  ✗ Something is broken: 4 asks the doctor for the cause", "$text-error")


class OverviewScreen(ConsoleScreen):
    """Bucket, rule, queue, consumers and DLQ with figures, charts and alarms."""

    NAME = "overview"
    TITLE_WORDS = "Overview"
    ABOUT = (
        "The way of an event from bucket to DLQ. Each joint says whether it works: ✓ works, "
        "! wants attention, ✗ broken, ? not known. Counts come from SQS and are live but "
        "approximate; rates, ages, charts and alarms come from CloudWatch and lag by a minute "
        "or more. Rates are averages over CloudWatch's last five minutes, and the forecast "
        "supposes that they stay. A chart's gaps are minutes without a data point."
    )
    DEFAULT_CSS = """
    OverviewScreen {
        #hint { height: 1; padding: 0 1; }
        #charts { grid-size: 1; width: 100%; height: 1fr; min-height: 5; margin-top: 1; }
        #charts.-grid { grid-size: 2; grid-gutter: 1 2; min-height: 16; }
        #charts > Chart { display: none; }
        #charts > Chart.-current, #charts.-grid > Chart { display: block; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("c", "next_chart", "next chart", tooltip="Show the next chart (small screens)"),
        Binding("d", "dlq", "look into DLQ", tooltip="Open the messages of the DLQ"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._current = 0

    def compose_body(self) -> ComposeResult:
        """Flow, figures, alarms, charts."""
        with VerticalScroll(id="overview", can_focus=False):
            yield Flow()
            yield Static(_HINT, id="hint")
            yield Figures()
            yield Alarms()
            with Grid(id="charts"):
                for number in range(4):
                    yield Chart(id=f"chart-{number}")

    def on_built(self) -> None:
        """Choose one chart or the grid."""
        self._arrange()

    def on_resize(self, event: events.Resize) -> None:
        """Choose anew for the new size."""
        if self.built:
            self._arrange()
            self.redraw()

    @property
    def _in_grid(self) -> bool:
        return self.size.width >= _GRID_WIDTH and self.size.height >= _GRID_HEIGHT

    def _arrange(self) -> None:
        self.query_one("#charts").set_class(self._in_grid, "-grid")
        for number, chart in enumerate(self.query(Chart)):
            chart.set_class(number == self._current, "-current")
        self.update_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The next chart is only a question where one is shown at a time."""
        if action == "next_chart" and self._in_grid:
            return False
        if action == "dlq" and self.built and self.pipeline.dlq is None:
            return None
        return super().check_action(action, parameters)

    def redraw(self) -> None:
        """Everything from the newest snapshot and inspection."""
        console, now = self.console, self.console.backstage.clock.now()
        stations = joints(self.pipeline, console.snapshot, console.inspection)
        self.query_one(Flow).show_joints(stations)
        self.query_one("#hint").display = any(j.state == "bad" for j in stations[:-1])
        self.query_one("#charts").display = self.pipeline.queue is not None
        if console.snapshot is not None:
            data = charts(console.snapshot, now)
            for chart, what in zip(self.query(Chart), data, strict=True):
                chart.show_data(what)
        self.second_passed()

    def show_snapshot(self, snapshot: StatusSnapshot) -> None:
        """A poll came back."""
        self.redraw()

    def show_inspection(self) -> None:
        """The rule's joint may have changed."""
        self.redraw()

    def second_passed(self) -> None:
        """Ages move."""
        console, now = self.console, self.console.backstage.clock.now()
        known = self.pipeline.queue is not None or self.pipeline.dlq is not None
        self.query_one(Alarms).display = known
        if not known:
            told = (
                "Counts, rates and alarms need the queue, which is not known: name it with --queue."
            )
            self.query_one(Figures).show_nothing(told)
            return
        self.query_one(Figures).show_snapshot(console.snapshot, now)
        alarms = console.snapshot.alarms if console.snapshot else None
        most = 6 if self._in_grid else 1 if self.size.height < 30 else 3
        self.query_one(Alarms).show_alarms(alarms, now, most)

    def action_next_chart(self) -> None:
        """Show the next chart."""
        self._current = (self._current + 1) % 4
        self._arrange()
        self.redraw()

    def action_dlq(self) -> None:
        """Open the messages of the DLQ."""
        from console.tui.commands import open_messages

        open_messages(self.console, "dlq")

    def copyable(self) -> Copy | None:
        """The queue's URL, or the bucket."""
        if self.pipeline.queue is not None:
            return Copy("the queue's URL", self.pipeline.queue.url)
        return Copy("the bucket's name", self.pipeline.bucket) if self.pipeline.bucket else None

    def command_line(self) -> str | None:
        """How aws shows the queue's counts."""
        queue = self.pipeline.queue
        return queue_attributes_command(self.pipeline, queue) if queue else None
