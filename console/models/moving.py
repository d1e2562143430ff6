"""Messages on the move: what was asked for, how far it is, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from console.models.message import Message
from console.models.pipeline import QueueRef
from console.models.selection import EVERYTHING, Filter

MoveEnd = Literal["done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class MoveOptions:
    """Which messages to take, and how.

    `limit` is the most messages to take. `rate` is in messages a second. `hold` lifts the 5 s
    bound on hiding messages of a queue with consumers; `spend_last_attempt` goes on where looking
    spends a message's last attempt. `to` is where a redrive sends, `None` for each message's own
    source queue.
    """

    where: Filter = EVERYTHING
    limit: int | None = None
    rate: float | None = None
    hold: bool = False
    spend_last_attempt: bool = False
    to: QueueRef | None = None

    def without(self, ids: frozenset[str]) -> MoveOptions:
        """The same, where `ids` need not be looked for any more."""
        if self.where.ids is None:
            return self
        return replace(self, where=replace(self.where, ids=self.where.ids - ids))

    def stored(self) -> dict[str, object]:
        """As the journal keeps them, for a resume."""
        return {
            "where": self.where.stored(),
            "limit": self.limit,
            "rate": self.rate,
            "hold": self.hold,
            "spend_last_attempt": self.spend_last_attempt,
            "to": None if self.to is None else [self.to.name, self.to.url, self.to.arn],
        }

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> MoveOptions:
        """The options that `stored` wrote."""
        known = {n: stored[n] for n in ("limit", "rate", "hold", "spend_last_attempt")}
        to = stored["to"]
        where = Filter.restored(stored["where"])
        return cls(where=where, to=None if to is None else QueueRef(*to), **known)


@dataclass(frozen=True, slots=True)
class MoveProgress:
    """How far it is: messages looked at of about so many, and what came of those that match."""

    received: int
    about: int
    moved: int
    failed: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class MoveReport:
    """How a redrive ended.

    `possibly_duplicated` counts copies that may be there too many, in the target or in target and
    source: an answer was lost, or the console was killed between sending and recording.
    `remaining` is the source's approximate count afterwards, `None` where it could not be read.
    `reasons` say why messages were not moved, or why not all were looked at.
    """

    operation_id: str
    mode: Literal["server", "selected"]
    moved: int
    failed: int
    skipped: int
    possibly_duplicated: int
    remaining: int | None
    reasons: tuple[str, ...] = ()
    state: MoveEnd = "done"
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class DeleteReport:
    """How a delete ended. `not_found` counts messages named by id that were not found: taken by a
    consumer, or gone."""

    operation_id: str
    deleted: int
    not_found: int
    failed: int
    remaining: int | None = None
    reasons: tuple[str, ...] = ()
    state: MoveEnd = "done"
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """How a restore ended. `skipped` counts messages that had been restored before."""

    operation_id: str
    restored: int
    failed: int
    skipped: int = 0
    possibly_duplicated: int = 0
    reasons: tuple[str, ...] = ()
    state: MoveEnd = "done"


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of one message before it is deleted from its queue.

    `through`: dealt with, to be deleted. `kept`: dealt with, and stays as asked for. `failed` and
    `skipped`: stays where it is, for `reason`. `left`: not dealt with any more, stays. `unknown`:
    may have been sent, stays. `twice` counts the copies that may have been made too many.
    `result` is what a handler found in so many `seconds`.
    """

    fate: Literal["through", "kept", "failed", "skipped", "left", "unknown"]
    reason: str | None = None
    new_id: str | None = None
    twice: int = 0
    result: Mapping[str, object] = field(default_factory=dict[str, object])
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ProcessOptions:
    """Which messages to process, and how.

    `limit` is the most messages; `drain` goes on until the queue is empty, `follow` until it is
    stopped. `concurrency` is how many handlers run at a time, each message for at most `seconds`.
    After `stop_after` failures it ends. `keep` leaves processed messages in the queue.
    """

    where: Filter = EVERYTHING
    limit: int | None = None
    drain: bool = False
    follow: bool = False
    concurrency: int = 4
    seconds: float = 300.0
    stop_after: int | None = None
    keep: bool = False


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """What came of one message. `done` is said of what was deleted too, unless it is kept."""

    message: Message = field(repr=False)
    outcome: Literal["done", "failed", "skipped"]
    seconds: float
    error: str | None
    result: Mapping[str, object]

    @property
    def message_id(self) -> str:
        """The message's id."""
        return self.message.message_id

    @property
    def key(self) -> str | None:
        """The key of the message's first event, `None` where it has none."""
        event = self.message.event
        return event.key if event else None


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """How a process ended; `remaining` is the queue's approximate count, `None` if unknown."""

    operation_id: str
    done: int
    failed: int
    skipped: int
    remaining: int | None
    reasons: tuple[str, ...] = ()
    state: MoveEnd = "done"


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """How a purge ended: about so many messages destroyed, `copied` of them kept in the journal
    under the operation `copy_id`, for a restore."""

    operation_id: str
    purged_about: int
    copied: int = 0
    copy_id: str | None = None
