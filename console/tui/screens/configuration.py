"""Configuration: rules, policy, encryption; expected beside actual."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content

from console.models.inspection import Inspection
from console.tui.aws_commands import notification_command, queue_attributes_command
from console.tui.configuration_text import (
    expectation_lines,
    failure,
    policy_lines,
    queue_lines,
    read_line,
    rule_lines,
)
from console.tui.lines import Line
from console.tui.screens.base import ConsoleScreen, Copy
from console.tui.widgets.sheet import Sheet
from console.tui.words import shown

_SIDE_BY_SIDE = 130


class ConfigurationScreen(ConsoleScreen):
    """The pipeline's configuration as it is now, beside what is expected of it."""

    NAME = "configuration"
    TITLE_WORDS = "Configuration"
    ABOUT = (
        "What the bucket's notification configuration, the queue and its policy say now. On top "
        "stands whether that is what this pipeline expects: events, prefix and suffix as named by "
        "flags or config.toml, and this queue as destination. What could not be read says which "
        "permission is missing; the rest is shown all the same."
    )
    DEFAULT_CSS = """
    ConfigurationScreen {
        #split { height: 1fr; layout: vertical; }
        #split.-wide { layout: horizontal; }
        #right { display: none; }
        #split.-wide #right { display: block; }
    }
    """

    BINDINGS: ClassVar = [
        Binding("escape", "back", "back", key_display="esc", tooltip="Go back to the overview")
    ]

    def compose_body(self) -> ComposeResult:
        """Two sheets side by side where there is room, else one."""
        with Container(id="split"):
            yield Sheet(id="left")
            yield Sheet(id="right")

    def on_built(self) -> None:
        """Arrange and take the focus."""
        self.query_one("#left", Sheet).focus()

    def on_resize(self) -> None:
        """Arrange for the new size."""
        if self.built:
            self.redraw()

    def redraw(self) -> None:
        """From the newest inspection, or why there is none."""
        wide = self.size.width >= _SIDE_BY_SIDE
        self.query_one("#split").set_class(wide, "-wide")
        inspection, error = self.console.inspection, self.console.inspection_error
        if inspection is not None:
            left, right = self._lines(inspection)
        elif error is not None:
            left, right = failure(error, self.shown), []
        else:
            left, right = [Content.styled("Reading the configuration…", "$text-muted")], []
        if not wide:
            left, right = [*left, Content(""), *right], []
        self.query_one("#left", Sheet).show_lines(left)
        self.query_one("#right", Sheet).show_lines(right)

    def _lines(self, inspection: Inspection) -> tuple[list[Line], list[Line]]:
        pipeline = self.pipeline
        now = self.console.backstage.clock.now()
        queue_name = self.shown(pipeline.queue.name) if pipeline.queue else "not known"
        dlq_name = self.shown(pipeline.dlq.name) if pipeline.dlq else "none"
        no_queue = pipeline.why_unknown("queue") or "No queue was named or found."
        no_dlq = pipeline.why_unknown("dlq") or "This pipeline has no DLQ."
        blank = [Content("")]
        left: list[Line] = [
            *expectation_lines(pipeline, inspection, self.shown),
            *blank,
            *rule_lines(pipeline, inspection, self.shown),
            *blank,
            *queue_lines(f"Queue {queue_name}", inspection.queue, self.shown, no_queue),
            *blank,
            read_line(inspection, now),
        ]
        right: list[Line] = [
            *policy_lines(
                inspection.policy,
                inspection.policy_error,
                inspection.queue.value is not None,
                lambda text: shown(self, text, newlines=True),
            ),
            *blank,
            *queue_lines(f"DLQ {dlq_name}", inspection.dlq, self.shown, no_dlq),
        ]
        return left, right

    def show_inspection(self) -> None:
        """It was read again."""
        self.redraw()

    def action_back(self) -> None:
        """Go back to the overview."""
        self.console.action_go("overview")

    def copyable(self) -> Copy | None:
        """The queue policy as it is."""
        inspection = self.console.inspection
        if inspection is not None and inspection.queue.value and inspection.queue.value.policy:
            return Copy("the queue policy", inspection.queue.value.policy)
        return Copy("the queue's ARN", self.pipeline.queue.arn) if self.pipeline.queue else None

    def command_line(self) -> str | None:
        """How aws shows the notification configuration, or the queue's attributes."""
        if self.pipeline.bucket is not None:
            return notification_command(self.pipeline, self.pipeline.bucket)
        queue = self.pipeline.queue
        return queue_attributes_command(self.pipeline, queue) if queue else None
