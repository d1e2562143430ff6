"""Objects that should have been processed, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.models.listing import ListedObject

Fate = Literal["missing", "waiting", "unknown"]


@dataclass(frozen=True, slots=True)
class MissingOptions:
    """Which objects to look at; `since` and `until` are about their last change."""

    prefix: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unprocessed:
    """An object without a sign of being processed: `missing`, `waiting` where its event may be in
    the queue still, `unknown` where nobody can tell; `reason` says why, in words."""

    found: ListedObject
    fate: Fate
    reason: str


@dataclass(frozen=True, slots=True)
class MissingSummary:
    """How many objects were looked at, how many of them a rule matches, and what came of these.
    `complete` is false where it was stopped. `notes` say what cannot be known, and why."""

    listed: int
    matched: int
    processed: int
    missing: int
    waiting: int
    unknown: int
    complete: bool = True
    notes: tuple[str, ...] = ()
