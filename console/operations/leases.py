"""Leases: the messages the console holds, extended while in use and given back on every way out."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from console.aws.sqs import BATCH, Sqs
from console.errors import AwsError
from console.journal.store import Journal
from console.models.clock import Clock
from console.models.message import Message
from console.models.peek import Lease, Release
from console.models.pipeline import QueueRef
from console.operations.pool import run_all

LEASE_SECONDS = 30
LONG_LEASE_SECONDS = 120
MANY = 1_000
EXTEND_AT = 10.0
MOST_SECONDS = 12 * 3600 - 60
"""SQS extends a message to at most 12 h from its receive (SQS API Reference,
ChangeMessageVisibility); a minute is kept as slack."""
_WORKERS = 8
_OPEN_END = 30.0
_TURN_SECONDS = 2.5
_WHY_KEPT = "their next receive would dead-letter them"
_RAN_OUT = "its lease had run out"


def lease_seconds(held: int) -> int:
    """How long a lease lasts while so many are held: long ones leave time to extend them all."""
    return LONG_LEASE_SECONDS if held > MANY else LEASE_SECONDS


@dataclass(frozen=True, slots=True)
class Request:
    """A receive that is about to be made: leases count from before it."""

    monotonic: float
    wall: datetime
    visibility: int


@dataclass(frozen=True, slots=True)
class _Changed:
    """What came of one visibility change, called `at` (monotonic) and at `wall`: why messages were
    refused by id, and which were not asked for, because their leases had run out by then."""

    at: float
    wall: datetime
    refused: Mapping[str, str]
    late: frozenset[str]


class LeaseBook:
    """Every lease this process holds, on any queue. Thread-safe; AWS is called outside the lock."""

    def __init__(self, sqs: Sqs, journal: Journal, clock: Clock) -> None:
        self._sqs = sqs
        self._journal = journal
        self._clock = clock
        self._lock = threading.Lock()
        self._leases: dict[tuple[str, str], Lease] = {}

    def request(self, visibility: int) -> Request:
        """Take the time before a receive."""
        return Request(self._clock.monotonic(), self._clock.now(), visibility)

    def hold(
        self, queue: QueueRef, messages: Iterable[Message], request: Request, operation_id: str
    ) -> None:
        """Take leases on what a receive returned; a later receive replaces a message's lease."""
        reappears_at = request.wall + timedelta(seconds=request.visibility)
        with self._lock:
            for message in messages:
                self._leases[queue.arn, message.message_id] = Lease(
                    queue=queue,
                    message_id=message.message_id,
                    receipt_handle=message.receipt_handle,
                    receive_count=message.receive_count,
                    operation_id=operation_id,
                    expires_at=request.monotonic + request.visibility,
                    ends_at=request.monotonic + MOST_SECONDS,
                    reappears_at=reappears_at,
                    bounded=request.visibility < LEASE_SECONDS,
                    last_attempt=message.at_last_attempt,
                    at_risk=message.at_risk,
                )

    def held(self, queue: QueueRef | None = None) -> tuple[Lease, ...]:
        """The leases that have not run out, of one queue where `queue` names it."""
        now = self._clock.monotonic()
        with self._lock:
            leases = tuple(self._leases.values())
        return tuple(
            lease for lease in leases if lease.expires_at > now and queue in (None, lease.queue)
        )

    def remaining(self, lease: Lease) -> float:
        """Seconds the lease has left; 0 once it has run out."""
        return max(0.0, lease.expires_at - self._clock.monotonic())

    def drop(self, queue: QueueRef, message_ids: Iterable[str]) -> None:
        """Forget leases on messages that are gone: deleted."""
        with self._lock:
            for message_id in message_ids:
                self._leases.pop((queue.arn, message_id), None)

    def valid(self, queue: QueueRef, message_id: str) -> Lease | None:
        """The lease on a message while it can be acted through, else `None`."""
        with self._lock:
            lease = self._leases.get((queue.arn, message_id))
        return lease if lease and lease.expires_at > self._clock.monotonic() else None

    def lasting(self, queue: QueueRef, message_id: str) -> bool:
        """Whether a lease lasts long enough to act on its message and be extended meanwhile."""
        lease = self.valid(queue, message_id)
        return lease is not None and self.remaining(lease) > EXTEND_AT / 2

    def adopt(self, queue: QueueRef, message_ids: Iterable[str], operation_id: str) -> None:
        """Hand leases over to another operation, which their release is journaled under."""
        with self._lock:
            for message_id in message_ids:
                lease = self._leases.get((queue.arn, message_id))
                if lease is not None:
                    self._leases[queue.arn, message_id] = replace(lease, operation_id=operation_id)

    def release(
        self, queue: QueueRef, message_ids: Iterable[str], *, seconds: float | None = None
    ) -> Release:
        """Make messages visible again now (visibility 0), in batches side by side.

        A lease that has run out is not released through: its message is visible already. Works
        for at most `seconds`; what is not answered by then counts as failed. Failures are told in
        the result; raises nothing but `JournalError`, before any call.
        """
        with self._lock:
            taken = [
                lease
                for message_id in message_ids
                if (lease := self._leases.pop((queue.arn, message_id), None)) is not None
            ]
        began = time.monotonic()
        with self._turn(queue, taken, seconds):
            waited = time.monotonic() - began
            left = None if seconds is None else max(0.0, seconds - waited)
            return self._release_taken(queue, taken, left)

    @contextmanager
    def _turn(
        self, queue: QueueRef, leases: Sequence[Lease], seconds: float | None
    ) -> Generator[None]:
        """Nobody on this journal receives inside what would lose its last attempt by it. A receive
        that does not end holds this up for a while only: leaving has its bound."""
        at_risk = [lease.message_id for lease in leases if lease.at_risk]
        if not at_risk:
            yield
            return
        # From here on no other console begins a receive.
        self._journal.memory.hide(queue.arn, at_risk, self._clock.now())
        wait = _TURN_SECONDS if seconds is None else min(_TURN_SECONDS, seconds * 2 / 3)
        with self._journal.turns.releasing(queue.arn, wait):
            yield

    def _release_taken(
        self, queue: QueueRef, taken: Sequence[Lease], seconds: float | None
    ) -> Release:
        now = self._clock.monotonic()
        valid = [lease for lease in taken if lease.expires_at > now]
        refused: dict[str, str] = {}
        late = {lease.message_id for lease in taken} - {lease.message_id for lease in valid}
        released = self._release(queue, valid, seconds, refused, late) if valid else set[str]()
        failed = [lease for lease in valid if lease.message_id not in released | late]
        return Release(
            released=tuple(lease.message_id for lease in valid if lease.message_id in released),
            expired=tuple(lease.message_id for lease in taken if lease.message_id in late),
            failed=tuple(lease.message_id for lease in failed),
            reappear_at=max((lease.reappears_at for lease in failed), default=None),
            reason=next(iter(refused.values()), "no answer in time") if failed else None,
        )

    def release_all(self, seconds: float) -> Release:
        """Release everything within `seconds`, as on leaving the console.

        A message whose next receive would dead-letter it is left to reappear by itself, which
        leaves somebody the time to act on it.
        """
        ends = self._clock.monotonic() + seconds
        whole = Release()
        for queue in {lease.queue.arn: lease.queue for lease in self.held()}.values():
            leases = self.held(queue)
            given = [lease.message_id for lease in leases if not lease.last_attempt]
            kept = [lease for lease in leases if lease.last_attempt]
            left = max(0.0, ends - self._clock.monotonic())
            whole = _merged(whole, self.release(queue, given, seconds=left), kept)
        return whole

    def keep(self, queue: QueueRef, message_ids: Iterable[str]) -> tuple[str, ...]:
        """Extend leases now to their full length; returns the ids that could not be extended."""
        leases = [lease for m in message_ids if (lease := self.valid(queue, m)) is not None]
        return self._extend(queue, leases)

    def lapse(self, queue: QueueRef, message_ids: Iterable[str]) -> None:
        """Let leases run out by themselves; until then they can still be given back."""
        with self._lock:
            for message_id in message_ids:
                lease = self._leases.get((queue.arn, message_id))
                if lease is not None:
                    self._leases[queue.arn, message_id] = replace(lease, bounded=True)

    def tick(self) -> tuple[str, ...]:
        """Extend leases with less than 10 s left; returns the message ids that were lost.

        Bounded leases are left to run out: nothing of a live queue is hidden for longer.
        To be called about once a second while leases are in use. Leases that ran out are dropped.
        """
        lost: list[str] = self._drop_expired()
        due = [
            lease
            for lease in self.held()
            if not lease.bounded and self.remaining(lease) <= EXTEND_AT
        ]
        for queue in {lease.queue.arn: lease.queue for lease in due}.values():
            lost += self._extend(queue, [lease for lease in due if lease.queue == queue])
        return tuple(lost)

    def _drop_expired(self) -> list[str]:
        now = self._clock.monotonic()
        with self._lock:
            gone = [key for key, lease in self._leases.items() if lease.expires_at <= now]
            for key in gone:
                del self._leases[key]
        return [message_id for _, message_id in gone]

    def _extend(self, queue: QueueRef, leases: Sequence[Lease]) -> tuple[str, ...]:
        seconds = lease_seconds(len(self.held()))
        now, wall = self._clock.monotonic(), self._clock.now()
        able = [lease for lease in leases if lease.ends_at > now + seconds]
        ids = [lease.message_id for lease in able]
        lost = {lease.message_id for lease in leases} - set(ids)
        # Before the calls: a process killed right after one must still know what it hides. None
        # is made later than that, however long the journal takes.
        latest = min(now + EXTEND_AT, max((lease.expires_at for lease in able), default=now))
        until = wall + timedelta(seconds=latest - now + seconds)
        with self._journal.together():
            self._journal.memory.hold_longer(queue.arn, ids, wall + timedelta(seconds=seconds))
            self._journal.log.hides({lease.operation_id for lease in able}, until)
        late: set[str] = set()
        for chunk, answer in run_all(
            lambda chunk: self._change(queue, chunk, seconds, latest),
            _chunks(able),
            workers=_WORKERS,
        ):
            changed = _read(chunk, answer)
            late |= changed.late
            lost |= changed.refused.keys() | changed.late
            self._prolong([one for one in chunk if one.message_id not in lost], changed, seconds)
        if late:
            self._journal.memory.hide(queue.arn, late, self._clock.now())
        return tuple(lost)

    def _prolong(self, leases: Sequence[Lease], changed: _Changed, seconds: int) -> None:
        """These were extended, unless somebody has replaced or dropped them meanwhile."""
        reappears_at = changed.wall + timedelta(seconds=seconds)
        with self._lock:
            for lease in leases:
                key = (lease.queue.arn, lease.message_id)
                if self._leases.get(key) == lease:
                    self._leases[key] = replace(
                        lease,
                        expires_at=changed.at + seconds,
                        reappears_at=reappears_at,
                        bounded=False,
                    )

    def _release(
        self,
        queue: QueueRef,
        leases: Sequence[Lease],
        seconds: float | None,
        refused: dict[str, str],
        late: set[str],
    ) -> set[str]:
        """Make the calls and journal them; returns what was released, what AWS refused into
        `refused`, and what ran out meanwhile into `late`."""
        numbers = self._intend(leases)
        released: set[str] = set()
        outcomes: list[tuple[Lease, str, str | None]] = []
        for chunk, answer in run_all(
            lambda chunk: self._change(queue, chunk, 0),
            _chunks(leases),
            workers=_WORKERS,
            seconds=_OPEN_END if seconds is None else seconds,
        ):
            changed = _read(chunk, answer)
            refused |= changed.refused
            late |= changed.late
            reasons = {**dict.fromkeys(changed.late, _RAN_OUT), **changed.refused}
            for lease in chunk:
                reason = reasons.get(lease.message_id)
                outcomes.append((lease, "failed" if reason else "released", reason))
                if reason is None:
                    released.add(lease.message_id)
        self._settle(queue, numbers, outcomes, released | late)
        return released

    def _intend(self, leases: Sequence[Lease]) -> dict[tuple[str, str], int]:
        at = self._clock.now()
        numbers: dict[tuple[str, str], int] = {}
        for operation_id in {lease.operation_id for lease in leases}:
            ids = [lease.message_id for lease in leases if lease.operation_id == operation_id]
            intents = self._journal.log.intend(operation_id, "release", ids, at)
            numbers |= {(operation_id, message_id): n for message_id, n in intents.items()}
        return numbers

    def _settle(
        self,
        queue: QueueRef,
        numbers: dict[tuple[str, str], int],
        outcomes: Sequence[tuple[Lease, str, str | None]],
        visible: set[str],
    ) -> None:
        at = self._clock.now()
        for operation_id in {lease.operation_id for lease, _, _ in outcomes}:
            rows = [
                (numbers[operation_id, lease.message_id], outcome, reason)
                for lease, outcome, reason in outcomes
                if lease.operation_id == operation_id
            ]
            self._journal.log.settle(operation_id, rows, at)
        self._journal.memory.hide(queue.arn, visible, at)
        with self._lock:
            holding = {lease.operation_id for lease in self._leases.values()}
            holding |= {operation for operation, message in numbers if message not in visible}
        for operation_id in {operation for operation, _ in numbers} - holding:
            self._journal.log.hides_no_more(operation_id, at)

    def _change(
        self, queue: QueueRef, leases: Sequence[Lease], seconds: int, latest: float = math.inf
    ) -> _Changed:
        """Change the visibility through what is valid at this moment, and not after `latest`
        (monotonic): whoever chose the leases may have waited for the journal since."""
        at, wall = self._clock.monotonic(), self._clock.now()
        valid = [lease for lease in leases if at < min(lease.expires_at, latest)]
        handles = {lease.message_id: lease.receipt_handle for lease in valid}
        failures = self._sqs.change_visibility(queue, handles, seconds) if handles else []
        late = frozenset(lease.message_id for lease in leases) - handles.keys()
        return _Changed(at, wall, {f.message_id: f.reason for f in failures}, late)


def _chunks(leases: Sequence[Lease]) -> list[Sequence[Lease]]:
    return [leases[start : start + BATCH] for start in range(0, len(leases), BATCH)]


def _read(chunk: Sequence[Lease], answer: _Changed | Exception) -> _Changed:
    """What came of a batch; one that failed as a whole has refused all of it."""
    if isinstance(answer, _Changed):
        return answer
    reason = answer.sentence if isinstance(answer, AwsError) else repr(answer)
    refused = {lease.message_id: reason for lease in chunk}
    return _Changed(0.0, chunk[0].reappears_at, refused, frozenset())


def _merged(whole: Release, part: Release, kept: Sequence[Lease]) -> Release:
    times = [whole.reappear_at, part.reappear_at, *(lease.reappears_at for lease in kept)]
    return Release(
        released=whole.released + part.released,
        expired=whole.expired + part.expired,
        failed=whole.failed + part.failed + tuple(lease.message_id for lease in kept),
        reappear_at=max((t for t in times if t is not None), default=None),
        reason=whole.reason or part.reason or (_WHY_KEPT if kept else None),
    )
