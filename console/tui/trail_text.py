"""CloudTrail's changes as text. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from console.errors import Cancelled, ConsoleError
from console.models.trail import Change, TrailProgress, TrailReport
from console.text import human_duration
from console.tui.lines import Line, heading, row
from console.tui.words import day_time, identity_name

Show = Callable[[str], str]
_LABEL = 9
WINDOWS = (86_400.0, 7 * 86_400.0, 90 * 86_400.0)
"""How far back a search goes, in seconds: one day, then a week, then all there is."""


def window_words(seconds: float) -> str:
    """`last 24 h`, `last 7 d`."""
    return "last 24 h" if seconds == WINDOWS[0] else f"last {human_duration(seconds)}"


def change_words(change: Change) -> str:
    """Who, and what it changed, in a line."""
    who = identity_name(change.event.who or "unknown")
    if change.event.error:
        return f"{who}: refused, {change.event.error}"
    told = [changed.words() for changed in change.fields[:3]]
    return ": ".join([who, ", ".join(told)]) if told else who


def change_lines(change: Change, show: Show) -> list[Line]:
    """One change in full: who, from where, and each field before and after."""
    event = change.event
    lines: list[Line] = [heading(show(f"{event.name} on the {change.resource} {change.name}"))]
    details = (
        ("when", day_time(event.at)),
        ("who", event.who or "unknown"),
        ("from", event.source_ip),
        ("with", event.user_agent),
        ("event", event.event_id or None),
    )
    lines += [row(label, show(value), indent=_LABEL) for label, value in details if value]
    if event.error:
        told = f"{event.error}. Nothing was changed."
        lines.append(row("refused", show(told), "$text-warning", indent=_LABEL))
    lines.append(Content(""))
    return lines + _field_lines(change, show)


def _field_lines(change: Change, show: Show) -> list[Line]:
    if not change.fields:
        told = "The call tells no fields, or set what was set already."
        return [Content.styled(told, "$text-muted")]
    lines: list[Line] = []
    for changed in change.fields:
        lines.append(Content.styled(show(changed.field), "bold"))
        if changed.before_known:
            was = "– nothing" if changed.before is None else f"- {show(changed.before)}"
            lines.append(row("", Content.styled(was, "$text-error"), indent=2))
        now = "– removed" if changed.after is None else f"+ {show(changed.after)}"
        lines.append(row("", Content.styled(now, "$text-success"), indent=2))
    if not any(changed.before_known for changed in change.fields):
        told = "What it was before is not known: no earlier call is within the time looked at."
        lines.append(Content.styled(told, "$text-muted"))
    return lines


def state_lines(
    found: Sequence[Change],
    window: float,
    progress: TrailProgress | None,
    report: TrailReport | None,
    error: ConsoleError | None,
    show: Show,
) -> list[Line]:
    """How far the search is, or what came of it and what it cannot show."""
    count = "1 change" if len(found) == 1 else f"{len(found)} changes"
    if error is not None:
        told = " ".join(part for part in (error.sentence, error.remedy) if part)
        style = "$text-warning" if isinstance(error, Cancelled) else "$text-error"
        return [
            Content.assemble((f"{show(error.title)}: ", f"bold {style}"), show(told)),
            Content.styled(f"{count} found before that. r asks again.", "$text-muted"),
        ]
    if report is None:
        return [Content.styled(_asking(window, progress, count), "$text-accent")]
    return _report_lines(report, window, count, show)


def _asking(window: float, progress: TrailProgress | None, count: str) -> str:
    where = f"{progress.name}, {progress.number} of {progress.total}" if progress else "…"
    return f"▸ Asking CloudTrail, {window_words(window)}: {where}; {count} so far."


def _report_lines(report: TrailReport, window: float, count: str, show: Show) -> list[Line]:
    lines: list[Line] = []
    for error in report.errors:
        told = f"{error.sentence} {error.remedy}".strip()
        lines.append(Content.assemble((f"{show(error.title)}: ", "bold $text-error"), show(told)))
    if report.errors:
        count = f"At least {count}" if report.changes else "Changes unknown"
    lines.append(Content.styled(f"{count}, {window_words(window)}. w looks further back.", "bold"))
    return [*lines, *(Content.styled(show(note), "$text-muted") for note in report.notes)]
