"""One object's timeline as lines. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from console.models.trace import StepStatus, Trace, TraceStep
from console.tui.lines import Line, row
from console.tui.words import State, day_time, mark

Show = Callable[[str], str]
_INDENT = 10
_MARKS: dict[StepStatus, State] = {"yes": "ok", "no": "none", "unknown": "unknown"}
_GOOD = ("waiting", "processed")


def trace_lines(
    steps: Sequence[TraceStep], found: Trace | None, error: str | None, show: Show
) -> list[Line]:
    """Where it is, then every step that is known; `error` is why there are no more."""
    lines = [*_conclusion(found, error, show)]
    for step in steps:
        lines += [Content(""), *_step(step, show)]
    return lines


def _conclusion(found: Trace | None, error: str | None, show: Show) -> list[Line]:
    if error is not None:
        return [Content.styled(show(error), "$text-error")]
    if found is None:
        return [mark("busy", "following it…")]
    state: State = "ok" if found.where in _GOOD else "warn"
    where = found.where.replace("_", " ")
    lines: list[Line] = [mark(state, where), Content(show(found.sentence))]
    if found.root_causes:
        lines.append(row("causes", ", ".join(found.root_causes), "$text-error", indent=_INDENT))
    return lines


def _step(step: TraceStep, show: Show) -> list[Line]:
    at = f"  {day_time(step.at)}" if step.at else ""
    name = step.name.replace("_", " ")
    state = "bad" if step.bad else _MARKS[step.status]
    head = Content.assemble(mark(state, step.status), "  ", (name, "bold"), (at, "$text-muted"))
    return [
        head,
        row("  told", show(step.detail), indent=_INDENT),
        row("  by", step.source, "$text-muted", indent=_INDENT),
    ]
