"""The journal as text. Pure."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from console.journal.log import EntryRecord, OperationRecord
from console.tui.lines import Line, Row, heading, row
from console.tui.words import clock_time, day_time, mark

Show = Callable[[str], str]


def summary_words(operation: OperationRecord) -> str:
    """What an operation came to, in a line; its intent while it has no summary."""
    summary = operation.summary
    if "conclusion" in summary:
        return str(summary["conclusion"])
    if "error" in summary:
        return str(summary["error"])
    counts = [
        f"{value} {name.replace('_', ' ')}"
        for name, value in summary.items()
        if isinstance(value, int) and value
    ]
    if counts:
        return ", ".join(counts)
    if operation.state == "running" or not summary:
        return operation.intent
    return "nothing received" if operation.kind == "peek" else operation.intent


def entry_lines(
    operation: OperationRecord, state: str, entries: tuple[EntryRecord, ...] | None, show: Show
) -> list[Line]:
    """One operation in full, with its entries."""
    lines: list[Line] = [
        heading(f"{show(operation.kind)} {operation.id}"),
        row("intent", show(operation.intent)),
        row("state", state),
        row("result", show(summary_words(operation))),
        row("pipeline", show(operation.pipeline)),
        row("caller", show(operation.caller_arn)),
        row("started", day_time(operation.started_at)),
        row("ended", day_time(operation.ended_at) if operation.ended_at else "not yet"),
        *_hiding(operation),
        Content(""),
    ]
    if entries is None:
        return [*lines, Content.styled("Reading its entries…", "$text-muted")]
    if not entries:
        return [*lines, Content.styled("It changed nothing: no entries.", "$text-muted")]
    return [*lines, heading(f"{len(entries)} entries"), *(_entry(e, show) for e in entries)]


def _hiding(operation: OperationRecord) -> list[Line]:
    at = operation.reappear_at
    return [row("hidden", f"what it hides reappears by {day_time(at)}")] if at else []


def _entry(entry: EntryRecord, show: Show) -> Row:
    if entry.outcome is None:
        state = mark("unknown", "not known")
    elif entry.error:
        state = mark("bad", show(entry.outcome))
    else:
        state = mark("ok", show(entry.outcome))
    head = Content.styled(f"{entry.number:>3} {clock_time(entry.intent_at)[:8]}  ", "$text-muted")
    told = f"  {show(entry.error)}" if entry.error else ""
    value = Content.assemble(
        f"{show(entry.action)} {show(entry.subject)}  ", state, (told, "$text-error")
    )
    return Row(head, value, indent=head.cell_length)
