"""What a redrive of a whole DLQ would do, known before anything is moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.models.move_task import MoveTask
from console.models.queue import QueueCounts


@dataclass(frozen=True, slots=True)
class RedrivePlan:
    """`sources` are the URLs of the queues that the DLQ serves, `None` where nobody could tell.

    `active` is a move task that runs already, whoever started it. `why_not` is the sentence why
    the server cannot do it, `None` where it can. `destination_arn` is the queue to name in the
    task, `None` where each message goes back to its own. `notes` are sentences for people.
    `last_started_at` is when the newest move task known started: one that is newer is new.
    """

    counts: QueueCounts
    sources: tuple[str, ...] | None
    active: MoveTask | None
    why_not: str | None
    destination_arn: str | None
    notes: tuple[str, ...] = ()
    last_started_at: datetime | None = None
