"""One small chart of a metric over time: columns for the first series, dots for the second.

Minutes without a datapoint stay empty: absent is not zero.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from textual.content import Content
from textual.widgets import Static

from console.models.status import Point

_BLOCKS = " ▁▂▃▄▅▆▇█"
_GUTTER = 7


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart."""

    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class ChartData:
    """What a chart shows: at most two series between two times, and how to write a value."""

    title: str
    series: tuple[Series, ...]
    start: datetime
    end: datetime
    write: Callable[[float], str]
    note: str = ""
    stale: bool = False


class Chart(Static):
    """Draws a `ChartData` in whatever room it has."""

    DEFAULT_CSS = """
    Chart { width: 1fr; height: 1fr; min-height: 4; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self._data: ChartData | None = None

    def show_data(self, data: ChartData) -> None:
        """Draw these series."""
        self._data = data
        self._draw()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._draw()

    def _draw(self) -> None:
        width, height = self.content_size
        if self._data is not None and width > 20 and height >= 3:
            self.update(_drawn(self._data, width, height))


def bucketed(
    points: tuple[Point, ...], start: datetime, end: datetime, columns: int
) -> list[float | None]:
    """The highest value in each of `columns` equal slices of time, `None` where there is none."""
    span = (end - start) / columns
    values: list[float | None] = [None] * columns
    for point in points:
        column = int((point.at - start) / span) if span > timedelta(0) else 0
        if 0 <= column < columns:
            before = values[column]
            values[column] = point.value if before is None else max(before, point.value)
    return values


def _filled(values: list[float | None], reach: int) -> list[float | None]:
    """Carry a value over the columns that are narrower than a datapoint's period."""
    filled, last, age = list(values), None, 0
    for index, value in enumerate(values):
        last, age = (value, 0) if value is not None else (last, age + 1)
        filled[index] = last if age < reach else None
    return filled


def _drawn(data: ChartData, width: int, height: int) -> Content:
    columns, rows = width - _GUTTER, height - 2
    minutes = max(1.0, (data.end - data.start).total_seconds() / 60)
    reach = max(1, -int(-columns // minutes))
    lines = [_filled(bucketed(s.points, data.start, data.end, columns), reach) for s in data.series]
    known = [value for line in lines for value in line if value is not None]
    top = max(known, default=0.0) or 1.0
    style = "$text-disabled" if data.stale else "$primary"
    drawn = [_title(data, width)]
    for row in range(rows):
        label = data.write(top) if row == 0 else data.write(0) if row == rows - 1 else ""
        drawn.append(
            Content.assemble(
                (f"{label:>{_GUTTER - 1}} ", "$text-muted"),
                _row(lines, rows - 1 - row, rows, top, style, bool(known)),
            )
        )
    drawn.append(_axis(data, columns))
    return Content("\n").join(drawn)


def _row(
    lines: list[list[float | None]], level: int, rows: int, top: float, style: str, known: bool
) -> Content:
    if not known or not lines:
        text = "no data points" if level == rows // 2 else ""
        return Content.styled(text, "$text-muted")
    row = _shaded(lines[0], level, rows, top, style)
    for other in lines[1:]:
        for index, value in enumerate(other):
            if value is not None and _level(value, rows, top) == level:
                row = _with_dot(row, index)
    return row


def _shaded(line: list[float | None], level: int, rows: int, top: float, style: str) -> Content:
    """The tops of the columns in full colour, what stands below them in a quieter one."""
    body = "$bar" if style == "$primary" else style
    cells = [
        (_block(v, level, rows, top), body if _eighths(v, level, rows, top) > 8 else style)
        for v in line
    ]
    runs = itertools.groupby(cells, key=lambda cell: cell[1])
    return Content.assemble(*(("".join(c for c, _ in run), drawn) for drawn, run in runs))


def _level(value: float, rows: int, top: float) -> int:
    return min(rows - 1, int(value / top * rows))


def _eighths(value: float | None, level: int, rows: int, top: float) -> int:
    """How far a value reaches into or beyond a row, in eighths of a cell."""
    return 0 if value is None else round(value / top * rows * 8) - level * 8


def _block(value: float | None, level: int, rows: int, top: float) -> str:
    if value is None:
        return " "
    eighths = _eighths(value, level, rows, top)
    if level == 0 and eighths <= 0:
        return "▁"
    return _BLOCKS[max(0, min(8, eighths))]


def _with_dot(row: Content, index: int) -> Content:
    filled = row.plain[index] == "█"
    dot = Content.styled("•", "bold $accent on $bar" if filled else "bold $accent")
    return Content.assemble(row[:index], dot, row[index + 1 :])


def _title(data: ChartData, width: int) -> Content:
    parts: list[Content] = [Content.styled(data.title, "bold")]
    for index, series in enumerate(data.series):
        newest = series.points[-1] if series.points else None
        latest = data.write(newest.value) if newest else "no data"
        symbol = ("▇ ", "$primary") if index == 0 else ("• ", "bold $accent")
        label = f"{series.label} " if series.label else ""
        if len(data.series) > 1:
            parts.append(Content.assemble(symbol, f"{label}{latest}"))
        else:
            at = f" at {newest.at:%H:%M}" if newest else ""
            parts.append(Content.assemble(f"{label}{latest}", (at, "$text-muted")))
    if data.note:
        parts.append(Content.styled(data.note, "$text-muted"))
    return Content("  ").join(parts).truncate(width, ellipsis=True)


def _axis(data: ChartData, columns: int) -> Content:
    middle_time = data.start + (data.end - data.start) / 2
    left, centre, right = (f"{t:%H:%M}" for t in (data.start, middle_time, data.end))
    room = columns - len(left) - len(centre) - len(right)
    before = max(1, columns // 2 - len(left) - len(centre) // 2)
    line = f"{left}{' ' * before}{centre}{' ' * max(1, room - before)}{right}"
    return Content.styled(" " * _GUTTER + line[:columns], "$text-muted")
