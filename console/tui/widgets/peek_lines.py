"""The lines above the messages: which queue, what a peek costs, how the last one went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual.content import Content
from textual.message_pump import MessagePump
from textual.style import Style

from console.models.pipeline import Mode, QueueRef
from console.models.queue import QueueAttributes
from console.models.status import Source
from console.tui.joints import counts_line
from console.tui.reading import Reading
from console.tui.words import ago, clock_time, middle, shown, without_option


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the two queues to choose from."""

    which: str
    label: str
    queue: QueueRef | None
    source: Source[QueueAttributes] | None
    chosen: bool


def tab_line(node: MessagePump, tabs: tuple[Tab, ...], width: int) -> Content:
    """Both queues with their live counts; the chosen one with its name."""
    pieces: list[Content] = []
    for tab in tabs:
        source = tab.source
        counts = "–" if tab.queue is None else "? not read"
        if source is not None and source.value is not None:
            counts = counts_line(source.value) + (" (stale)" if source.error else "")
        sign = "●" if tab.chosen else "○"
        style = "bold" if tab.chosen else "$text-muted"
        piece = Content.styled(f"{sign} {tab.label}  {counts}", style)
        pieces.append(piece.stylize(Style.from_meta({"@click": f"screen.choose('{tab.which}')"})))
    line = Content("     ").join(pieces)
    chosen = next((tab.queue for tab in tabs if tab.chosen), None)
    room = width - line.cell_length - 5
    if chosen is not None and room > 12:
        name = middle(shown(node, chosen.name), room)
        line = Content.assemble(line, "     ", (name, "$text-muted"))
    return line


def cost_line(node: MessagePump, reading: Reading, mode: Mode, *, hold: bool) -> Content:
    """What a peek would cost, before anybody asks for one."""
    if not mode.may_peek:
        why = (
            "Peeking is off: read-only, and receiving counts as writing (--allow-peek permits it)."
        )
        return Content.styled(why, "$text-warning")
    if reading.plan_error is not None:
        told = f"What a peek costs is unknown: {reading.plan_error.sentence}"
        return Content.styled(shown(node, told, limit=400), "$text-warning")
    plan = reading.plan
    if plan is None:
        return Content.styled("Working out what a peek costs…", "$text-muted")
    hidden = "It hides messages for at most 5 s" if plan.live else "It hides messages until it ends"
    if hold:
        hidden = "It holds what it reads until x or leaving"
    kind = "live consumers" if plan.live else "no consumers"
    return Content.assemble(
        ("HOLD  " if hold else "", "bold $text-accent"),
        f"{shown(node, plan.cost, limit=200)} {hidden} ",
        (f"({kind}: {shown(node, plan.why_live, limit=160)}).", "$text-muted"),
    )


@dataclass(frozen=True, slots=True)
class Filtered:
    """What a typed filter leaves: so many rows, or the reason why they are not what it leaves."""

    rows: int
    unsettled: str | None = None


def told_line(reading: Reading, mode: Mode, filtered: Filtered | None, now: datetime) -> Content:
    """How fresh the list is, how far a running peek is, what the filter leaves."""
    if filtered is not None and filtered.unsettled is not None:
        told = f"The filter is {filtered.unsettled}; it chooses nothing (esc clears)"
        return Content.styled(told, "$text-warning")
    if reading.read_at is None and not mode.may_peek:
        return Content.styled("Nothing read.", "$text-muted")
    if reading.read_at is None:
        return Content.styled(
            "Nothing read yet. g reads 10 messages, G a whole pass.", "$text-muted"
        )
    parts = [_freshness(reading, now, warn=filtered is None)]
    if filtered is not None:
        parts.append(
            f"{filtered.rows:,} of {len(reading.messages):,} match the filter (esc clears)"
        )
    else:
        parts.append(f"{len(reading.messages):,} read")
    if reading.held:
        parts.append(f"{len(reading.held):,} held")
    return Content.styled("   ".join(parts), "$text-muted")


def _freshness(reading: Reading, now: datetime, *, warn: bool) -> str:
    """How far a running peek is, or when the last one ended; `warn` adds what that means."""
    if reading.summary is None and reading.error is None:
        done = reading.progress
        so_far = f"{done.received:,} of about {done.about:,}" if done else "waiting for the first"
        return f"Reading… {so_far} (esc stops)"
    assert reading.read_at is not None
    when = f"{clock_time(reading.read_at)}, {ago(reading.read_at, now)}"
    if not reading.messages:
        received_nothing = reading.summary is None or reading.summary.withheld
        return f"{'tried' if received_nothing else 'looked'} {when}"
    gone = ": messages may have gone since" if warn else ""
    return f"read {when}{gone}"


def warning_text(node: MessagePump, reading: Reading) -> Content | None:
    """What has to be seen: messages withheld, a last attempt spent, a partial pass, a failure."""
    lines: list[Content] = []
    if reading.error is not None:
        error = reading.error
        lines.append(Content.styled(f"✗ {shown(node, error.title)}", "bold $text-error"))
        told = " ".join(part for part in (error.sentence, error.remedy) if part)
        lines.append(Content(shown(node, told, limit=500)))
    summary = reading.summary
    if summary is not None:
        lines += _summary_lines(node, reading)
    elif reading.plan is not None and reading.plan.refusal and reading.read_at is None:
        lines += _refused(node, reading.plan.refusal)
    return Content("\n").join(lines) if lines else None


def _refused(node: MessagePump, sentence: str) -> list[Content]:
    return [
        Content.styled("! A peek is withheld", "bold $text-warning"),
        Content(shown(node, without_option(sentence), limit=500)),
        Content.styled("ctrl+g spends last attempts all the same, and asks first.", "$text-accent"),
    ]


def _summary_lines(node: MessagePump, reading: Reading) -> list[Content]:
    summary = reading.summary
    assert summary is not None
    lines: list[Content] = []
    if summary.withheld and not summary.received:
        return _refused(node, summary.partial or "")
    if summary.withheld:
        lines.append(Content.styled(f"! {summary.withheld:,} withheld", "bold $text-warning"))
    if summary.warning:
        lines.append(Content.styled(f"! {shown(node, summary.warning)}", "$text-warning"))
    if summary.partial:
        partial = shown(node, without_option(summary.partial))
        lines.append(Content.styled(partial, "$text-warning"))
    if summary.unreleased:
        when = f" by {clock_time(summary.reappear_at)}" if summary.reappear_at else ""
        told = f"✗ {summary.unreleased:,} could not be released; they reappear{when}."
        lines.append(Content.styled(told, "$text-error"))
    return lines
