"""The few shapes in which people get to see things: tables, the pipeline's line, figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.table import Table
from rich.text import Text

from console.cli.output import text
from console.errors import ConsoleError
from console.models.pipeline import Pipeline
from console.text import human_age, human_count, human_duration, iso, strip_secrets

UNKNOWN = "unknown"
_NONE = "–"


def table(*headings: str, numbers: Iterable[str] = ()) -> Table:
    """An empty table; `numbers` are the headings of columns that are right-aligned."""
    made = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    right = set(numbers)
    for heading in headings:
        made.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    return made


def fields(pairs: Iterable[tuple[str, Text]]) -> Table:
    """Names and values below each other."""
    made = Table(box=None, pad_edge=False, show_header=False, show_edge=False)
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(name, value)
    return made


def shown(value: str | None, absent: str = _NONE) -> Text:
    """A text from outside, or the sign that there is none."""
    return text(absent, "dim") if value is None else text(value)


def count(value: int | None) -> Text:
    """A number of things, or that it is not known."""
    return text(UNKNOWN, "dim") if value is None else text(human_count(value))


def age(seconds: float | None) -> Text:
    """An age, or that it is not known."""
    return text(UNKNOWN, "dim") if seconds is None else text(human_age(seconds))


def seconds(whole: int) -> Text:
    """A configured duration, exactly."""
    return text(f"{whole} s" if whole < 60 else human_duration(whole))


def moment(at: datetime | None) -> Text:
    """A time in UTC, or that there is none."""
    return shown(None if at is None else iso(at))


def error_text(error: ConsoleError) -> Text:
    """A failure with its remedy, in one line."""
    return text(strip_secrets(f"{error.sentence} {error.remedy}".strip()), "red")


def header(pipeline: Pipeline) -> Text:
    """Which pipeline this is, where, as whom, and what may be done to it."""
    identity = pipeline.identity
    parts = [
        text(pipeline.name, "bold"),
        text(pipeline.region),
        text(identity.account if identity else "account unknown"),
        text(identity.arn if identity else "identity unknown"),
        text(pipeline.mode.label),
    ]
    if pipeline.mode.production:
        parts.append(text("PRODUCTION", "bold red"))
    return Text(" · ").join(parts)


def unknown_rows(pipeline: Pipeline) -> list[tuple[str, Text]]:
    """What could not be found out about the pipeline, and why."""
    return [
        ("unknown", text(f"{unknown.field}: {unknown.reason}", "yellow"))
        for unknown in pipeline.unknown
    ]
