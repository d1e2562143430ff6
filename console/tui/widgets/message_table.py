"""The table of messages: key, size, event, age, receives left, lease."""

from __future__ import annotations

from datetime import datetime

from console.models.message import Message
from console.text import human_age, human_size
from console.tui.reading import FATE_STATES, Reading
from console.tui.widgets.line_table import Cell, Column, LineTable
from console.tui.words import shown

_COLUMNS = (
    Column("key", cut_middle=True),
    Column("size", 8, right=True),
    Column("event", 11),
    Column("age", 6, right=True),
    Column("left", 4, right=True),
    Column("lease", 10),
)


class MessageTable(LineTable[Message]):
    """Messages of one reading; `now` is what ages are counted to."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            _COLUMNS, key=lambda message: message.message_id, cells=self._cells, marks=True, id=id
        )
        self.reading = Reading()
        self.now: datetime | None = None

    def _cells(self, message: Message) -> tuple[Cell, ...]:
        event = message.event
        name = event.name.removeprefix("Object") if event else message.parsed.kind
        size = human_size(event.size) if event and event.size is not None else "–"
        age = "–"
        if message.sent_at is not None and self.now is not None:
            age = human_age((self.now - message.sent_at).total_seconds())
        return (
            self._key(message),
            Cell(size, "" if size != "–" else "muted"),
            Cell(shown(self, name, limit=40)),
            Cell(age),
            self._left(message),
            self._lease(message),
        )

    def _key(self, message: Message) -> Cell:
        if message.event is not None:
            return Cell(shown(self, message.event.key, limit=300))
        return Cell(shown(self, message.body, limit=300), "muted")

    def _left(self, message: Message) -> Cell:
        left = message.receives_left
        if left is None:
            return Cell("∞", "muted")
        return Cell(f"{left} !" if left <= 0 else str(left), "bad" if left <= 0 else "")

    def _lease(self, message: Message) -> Cell:
        fate = self.reading.fate(message.message_id)
        held = self.reading.held.get(message.message_id)
        if held is not None:
            return Cell(f"held {_countdown(held.remaining)}", "ok")
        return Cell(fate, FATE_STATES[fate])


def _countdown(seconds: float) -> str:
    """What a lease has left, in at most four characters: `21 s`, `1:59`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60}:{whole % 60:02}"
