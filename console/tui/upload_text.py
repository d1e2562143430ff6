"""An upload test as text: what it will do, its steps, its conclusion. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.content import Content

from console.models.pipeline import Pipeline
from console.models.upload import STEPS, StepName, UploadOptions, UploadReport, UploadStep
from console.text import human_duration
from console.tui.lines import Line, Row, row
from console.tui.words import State, mark

Show = Callable[[str], str]
STEP_WORDS: dict[StepName, str] = {
    "upload": "upload the object",
    "event": "wait for its event",
    "verify": "check the event",
    "read": "read object and tags",
    "clean-up": "clean up",
}
_STATES: dict[str, tuple[State, str]] = {
    "running": ("busy", "running"),
    "pass": ("ok", "pass"),
    "fail": ("bad", "fail"),
    "skipped": ("none", "skipped"),
}


def intention(pipeline: Pipeline, options: UploadOptions, show: Show) -> list[Content]:
    """What a run will do, and to what."""
    bucket = show(pipeline.bucket) if pipeline.bucket else "a bucket (none is known)"
    queue = show(pipeline.queue.name) if pipeline.queue else "a queue (none is known)"
    how = "through a presigned URL " if options.presigned else ""
    after = "leaves both in place" if options.keep else "then removes both"
    return [
        Content.assemble(
            f"Puts a small real MP3 {how}into ",
            (bucket, "bold"),
            f" under {show(options.prefix or 'event-console-test/')}, waits up to "
            f"{human_duration(options.timeout)} for its event, {after}.",
        ),
        Content.assemble(
            "It receives from ",
            (queue, "bold"),
            ": a foreign message costs that at most one attempt and 60 s of hiding.",
        ),
    ]


def option_line(options: UploadOptions) -> Content:
    """The options as toggles, with their keys."""

    def toggle(key: str, label: str, on: bool) -> Content:
        state = ("on", "bold $text-success") if on else ("off", "$text-muted")
        return Content.assemble((key, "bold $footer-key-foreground"), f" {label} ", state)

    return Content("    ").join(
        [
            toggle("u", "presigned URL", options.presigned),
            toggle("o", "keep object and message", options.keep),
            Content.assemble(
                ("t", "bold $footer-key-foreground"), f" timeout {options.timeout:.0f} s"
            ),
        ]
    )


def step_lines(
    steps: Mapping[StepName, UploadStep], running_for: float | None, show: Show
) -> list[Line]:
    """Every step in order; one that has not begun says so."""
    lines: list[Line] = []
    for name in STEPS:
        step = steps.get(name)
        label = f"{STEP_WORDS[name]:<22}"
        if step is None:
            lines.append(Content.styled(f"· {'waits':<9} {label}", "$text-disabled"))
            continue
        state, word = _STATES[step.status]
        seconds = running_for if step.status == "running" else step.seconds
        took = f"{human_duration(seconds):>10}" if seconds is not None else " " * 10
        head = Content.assemble(mark(state, f"{word:<9}"), f" {label}{took}  ")
        lines.append(Row(head, Content.styled(show(step.detail), "$text-muted"), head.cell_length))
    return lines


def result_lines(report: UploadReport, show: Show) -> list[Line]:
    """How the run ended, and the root causes where it failed."""
    lines: list[Line] = [_conclusion(report, show)]
    for cause in report.causes:
        likely = " (likely)" if cause.certainty == "likely" else ""
        lines.append(row(f"✗ {show(cause.id)}{likely}  ", show(cause.title), "bold", indent=2))
        lines.append(row("  Remedy", show(cause.remedy), "$text-accent", indent=10))
    if report.causes:
        lines.append(Content.styled("  4 asks the doctor for the proof", "$text-muted"))
    elif report.root_causes:
        lines.append(row("root causes", show(", ".join(report.root_causes)), "$text-error"))
    return lines


def _conclusion(report: UploadReport, show: Show) -> Content:
    if report.ok is None:
        return Content.styled(f"? {show(report.conclusion)}", "bold $text-warning")
    style = "bold $text-success" if report.ok else "bold $text-error"
    return Content.styled(f"{'✓' if report.ok else '✗'} {show(report.conclusion)}", style)


def verdict(report: UploadReport) -> tuple[State, str]:
    """A past run's outcome as state and word."""
    if report.ok is None:
        return "unknown", "taken" if report.taken_by_consumer else "unknown"
    return ("ok", "pass") if report.ok else ("bad", "fail")
