"""Looking into a queue: what it will cost, what was asked for, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.models.pipeline import QueueRef
from console.models.selection import EVERYTHING, Filter


@dataclass(frozen=True, slots=True)
class PeekPlan:
    """What a peek of a queue would cost and whether it may be done, known before any receive.

    `max_receive_count` is `None` where the queue has no redrive policy, and so no budget.
    `live` tells whether consumers are to be expected, which bounds hiding to 5 s; `why_live`
    says by what sign. `retention` is the queue's, in seconds. `refusal` is the sentence that keeps
    the peek from being done, `None` where it may; `at_risk` counts the messages known to be on
    their last attempt.
    """

    queue: QueueRef
    visible: int
    in_flight: int
    retention: int
    max_receive_count: int | None
    live: bool
    why_live: str
    cost: str
    refusal: str | None
    at_risk: int


@dataclass(frozen=True, slots=True)
class PeekOptions:
    """What a peek is asked to do.

    `limit` is the most messages to receive, `None` for a whole pass. `hold` lifts the 5 s bound on
    hiding and keeps the leases after the pass. `spend_last_attempt` goes on where the budget says
    no. `where` says which messages are shown.
    """

    limit: int | None = 10
    hold: bool = False
    spend_last_attempt: bool = False
    where: Filter = EVERYTHING


@dataclass(frozen=True, slots=True)
class PeekProgress:
    """How far a pass is: distinct messages received of about so many."""

    received: int
    about: int


@dataclass(frozen=True, slots=True)
class PeekSummary:
    """How a peek ended.

    `withheld` counts what was left alone to spare a last attempt. `held` counts leases kept after
    the pass, until `held_until` at the latest unless extended. `partial` is the sentence that says
    why not everything was read, `None` for a complete pass. `unreleased` counts messages whose
    release failed: they reappear by themselves at `reappear_at`. `elsewhere` is about how many
    of the whole queue others held meanwhile.
    """

    received: int
    matched: int
    released: int
    held: int
    withheld: int
    unreleased: int = 0
    partial: str | None = None
    warning: str | None = None
    reappear_at: datetime | None = None
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A received message that the console holds.

    `expires_at` is on the monotonic clock, counted from before the request that made or extended
    the lease; `reappears_at` is the same moment on the wall clock, for people. `ends_at` is the
    monotonic moment past which SQS extends it no further. `bounded` marks a lease that is meant to
    run out, because the queue has live consumers. `last_attempt` marks a message that its
    next receive dead-letters, so that it is better not released; `at_risk` one whose next receive
    spends its last attempt, so that nobody may be receiving while it is released. `operation_id`
    is the journal's operation that received it.
    """

    queue: QueueRef
    message_id: str
    receipt_handle: str
    receive_count: int
    operation_id: str
    expires_at: float
    ends_at: float
    reappears_at: datetime
    bounded: bool = False
    last_attempt: bool = False
    at_risk: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """What came of giving leases back: message ids by fate.

    `expired` had run out before, so that the messages are visible already; `failed` could not be
    released and reappear by themselves at `reappear_at` at the latest, `reason` says why the
    first of them could not.
    """

    released: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    reappear_at: datetime | None = None
    reason: str | None = None
