"""Restore: send back from the journal's copies what an operation deleted."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from console.errors import AwsError, ConsoleError, JournalError, UsageError
from console.journal.log import EntryRecord, OperationRecord
from console.journal.moves import Step
from console.models.moving import MoveProgress, RestoreReport
from console.models.pipeline import QueueRef
from console.operations import delete, process, purge
from console.operations.crew import work_together
from console.operations.moving import CANCEL_GRACE, OPEN, THROUGH, OnProgress
from console.operations.outcomes import Outcomes, all_reasons, end_state
from console.operations.passing import MOST_RECEIVERS
from console.operations.purge_pause import await_purge
from console.operations.queues import queue_of
from console.operations.redrive import no_progress
from console.operations.sending import Sender, outgoing
from console.operations.taking import Taken
from console.operations.workbench import Workbench, require_write

KIND = "restore"
DONE = "restored"
_CHUNK = 10
_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class _Keeps:
    """What an operation that keeps copies says of a message: the word for one that is gone, and
    what it says of one that may be gone or not."""

    gone: str
    open: tuple[str | None, ...] = ()


_KEEPERS: Mapping[str, _Keeps] = {
    delete.KIND: _Keeps(delete.DONE, OPEN),
    process.KIND: _Keeps(process.DONE, (THROUGH,)),
    purge.COPY: _Keeps("copied"),
}


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a restore would send: the `entries` of `operation`, which has the copies. Of the
    `doubted` message ids nobody saw that they are gone, so that they may be there twice then."""

    operation: OperationRecord
    entries: tuple[EntryRecord, ...]
    doubted: frozenset[str] = frozenset()


def plan_restore(workbench: Workbench, operation_id: str) -> RestorePlan:
    """What a restore of an operation would send back now; of a purge, the copies made before it.

    Raises `UsageError` where there is nothing to restore, no copy was kept, or an earlier restore
    of the same is not finished, and `JournalError`.
    """
    operation = _keeper(workbench, workbench.journal.log.operation(operation_id))
    _need_purge(workbench, operation)
    entries = restorable(workbench, operation)
    _need_copies(workbench, operation, entries)
    _refuse_unfinished(workbench, operation.id)
    return RestorePlan(operation, entries, _doubted(workbench, operation, entries))


def restorable(workbench: Workbench, operation: OperationRecord) -> tuple[EntryRecord, ...]:
    """The messages an operation deleted, or may have, and nothing has restored yet.

    Raises `UsageError` for an operation that deletes nothing, `JournalError`.
    """
    keeps = _KEEPERS.get(operation.kind)
    if keeps is None:
        raise UsageError(
            "Nothing to restore",
            f"{operation.id} is a {operation.kind}: it deleted nothing for good.",
            "Deletes, processed messages and copies made before a purge can be restored.",
        )
    journal = workbench.journal
    back = {
        entry.subject
        for earlier in _restores_of(workbench, operation.id)
        for entry in journal.moves.entries(earlier.id, KIND)
        if entry.outcome == DONE
    }
    entries = journal.moves.entries(operation.id, operation.kind)
    offered = (keeps.gone, *keeps.open)
    return tuple(e for e in entries if e.outcome in offered and e.subject not in back)


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


def _need_purge(workbench: Workbench, operation: OperationRecord) -> None:
    """Copies stand for what a purge has destroyed, or may have. Before another they are nothing to
    send: their messages were given back. Raises `UsageError`."""
    if operation.kind != purge.COPY:
        return
    journal = workbench.journal
    for one in journal.log.operations(_ALL, kind=purge.KIND):
        if one.parameters.get("copy") != operation.id:
            continue
        rows = journal.moves.outcomes(one.id, purge.KIND)
        if any(row.outcome != purge.FAILED for row in rows):
            return
    raise UsageError(
        "Nothing to restore",
        f"No purge followed {operation.id}: what it copied was left in its queue.",
        f"The copies are in event-console journal export {operation.id} --bodies.",
    )


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
    are new. What was restored before is not sent twice.

    Raises `Refused` in read-only mode, `UsageError` where there is nothing to restore, no copy was
    kept, or another restore of the same is not finished, `AwsError` where the queue cannot be
    found, and `JournalError`, before anything is sent. Any other failure ends it with the state
    `failed`.
    """
    require_write(workbench, "Restore")
    keeper = _keeper(workbench, workbench.journal.log.operation(operation_id))
    with _alone(workbench, keeper.id):
        plan = plan_restore(workbench, keeper.id)
        entries = plan.entries
        queue = to or queue_of(workbench, keeper)
        intent = f"send {len(entries)} messages of {operation_id} back to {queue.name}"
        parameters = {
            "of": keeper.id,
            "from": keeper.queue_arn,
            "to": [queue.name, queue.url, queue.arn],
        }
        operation = workbench.begin(KIND, queue, intent, parameters)
        return _run(workbench, operation, queue, entries, plan.doubted, cancel, on_progress)


def go_on(
    workbench: Workbench,
    operation: OperationRecord,
    *,
    cancel: threading.Event,
    on_progress: OnProgress,
) -> RestoreReport:
    """Send what an earlier run of the restore `operation` is not known to have sent. Raises as
    `restore` does."""
    of = str(operation.parameters["of"])
    name, url, arn = operation.parameters["to"]  # pyright: ignore[reportGeneralTypeIssues]
    with _alone(workbench, of):
        keeper = workbench.journal.log.operation(of)
        entries = restorable(workbench, keeper)
        doubted = _doubted(workbench, keeper, entries)
        queue = QueueRef(name, url, arn)
        return _run(workbench, operation.id, queue, entries, doubted, cancel, on_progress)


def brought_back(workbench: Workbench, operation_id: str) -> frozenset[str]:
    """The ids that messages have now which restores of an operation have sent."""
    return frozenset(
        entry.new_id
        for one in _restores_of(workbench, operation_id)
        for entry in workbench.journal.moves.entries(one.id, KIND)
        if entry.new_id
    )


def _doubted(
    workbench: Workbench, keeper: OperationRecord, entries: Sequence[EntryRecord]
) -> frozenset[str]:
    """The messages that may still be where they were: a deleted one has an error with it where it
    was not seen again only."""
    gone, purged = _KEEPERS[keeper.kind].gone, not _in_doubt(workbench, keeper)
    return frozenset(e.subject for e in entries if e.outcome != gone or e.error or not purged)


def _in_doubt(workbench: Workbench, keeper: OperationRecord) -> bool:
    """Whether nobody knows that the messages are gone: the purge's answer was lost."""
    if keeper.kind != purge.COPY:
        return False
    journal = workbench.journal
    purges = journal.log.operations(_ALL, kind=purge.KIND)
    of = [one for one in purges if one.parameters.get("copy") == keeper.id]
    rows = [row for one in of for row in journal.moves.outcomes(one.id, purge.KIND)]
    return not any(row.outcome == purge.PURGED for row in rows)


