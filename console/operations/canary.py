"""Canaries: what became of the first messages of a redrive, before the rest follows them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from console.errors import ConsoleError
from console.models.message import Message
from console.models.moving import MoveProgress
from console.models.peek import PeekOptions
from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes
from console.models.selection import Filter
from console.operations.moving import OnProgress
from console.operations.peek import peek
from console.operations.redrive import no_progress
from console.operations.workbench import Workbench

_LOOK_SECONDS = 1.0
_SLACK = 15.0
_SURE_SECONDS = 5.0
"""Counts are approximate, and one right after a send may not have it yet: a queue passes for empty
when it has been seen so for that long."""
MOST_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class CanaryOutcome:
    """`came_back` were dead-lettered again, which is proven by their ids. `processed` are taken to
    be: the targets were seen empty and they did not come back, or where not all of the DLQ could
    be looked at, it has no more messages than before. Of `waiting` nothing is known yet."""

    processed: int
    came_back: int
    waiting: int

    @property
    def good(self) -> bool:
        """Whether all of them went well."""
        return not self.came_back and not self.waiting


def watch_canaries(
    workbench: Workbench,
    dlq: QueueRef,
    targets: Sequence[QueueRef],
    ids: frozenset[str],
    *,
    cancel: threading.Event,
    seconds: float | None = None,
    on_progress: OnProgress = no_progress,
) -> CanaryOutcome:
    """Watch messages that were sent to `targets` until all are gone or back in `dlq`.

    Waits at most `seconds`, by default as long as a failing message takes to be dead-lettered:
    a target's visibility timeout times its maxReceiveCount, 15 minutes at most. Raises
    `AwsError`, `JournalError`.
    """
    sqs = workbench.gateway.sqs
    patience = max((_patience(sqs.attributes(target)) for target in targets), default=0.0)
    base = before = sqs.attributes(dlq).counts.total
    ends = workbench.clock.monotonic() + (seconds if seconds is not None else patience)
    back: set[str] = set()
    empty_since: float | None = None
    while True:
        waiting = sum(sqs.attributes(target).counts.total for target in targets)
        dead = sqs.attributes(dlq).counts.total
        now = workbench.clock.monotonic()
        over = cancel.is_set() or now >= ends
        empty_since = None if waiting else now if empty_since is None else empty_since
        empty = empty_since is not None and (over or now - empty_since >= _SURE_SECONDS)
        sure = True
        if dead > base or empty or over:
            found, whole = _back(workbench, dlq, ids)
            back |= found
            base, sure = dead, whole or dead <= before
        left = len(ids) - len(back)
        if (empty and sure) or not left:
            return CanaryOutcome(left, len(back), 0)
        if over:
            return CanaryOutcome(0, len(back), left)
        if empty:
            empty_since = None
        seconds_left = ends - now
        note = f"Watching {len(ids)} canaries, {len(back)} came back; {seconds_left:.0f} s left."
        on_progress(MoveProgress(0, 0, 0, 0, note))
        workbench.clock.wait(cancel, _LOOK_SECONDS)


def _patience(target: QueueAttributes) -> float:
    attempts = target.redrive.max_receive_count if target.redrive else 1
    return min(MOST_SECONDS, target.visibility_timeout * attempts + _SLACK)


def _back(workbench: Workbench, dlq: QueueRef, ids: frozenset[str]) -> tuple[frozenset[str], bool]:
    """Which of the ids the DLQ has, for SQS keeps a message's id when it dead-letters it; and
    whether all of the DLQ was looked at."""
    found: list[Message] = []
    try:
        summary = peek(
            workbench,
            dlq,
            PeekOptions(limit=None, where=Filter(ids=ids)),
            cancel=threading.Event(),
            on_message=found.append,
        )
    except ConsoleError:
        return frozenset(), False
    return frozenset(message.message_id for message in found), summary.partial is None
