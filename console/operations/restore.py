"""Restore: send back from the journal's copies what an operation deleted."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from console.errors import AwsError, ConsoleError, UsageError
from console.journal.log import EntryRecord, OperationRecord
from console.journal.moves import Step
from console.models.moving import MoveProgress, RestoreReport
from console.models.pipeline import QueueRef
from console.operations import delete, purge
from console.operations.crew import work_together
from console.operations.moving import CANCEL_GRACE, OnProgress
from console.operations.outcomes import Outcomes, all_reasons, end_state
from console.operations.passing import MOST_RECEIVERS
from console.operations.queues import queue_of
from console.operations.redrive import no_progress
from console.operations.sending import Sender, outgoing
from console.operations.taking import Taken
from console.operations.workbench import Workbench, require_write

KIND = "restore"
DONE = "restored"
RESTORABLE: Mapping[str, str] = {delete.KIND: delete.DONE, "process": "done", purge.COPY: "copied"}
"""Operations that keep copies of what they take away, and their word for a message that is gone."""
_CHUNK = 10


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a restore would send: the `entries` of `operation`, of which an earlier restore that
    was cut short may have sent the `doubted` ones already."""

    operation: OperationRecord
    entries: tuple[EntryRecord, ...]
    doubted: frozenset[str]


def plan_restore(workbench: Workbench, operation_id: str) -> RestorePlan:
    """What a restore of an operation would send back now; of a purge, the copies made before it.

    Raises `UsageError` where there is nothing to restore or no copy was kept, `JournalError`.
    """
    operation = _keeper(workbench, workbench.journal.log.operation(operation_id))
    entries = restorable(workbench, operation)
    _need_copies(workbench, operation, entries)
    _, doubted = _earlier(workbench, operation)
    return RestorePlan(operation, entries, doubted)


def restorable(workbench: Workbench, operation: OperationRecord) -> tuple[EntryRecord, ...]:
    """The messages an operation deleted and nothing has restored yet.

    Raises `UsageError` for an operation that deletes nothing, `JournalError`.
    """
    done = RESTORABLE.get(operation.kind)
    if done is None:
        raise UsageError(
            "Nothing to restore",
            f"{operation.id} is a {operation.kind}: it deleted nothing for good.",
            "Deletes, processed messages and copies made before a purge can be restored.",
        )
    back, _ = _earlier(workbench, operation)
    entries = workbench.journal.moves.entries(operation.id, operation.kind)
    return tuple(e for e in entries if e.outcome == done and e.subject not in back)


def _keeper(workbench: Workbench, operation: OperationRecord) -> OperationRecord:
    """The operation that has the copies: a purge's are those of the copying before it."""
    if operation.kind != purge.KIND:
        return operation
    copy = operation.parameters.get("copy")
    if copy is None:
        raise UsageError(
            "Nothing to restore",
            f"{operation.id} purged without copies: what it destroyed is gone for good.",
            "purge --copy-first keeps copies of what is visible.",
        )
    return workbench.journal.log.operation(str(copy))


def _earlier(
    workbench: Workbench, operation: OperationRecord
) -> tuple[frozenset[str], frozenset[str]]:
    """Which messages of an operation were sent back before, and which of the others may have
    been: no outcome is known of them."""
    moves = workbench.journal.moves
    entries = [
        entry
        for earlier in workbench.journal.log.operations(1_000_000, kind=KIND)
        if earlier.parameters.get("of") == operation.id
        for entry in moves.entries(earlier.id, KIND)
    ]
    back = frozenset(e.subject for e in entries if e.outcome == DONE)
    maybe = frozenset(e.subject for e in entries if e.outcome in (None, "unknown"))
    return back, maybe - back


@contextmanager
def alone(workbench: Workbench, operation_id: str) -> Generator[None]:
    """Only one console at a time deletes, resumes or restores what one operation deleted.

    Raises `UsageError` where another is at it, `JournalError`.
    """
    claims = workbench.journal.claims
    if not claims.take(operation_id):
        raise UsageError(
            "Still running", f"A console is at work on {operation_id} now.", "Wait for its end."
        )
    try:
        yield
    finally:
        claims.drop(operation_id)


