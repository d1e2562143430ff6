"""The figures of the overview with where each comes from, and the alarms."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content
from textual.widgets import Static

from console.models.status import Alarm, Source, StatusSnapshot
from console.text import human_age
from console.tui.joints import counts_line, forecast_words
from console.tui.words import State, ago, clock_time, mark, middle, shown, staleness

_LABEL = 12
_BESIDE_NAME = len("✗ ALARM      since 00:00:00 UTC")
_ALARM_STATES: dict[str, State] = {"ALARM": "bad", "OK": "ok"}
_ORDER = {"ALARM": 0, "INSUFFICIENT_DATA": 1, "OK": 2}


class Figures(Static):
    """Which figure is live and which lags, in so many words."""

    DEFAULT_CSS = """
    Figures { width: 100%; height: auto; padding: 0 1; margin-top: 1; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._seen: tuple[StatusSnapshot | None, datetime] | None = None

    def on_resize(self) -> None:
        """Break lines for the new width."""
        if self._seen is not None:
            self.show_snapshot(*self._seen)

    def show_nothing(self, told: str) -> None:
        """There is no queue to have figures of."""
        self._seen = None
        self.update(Content.styled(told, "$text-muted"))

    def show_snapshot(self, snapshot: StatusSnapshot | None, now: datetime) -> None:
        """Draw the newest snapshot as of `now`."""
        self._seen = (snapshot, now)
        if snapshot is None:
            self.update(Content.styled("Reading SQS and CloudWatch…", "$text-muted"))
            return
        lines = [
            self._line("SQS", self._counts(snapshot), snapshot.queue, "live", now),
            self._line(
                "CloudWatch", self._rates(snapshot), snapshot.metrics, "lags about 1 min", now
            ),
        ]
        self.update(Content("\n").join(lines))

    def _line(
        self, label: str, figures: str, source: Source[object], kind: str, now: datetime
    ) -> Content:
        stale = staleness(self, source, now)
        name = Content.styled(f"{label:<{_LABEL}}", "bold")
        if stale is not None:
            value = Content.styled(figures, "$text-disabled")
            told = Content.styled(f"! {stale}", "$text-warning")
            if source.value is None:
                return Content.assemble(name, told)
            return Content.assemble(name, value, "\n", " " * _LABEL, told)
        if source.at is None:
            return Content.assemble(name, ("reading…", "$text-muted"))
        told = Content.styled(f"{kind}, {ago(source.at, now)}", "$text-muted")
        room = self.content_size.width - _LABEL - len(figures) - told.cell_length
        gap = "   " if room >= 3 or not self.content_size.width else f"\n{' ' * _LABEL}"
        return Content.assemble(name, figures, gap, told)

    def _counts(self, snapshot: StatusSnapshot) -> str:
        queue, dlq = snapshot.queue.value, snapshot.dlq.value
        parts = [counts_line(queue) if queue else "queue unknown"]
        if dlq is not None:
            counts = dlq.counts
            in_flight = f", {counts.in_flight:,} in flight" if counts.in_flight else ""
            parts.append(f"DLQ {counts.visible:,} waiting{in_flight}")
        return "   ".join(parts)

    def _rates(self, snapshot: StatusSnapshot) -> str:
        rates, age = snapshot.rates, snapshot.oldest_age_seconds
        parts = ["rates unknown: no recent points"]
        if rates is not None:
            parts = [f"in {rates.in_per_minute:.1f}/min", f"out {rates.out_per_minute:.1f}/min"]
        parts.append(f"oldest {human_age(age)}" if age is not None else "oldest unknown")
        told = forecast_words(snapshot)
        return ", ".join([*parts, told] if told else parts)


class Alarms(Static):
    """The alarms on queue and DLQ, the ringing ones first."""

    DEFAULT_CSS = """
    Alarms { width: 100%; height: auto; max-height: 9; padding: 0 1; margin-top: 1; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._seen: tuple[Source[tuple[Alarm, ...]] | None, datetime, int] | None = None

    def on_resize(self) -> None:
        """Cut lines for the new width."""
        if self._seen is not None:
            self.show_alarms(*self._seen)

    def show_alarms(
        self, source: Source[tuple[Alarm, ...]] | None, now: datetime, most: int
    ) -> None:
        """Draw at most `most` alarms; how many more there are is said."""
        self._seen = (source, now, most)
        if source is None or (source.value is None and source.error is None):
            self.update(Content.styled("Alarms: reading…", "$text-muted"))
            return
        stale = staleness(self, source, now)
        lines = [Content.styled(f"! Alarms {stale}", "$text-warning")] if stale else []
        if source.value is not None:
            lines += self._lines(source.value, most, bool(stale))
        self.update(Content("\n").join(lines))

    def _lines(self, alarms: tuple[Alarm, ...], most: int, stale: bool) -> list[Content]:
        if not alarms:
            return [Content.styled("No alarms watch these queues.", "$text-muted")]
        ordered = sorted(alarms, key=lambda a: (_ORDER.get(a.state, 1), a.name))
        width = max(20, self.content_size.width or 78)
        names = [shown(self, alarm.name, limit=80) for alarm in ordered[:most]]
        room = min(max(map(len, names)), max(12, width - _BESIDE_NAME))
        lines = [
            self._line(alarm, f"{middle(name, room):<{room}}", width, stale)
            for alarm, name in zip(ordered, names, strict=False)
        ]
        rest = ordered[most:]
        if rest:
            ringing = sum(alarm.state == "ALARM" for alarm in rest)
            told = f"and {len(rest)} more" + (
                f", {ringing} in ALARM" if ringing else ", none in ALARM"
            )
            lines.append(Content.styled(told, "$text-muted"))
        return lines

    def _line(self, alarm: Alarm, name: str, width: int, stale: bool) -> Content:
        word = shown(self, alarm.state.replace("INSUFFICIENT_DATA", "NO DATA"), limit=20)
        since = f"  since {clock_time(alarm.since)}" if alarm.since else ""
        line = Content.assemble(
            mark(_ALARM_STATES.get(alarm.state, "unknown"), f"{word:<8}"),
            " ",
            name,
            (since, "$text-muted"),
            (
                f"  {shown(self, alarm.reason, limit=300)}" if alarm.state == "ALARM" else "",
                "$text-muted",
            ),
        )
        line = line.truncate(width, ellipsis=True)
        return line.stylize("dim") if stale else line
