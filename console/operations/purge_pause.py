"""For how long a purge goes on: SQS allows no second one, and destroys what is sent meanwhile."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from console.models.moving import MoveProgress
from console.models.pipeline import QueueRef
from console.operations.moving import OnProgress
from console.operations.workbench import Workbench

KIND = "purge"
PAUSE = timedelta(seconds=60)
"""SQS purges a queue once in 60 s, and destroys what is sent meanwhile too (SQS API Reference,
PurgeQueue)."""


def allowed_at(workbench: Workbench, queue: QueueRef) -> datetime | None:
    """When a purge of `queue` that the journal knows of is over, `None` where none goes on. Raises
    `JournalError`."""
    now = workbench.clock.now()
    for operation in workbench.journal.log.operations(100, kind=KIND, state="done"):
        if operation.queue_arn == queue.arn and operation.ended_at is not None:
            allowed = operation.ended_at + PAUSE
            return allowed if operation.ended_at <= now < allowed else None
    return None


def await_purge(
    workbench: Workbench, queue: QueueRef, cancel: threading.Event, on_progress: OnProgress
) -> None:
    """Wait until a purge of `queue` that the journal knows of destroys nothing any more that is
    sent: it does for 60 s (SQS API Reference, PurgeQueue). Ends early where cancelled."""
    ends = allowed_at(workbench, queue)
    if ends is None:
        return
    note = f"What is sent to {queue.name} before {ends:%H:%M:%S} UTC, its purge destroys: waiting."
    on_progress(MoveProgress(0, 0, 0, 0, note))
    workbench.clock.wait(cancel, (ends - workbench.clock.now()).total_seconds())
