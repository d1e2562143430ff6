"""The journal as text. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

from textual.content import Content

from console.journal.log import EntryRecord, OperationRecord
from console.models.move_task import MoveTask
from console.text import human_age
from console.tui.lines import Line, heading, row
from console.tui.words import State, clock_time, day_time, identity_name, mark

Show = Callable[[str], str]
MOST_ENTRIES = 100_000
"""The most entries of an operation that are shown, those that did not go well first."""
_LABEL = 9
_MOVING = {"CANCELLING": "stops moving"}
_HOUSEKEEPING = ("receive", "release")
_STATES: dict[str, State] = {
    "done": "ok",
    "failed": "bad",
    "interrupted": "warn",
    "running": "busy",
    "killed": "bad",
}
# Outcomes that say where a message stands still, in words.
_OPEN: dict[str, tuple[State, str]] = {
    "failed": ("bad", "failed"),
    "unknown": ("unknown", "may be sent"),
    "through": ("warn", "not deleted"),
    "left": ("warn", "left there"),
    "planned": ("warn", "not sent yet"),
    "skipped": ("warn", "skipped"),
    "not found": ("warn", "not found"),
}


def state_style(operation: OperationRecord, state: str) -> State:
    """How well an operation stands; one that is done is not well where messages failed."""
    style = _STATES.get(state, "unknown")
    return "warn" if style == "ok" and operation.summary.get("failed") else style


def summary_words(operation: OperationRecord) -> str:
    """What an operation came to, in a line; its intent while it has no summary."""
    summary = operation.summary
    if "conclusion" in summary:
        return str(summary["conclusion"])
    if "error" in summary:
        return str(summary["error"])
    counts = [
        f"{value:,} {name.replace('_', ' ')}"
        for name, value in summary.items()
        if isinstance(value, int) and value
    ]
    if counts:
        return ", ".join(counts)
    if operation.state == "running" or not summary:
        return operation.intent
    return "nothing received" if operation.kind == "peek" else operation.intent


def operation_lines(operation: OperationRecord, state: str, show: Show) -> list[Line]:
    """One operation: what was meant, by whom, how it ended and why not better."""
    started, ended = day_time(operation.started_at), operation.ended_at
    if ended is not None:
        started += f", took {human_age((ended - operation.started_at).total_seconds())}"
    lines: list[Line] = [
        heading(f"{show(operation.kind)} {operation.id}  {state}"),
        row("intent", show(operation.intent), indent=_LABEL),
    ]
    if operation.summary:
        lines.append(row("result", show(summary_words(operation)), indent=_LABEL))
    reasons = operation.summary.get("reasons")
    if isinstance(reasons, list):
        lines += [
            row("" if n else "because", show(str(reason)), indent=_LABEL)
            for n, reason in enumerate(cast("list[object]", reasons))
        ]
    who = show(identity_name(operation.caller_arn))
    lines.append(row("by", f"{who}, {started}", indent=_LABEL))
    if (at := operation.reappear_at) is not None:
        lines.append(row("hidden", f"what it hides reappears by {day_time(at)}", indent=_LABEL))
    return lines


def move_task_lines(tasks: Sequence[MoveTask], show: Show, *, own: bool) -> list[Content]:
    """What SQS itself moves out of the DLQ now; `own` where this journal has a redrive running."""
    lines: list[Content] = []
    for task in (task for task in tasks if task.active):
        of = "" if task.to_move is None else f" of about {task.to_move:,}"
        rate = "" if task.rate is None else f", at most {task.rate}/s"
        since = "" if task.started_at is None else f", since {clock_time(task.started_at)}"
        whose = "" if own else ", not started from this journal"
        told = f"▸ SQS {_MOVING.get(task.state, 'moves')} the DLQ's messages: {task.moved:,}{of}"
        lines.append(Content.styled(show(f"{told}{rate}{since}{whose}"), "$text-accent"))
    return lines


def telling_first(entries: Sequence[EntryRecord]) -> list[EntryRecord]:
    """What did not go well first, then what happened to messages, then receives and releases."""

    def rank(entry: EntryRecord) -> tuple[int, int]:
        if entry.outcome is None or entry.error or entry.outcome in _OPEN:
            return 0, entry.number
        return (2 if entry.action in _HOUSEKEEPING else 1), entry.number

    return sorted(entries, key=rank)


def counts_words(entries: Sequence[EntryRecord]) -> str:
    """How many entries ended how: `redrive: 37 moved, 1 failed`. Receives and releases that went
    well are told of only where there is nothing else."""
    counts: dict[str, Counter[str]] = {}
    told = [e for e in entries if e.action not in _HOUSEKEEPING or e.error]
    for entry in told or entries:
        counts.setdefault(entry.action, Counter())[entry_state(entry)[1]] += 1
    more = f"of the first {MOST_ENTRIES:,} entries, " if len(entries) >= MOST_ENTRIES else ""
    return more + "; ".join(
        f"{action}: " + ", ".join(f"{n:,} {word}" for word, n in words.most_common())
        for action, words in counts.items()
    )


def entry_state(entry: EntryRecord) -> tuple[State, str]:
    """How an entry ended, as a colour and a word."""
    if entry.outcome is None:
        return "unknown", "not known"
    if entry.outcome in _OPEN:
        return _OPEN[entry.outcome]
    return ("bad" if entry.error else "ok"), entry.outcome


def entry_words(entry: EntryRecord, show: Show) -> Content:
    """One entry in full."""
    state, word = entry_state(entry)
    told = f"  {show(entry.error)}" if entry.error else ""
    copy = f", as {show(entry.new_id)}" if entry.new_id else ""
    twice = f", possibly {entry.twice} too many" if entry.twice else ""
    return Content.assemble(
        (f"{clock_time(entry.intent_at)}  ", "$text-muted"),
        f"{show(entry.action)} {show(entry.subject)}  ",
        mark(state, show(word)),
        f"{copy}{twice}",
        (told, "$text-error" if state == "bad" else "$text-warning"),
    )
