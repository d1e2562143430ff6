"""Backfill: for which objects events are to be sent, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from console.models.moving import MoveEnd


@dataclass(frozen=True, slots=True)
class BackfillOptions:
    """Which objects get an event, and how fast.

    `since` and `until` are about the time of the object's last change. `missing` leaves out what
    shows a sign of being processed, or may be waiting. `any_key` sends for keys that no rule
    matches and for folder markers too. `rate` is in events a second.
    """

    prefix: str = ""
    since: datetime | None = None
    until: datetime | None = None
    missing: bool = False
    any_key: bool = False
    rate: float | None = None

    def stored(self) -> dict[str, object]:
        """As the journal keeps them, for a resume."""
        times = {name: at.isoformat() for name in _TIMES if (at := getattr(self, name))}
        return {**asdict(self), **dict.fromkeys(_TIMES), **times}

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> BackfillOptions:
        """The options that `stored` wrote."""
        known = dict(stored)
        for name in _TIMES:
            known[name] = datetime.fromisoformat(stored[name]) if stored[name] else None
        return cls(**known)


_TIMES = ("since", "until")


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """How a backfill ended.

    `listed` objects were looked at, or keys read; `matched` of them are to have an event.
    `possibly_duplicated` counts events that may be in the queue once more than told: an answer was
    lost, or the console was killed before it was recorded. `remaining` are those of `matched`
    that have no event yet, `None` where not all objects were listed. A dry run has no
    operation: its id is empty. `notes` are worth knowing, and do not keep it from a clean end.
    """

    operation_id: str
    listed: int
    matched: int
    sent: int = 0
    failed: int = 0
    possibly_duplicated: int = 0
    remaining: int | None = 0
    dry_run: bool = False
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    state: MoveEnd = "done"