def _restores_of(workbench: Workbench, operation_id: str) -> list[OperationRecord]:
    restores = workbench.journal.log.operations(_ALL, kind=KIND)
    return [one for one in restores if one.parameters.get("of") == operation_id]


@contextmanager
def _alone(workbench: Workbench, operation_id: str) -> Generator[None]:
    """Two restores of the same at once would send everything twice. Raises `UsageError`."""
    claims = workbench.journal.claims
    if not claims.take(operation_id):
        raise UsageError(
            "Still running", f"Another console is working on {operation_id}.", "Wait for its end."
        )
    try:
        yield
    finally:
        claims.drop(operation_id)


def _refuse_unfinished(workbench: Workbench, operation_id: str) -> None:
    """What a stopped restore may have sent is counted where that one is finished."""
    for earlier in _restores_of(workbench, operation_id):
        if earlier.state == "done":
            continue
        outcomes = workbench.journal.moves.outcomes(earlier.id, KIND)
        if any(row.outcome in (None, "unknown") for row in outcomes):
            raise UsageError(
                "Not finished",
                f"An earlier restore of {operation_id} was stopped, and may have sent messages.",
                f"Finish it with event-console journal resume {earlier.id}.",
            )


def _run(
    workbench: Workbench,
    operation: str,
    queue: QueueRef,
    entries: Sequence[EntryRecord],
    doubted: frozenset[str],
    cancel: threading.Event,
    on_progress: OnProgress,
) -> RestoreReport:
    """Send the copies of `entries`, record each, and finish the operation `operation`. The
    `doubted` may be there twice afterwards."""
    failure: ConsoleError | None = None
    ended = True
    try:
        largest = workbench.gateway.sqs.attributes(queue).maximum_message_size
        await_purge(workbench, queue, cancel, on_progress)
        sender = Sender(workbench, queue, largest, cancel)
        resender = _Resender(workbench, operation, sender, entries, doubted)
        ended = work_together(
            lambda: resender.work(on_progress),
            max(1, min(MOST_RECEIVERS, -(-len(entries) // _CHUNK))) if not queue.fifo else 1,
            cancel=cancel,
            stop=resender.stop.set,
            heartbeat=lambda: None,
            grace=CANCEL_GRACE,
        )
    except JournalError:
        workbench.journal.claims.drop(operation)
        raise
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
        state=end_state(found, taken, failure, cancel),
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
        doubted: frozenset[str],
    ) -> None:
        self._doubted = doubted
        self.stop = threading.Event()
        self._bench, self._operation, self._sender = workbench, operation, sender
        before = workbench.journal.moves.entries(operation, KIND)
        self._numbers = {entry.subject: entry.number for entry in before}
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
        numbers = self._intend([copy.message_id for copy in copies])
        sent = self._sender.send(mail)
        steps = [
            Step(
                numbers[message_id],
                DONE if effect.fate == "through" else effect.fate,
                effect.reason,
                effect.new_id,
                effect.twice + int(effect.fate == "through" and message_id in self._doubted),
            )
            for message_id, effect in sent.effects.items()
        ]
        journal.moves.record(self._operation, steps, self._bench.clock.now())
        if sent.fatal is not None:
            raise sent.fatal

    def _intend(self, message_ids: Sequence[str]) -> dict[str, int]:
        """Record what is about to be sent; returns the entries' numbers by message id."""
        journal, at = self._bench.journal, self._bench.clock.now()
        known = {m: self._numbers[m] for m in message_ids if m in self._numbers}
        new = [m for m in message_ids if m not in known]
        with journal.together():
            journal.moves.again(self._operation, known.values(), at)
            return known | journal.log.intend(self._operation, KIND, new, at)


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