def restore(
    workbench: Workbench,
    operation_id: str,
    *,
    cancel: threading.Event,
    to: QueueRef | None = None,
    on_progress: OnProgress = no_progress,
) -> RestoreReport:
    """Send back what an operation deleted, to its queue or to another one.

    Bodies, attributes and group ids are as they were; message ids, sent times and receive counts
    are new. What was restored before is not sent twice, and what a restore that was killed may
    have sent is counted as possibly duplicated.

    Raises `Refused` in read-only mode, `UsageError` where there is nothing to restore, no copy
    was kept or another console is at it, `AwsError` where the queue cannot be found, and
    `JournalError`, before anything is sent. Any other failure ends it with the state `failed`.
    """
    require_write(workbench, "Restore")
    deleted = _keeper(workbench, workbench.journal.log.operation(operation_id))
    with alone(workbench, deleted.id):
        plan = plan_restore(workbench, deleted.id)
        queue = to or queue_of(workbench, deleted)
        intent = f"send {len(plan.entries)} messages of {operation_id} back to {queue.name}"
        parameters = {"of": deleted.id, "to": [queue.name, queue.url, queue.arn]}
        operation = workbench.begin(KIND, queue, intent, parameters)
        ids = [entry.subject for entry in plan.entries]
        numbers = workbench.journal.log.intend(operation, KIND, ids, workbench.clock.now())
        return run(
            workbench, operation, queue, plan.entries, numbers, plan.doubted, cancel, on_progress
        )


def run(
    workbench: Workbench,
    operation: str,
    queue: QueueRef,
    entries: Sequence[EntryRecord],
    numbers: Mapping[str, int],
    doubted: frozenset[str],
    cancel: threading.Event,
    on_progress: OnProgress,
) -> RestoreReport:
    """Send the copies of `entries`, record each, and finish the operation `operation`."""
    failure: ConsoleError | None = None
    ended = True
    try:
        largest = workbench.gateway.sqs.attributes(queue).maximum_message_size
        sender = Sender(workbench, queue, largest, cancel)
        resender = _Resender(workbench, operation, sender, entries, numbers, doubted)
        ended = work_together(
            lambda: resender.work(on_progress),
            max(1, min(MOST_RECEIVERS, -(-len(entries) // _CHUNK))) if not queue.fifo else 1,
            cancel=cancel,
            stop=resender.stop.set,
            heartbeat=lambda: None,
            grace=CANCEL_GRACE,
        )
    except AwsError as error:
        failure = error
    return _finish(workbench, operation, Taken(ended), failure, cancel)


def _finish(
    workbench: Workbench,
    operation: str,
    taken: Taken,
    failure: ConsoleError | None,
    cancel: threading.Event,
) -> RestoreReport:
    found = Outcomes(workbench, operation, KIND, DONE)
    report = RestoreReport(
        operation_id=operation,
        restored=found.done,
        failed=found.failed,
        possibly_duplicated=found.twice,
        reasons=all_reasons(found, taken, failure),
        state=end_state(taken, failure, cancel),
    )
    told = {"restored": report.restored, "failed": report.failed, "reasons": list(report.reasons)}
    if taken.ended:
        workbench.finish(operation, report.state, told)
    return report


class _Resender:
    """Sends copies, ten at a time, from several threads."""

    def __init__(
        self,
        workbench: Workbench,
        operation: str,
        sender: Sender,
        entries: Sequence[EntryRecord],
        numbers: Mapping[str, int],
        doubted: frozenset[str],
    ) -> None:
        self.stop = threading.Event()
        self._bench, self._operation, self._sender = workbench, operation, sender
        self._numbers, self._doubted = numbers, doubted
        self._total, self._sent = len(entries), 0
        self._lock = threading.Lock()
        self._chunks = _chunks(entries)

    def work(self, on_progress: OnProgress) -> None:
        """Send until all are sent, or it is stopped. Raises `AwsError`, `JournalError`."""
        while not self.stop.is_set():
            with self._lock:
                chunk = next(self._chunks, None)
            if chunk is None:
                return
            self._send(chunk)
            with self._lock:
                self._sent += len(chunk)
                on_progress(MoveProgress(self._sent, self._total, self._sent, 0))

    def _send(self, chunk: Sequence[EntryRecord]) -> None:
        journal, queue = self._bench.journal, self._sender.queue
        copies = journal.moves.copies(chunk[0].operation_id, [entry.number for entry in chunk])
        mail = [outgoing(copy, queue, self._operation) for copy in copies]
        sent = self._sender.send(mail, self._doubted)
        steps = [
            Step(
                self._numbers[message_id],
                DONE if effect.fate == "through" else effect.fate,
                effect.reason,
                effect.new_id,
                effect.twice,
            )
            for message_id, effect in sent.effects.items()
        ]
        journal.moves.record(self._operation, steps, self._bench.clock.now())
        if sent.fatal is not None:
            raise sent.fatal


def _chunks(entries: Sequence[EntryRecord]) -> Iterator[Sequence[EntryRecord]]:
    return (entries[start : start + _CHUNK] for start in range(0, len(entries), _CHUNK))


def _need_copies(
    workbench: Workbench, operation: OperationRecord, entries: Sequence[EntryRecord]
) -> None:
    if not entries:
        raise UsageError(
            "Nothing to restore", f"All that {operation.id} deleted has been restored.", ""
        )
    if not workbench.journal.moves.copies(operation.id, [entries[0].number]):
        raise UsageError(
            "No copies",
            f"The journal kept no bodies when {operation.id} ran.",
            "Set journal.bodies = true to be able to restore what is deleted from now on.",
        )
