"""Words and marks that the screens share: states, ages, times, shortened names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from textual.content import Content

from console.text import Redactor, human_age, safe

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    from console.models.status import Source

# Enough behind a limit for a secret that begins in front of it to be recognised.
_BEHIND_LIMIT = 4096

State = Literal["ok", "warn", "bad", "busy", "unknown", "none"]

# A mark, a word and a colour for each state; colour never stands alone.
MARKS: dict[State, tuple[str, str, str]] = {
    "ok": ("✓", "ok", "$text-success"),
    "warn": ("!", "attention", "$text-warning"),
    "bad": ("✗", "broken", "$text-error"),
    "busy": ("▸", "running", "$text-accent"),
    "unknown": ("?", "unknown", "$text-muted"),
    "none": ("–", "none", "$text-muted"),
}


def shown(node: MessagePump, text: str, *, limit: int | None = None, newlines: bool = False) -> str:
    """Text from outside as it may be put on the screen now: secrets out, redacted while that is
    on, unseen characters visible."""
    redactor = getattr(node.app, "redactor", None) or Redactor()
    if limit is not None:
        # A table draws its rows every second: it must not search whole bodies of 1 MiB.
        text = text[: limit + _BEHIND_LIMIT]
    return safe(redactor(text), limit=limit, newlines=newlines)


def mark(state: State, word: str | None = None) -> Content:
    """A state as mark and word in its colour."""
    symbol, default, style = MARKS[state]
    return Content.styled(f"{symbol} {word or default}", style)


def clock_time(moment: datetime) -> str:
    """A moment as `02:13:07 UTC`."""
    return f"{moment.astimezone(UTC):%H:%M:%S} UTC"


def day_time(moment: datetime) -> str:
    """A moment as `2026-11-23 02:13:07 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago something was: `4 min ago`, `now`."""
    seconds = (now - moment).total_seconds()
    return "now" if seconds < 1 else f"{human_age(seconds)} ago"


def staleness(node: MessagePump, source: Source[object], now: datetime) -> str | None:
    """`stale since 02:13:07 UTC (4 min): Throttled`, `None` while the source works.

    A source that has never answered is not stale but unknown.
    """
    if source.error is None:
        return None
    wide = node.app.size.width >= 110
    told = f"{source.error.title}: {source.error.sentence}" if wide else source.error.title
    reason = shown(node, told)
    if source.value is None or source.at is None:
        return f"unknown: {reason}"
    age = human_age((now - source.at).total_seconds())
    return f"stale since {clock_time(source.at)} ({age}): {reason}"


def middle(text: str, width: int) -> str:
    """`text` in at most `width` characters, cut in its middle: both ends of a name tell."""
    if len(text) <= width:
        return text
    if width < 5:
        return text[:width]
    head = (width - 1) // 2
    return f"{text[:head]}…{text[-(width - 1 - head) :]}"


_OPTION = " Use --spend-last-attempt to do it all the same."
HOLD_FIRST = "h, then ctrl+g, reads and holds 10 all the same; what is held can be acted on."
"""How the messages screen acts on messages though receiving them is withheld."""


def without_option(sentence: str) -> str:
    """An operation's sentence without the command line's option: screens have keys for it."""
    return sentence.replace(_OPTION, "")


def identity_name(arn: str) -> str:
    """The telling end of a caller's ARN: `OnCall/alice` of an assumed role, `user/bob`."""
    tail = arn.split(":", 5)[-1]
    return tail.removeprefix("assumed-role/")
