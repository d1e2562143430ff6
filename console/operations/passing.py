"""A pass: receive each message of a queue once, from several threads, and hold what is kept."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.aws.sqs import BATCH
from console.errors import AwsError
from console.models.message import Message
from console.models.peek import PeekPlan, Release
from console.operations import budget
from console.operations.leases import lease_seconds
from console.operations.receiving import POLL_SECONDS, Receiver
from console.operations.workbench import Workbench
from console.selecting import Test

LIVE_SECONDS = 5
"""The longest a message of a queue with live consumers is hidden by a pass."""
MOST_HELD = 10_000
"""The most messages that are held at once."""
_IN_FLIGHT_QUOTA = 120_000
"""Messages in flight in one queue, about (SQS quotas)."""
_SHARE = 0.8
_CANCELLED = "Stopped before the end of the queue."
_LIVE_SLACK = 1.0
_REAPPEAR_SLACK = 0.5
_STOOD_STILL = 3.0
_EMPTY_POLLS = 2
_MOST_FAILED = 4
_FAILED_PAUSE = 0.5
_OTHERS_FIRST = 1.0
"""Seconds without a receive after something was given back in mid-pass: others wait for it."""
_LOST_LEASES = 2
"""So many leases in a row lost receives are waited for, while nothing new is found."""
_LOOK_SECONDS = 0.1
MOST_RECEIVERS = 8


@dataclass(frozen=True, slots=True)
class PassOptions:
    """How a pass goes about it.

    `limit` is the most messages to receive. `hold` lifts the 5 s bound on hiding.
    `spend_last_attempt` goes on where a last attempt is spent. `consuming` says that messages
    that match are dealt with for good. `to_empty` ends at an empty queue only, not at the count
    from the start, and `endless` not even there. `wanted` are the ids that end the pass once all
    are found. `until` is the monotonic moment before which neither empty polls nor the count
    from the start end it, as long as one of `awaited` is not found, or with `unseen`, where nobody
    knows what else may still come.
    """

    limit: int | None = None
    hold: bool = False
    spend_last_attempt: bool = False
    consuming: bool = False
    to_empty: bool = False
    endless: bool = False
    wanted: frozenset[str] | None = None
    until: float | None = None
    awaited: frozenset[str] = frozenset()
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Catch:
    """What one receive brought that the pass had not seen, and what of it matches."""

    new: tuple[Message, ...]
    matched: tuple[Message, ...]


class Pass:
    """One running pass. `next` may be called from several threads.

    `batch` is how many messages one receive asks for, and may be changed while it runs. `seen` are
    the ids that are not new when they come, `met` all that came or were held before, also what was
    put back and may come again. `partial` is the sentence why not everything was read, `warning`
    what a receive has cost unexpectedly, `withheld` how many messages were left alone to spare a
    last attempt. `own_before` counts the messages of the queue that this console held at the
    start. `lost_note` is the sentence about what lost answers may hide, and until when.
    """

    def __init__(
        self,
        workbench: Workbench,
        plan: PeekPlan,
        options: PassOptions,
        operation: str,
        test: Test,
        cancel: threading.Event,
    ) -> None:
        self.plan, self.options = plan, options
        self.seen: set[str] = set()
        self.met: set[str] = set()
        self.lost_note: str | None = None
        self.partial: str | None = None
        self.warning: str | None = None
        self.withheld = 0
        self.batch = BATCH
        self._ready: deque[Message] = deque()
        self._handed: set[str] = set()
        self.own_before = len(workbench.leases.held(plan.queue))
        self._bench, self._test, self._cancel = workbench, test, cancel
        self._left_behind = threading.Event()
        self._receiver = Receiver(
            workbench,
            plan.queue,
            operation,
            plan.max_receive_count,
            plan.retention,
            cancel,
            self._left_behind,
            self._newly_at_risk,
        )
        self._changed = threading.Condition()
        self._reserved = 0
        self._consumed = 0
        self._counted: set[str] = set()
        self._over = self._stopped = False
        self._empty_polls = 0
        self._lost_until = 0.0
        self._lost_bound: float | None = None
        self._lost_sizes: list[int] = []
        self._empty_at: float | None = None
        self._spent: set[str] = set()
        self._giving: set[str] = set()
        self._pause_until = 0.0
        self._wanted = set(options.wanted) if options.wanted is not None else None
        self._awaited = set(options.awaited)
        self._first_request: float | None = None
        self._ticked = workbench.clock.monotonic()
        self._room = min(MOST_HELD, max(0, int(_SHARE * _IN_FLIGHT_QUOTA) - plan.in_flight))

    @property
    def bounded(self) -> bool:
        """Whether messages may be hidden for 5 s only."""
        return self.plan.live and not self.options.hold

    @property
    def target(self) -> int:
        """How many distinct messages end the pass."""
        # Counts are approximate: that something is not there only an empty queue can tell.
        to_empty = self.options.to_empty or self.options.endless or bool(self._awaited)
        about = None if to_empty else self.plan.visible
        if self.options.until is not None and not to_empty:
            hidden = self._waits(self._bench.clock.monotonic())
            about = None if hidden else self.plan.visible + self.plan.in_flight or None
        limits = [n for n in (self.options.limit, about) if n]
        return min(limits, default=BATCH if about is not None else self._room)

    @property
    def receivers(self) -> int:
        """How many threads are of use.

        One where a receive may spend a last attempt, so that the pass stops after that batch, and
        one on a FIFO queue, which keeps the order inside a message group.
        """
        budgeted = self.plan.max_receive_count is not None and not self.options.spend_last_attempt
        if self.plan.queue.fifo or budgeted:
            return 1
        about = min(self.target, max(self.plan.visible, BATCH)) + len(self._ready)
        return max(1, min(MOST_RECEIVERS, -(-about // BATCH)))

    def stop(self, why: str | None = None) -> None:
        """Receive no more; `why` is the sentence for a pass that is not complete."""
        cancelled = _CANCELLED if self._cancel.is_set() else None
        with self._changed:
            self._end(why or cancelled)

    def enough(self) -> None:
        """Receive no more, unless something is put back."""
        with self._changed:
            self._complete()

    def next(self) -> Catch | None:
        """The next messages the pass had not seen; `None` at its end.

        Raises what receiving raises, which ends the pass for all threads.
        """
        self._give()
        ready = self._next_ready()
        if ready:
            return Catch(ready, ready)
        failed = 0
        while size := self._reserve():
            started = self._bench.clock.monotonic()
            visibility = LIVE_SECONDS if self.bounded else lease_seconds(len(self.seen))
            try:
                messages = self._receiver.receive(size, visibility)
            except BaseException as error:
                with self._changed:
                    self._reserved -= size
                    failed += 1
                    again = self._may_again(error, size, visibility) and failed <= _MOST_FAILED
                    if not again:
                        self._end(None)
                if not again:
                    raise
                self._bench.clock.wait(self._cancel, _FAILED_PAUSE)
                continue
            failed = 0
            catch = self._take(messages, size, started)
            self._give()
            if catch.new:
                self._watch_last_attempts(catch)
                return catch
        return None

    def consumed(self, count: int) -> None:
        """So many of the messages are dealt with and no longer held."""
        with self._changed:
            self._consumed += count

    def again(self, message_ids: Iterable[str]) -> None:
        """These were lost before they were dealt with: they are new when they come again."""
        with self._changed:
            ids = set(message_ids)
            self.seen -= ids
            if self.options.wanted is not None and self._wanted is not None:
                self._wanted |= ids & self.options.wanted

    def put_back(self, messages: Sequence[Message], counted: Collection[str] = ()) -> None:
        """These were not dealt with. What is held, also by a receive that took it for known, is
        handed out again; what was lost is new when it comes again, and a pass that only had
        nothing more to look for goes on for it. Of the `counted` ids none makes room for another
        message under the limit."""
        leases, queue = self._bench.leases, self.plan.queue
        with self._changed:
            self._counted.update(counted)
            held = [m for m in messages if leases.lasting(queue, m.message_id)]
            ids = [message.message_id for message in set_minus(messages, held)]
            # A lease at its end is not extended, or its message would stay hidden from the pass.
            leases.lapse(queue, ids)
            self.again(ids)
            if messages and not self._stopped:
                self._ready.extend(held)
                self._over, self.partial, self._empty_polls = False, None, 0
                self._changed.notify_all()

    def give_back(self, message_ids: Iterable[str]) -> None:
        """Make these visible as soon as no receive of this pass would bring them back and cost
        them another attempt: once it receives no more, or where it is endless after the receives
        that are under way, and a pause that leaves them to others. There they are new when they
        come again all the same."""
        with self._changed:
            self._giving.update(message_ids)
        self._give()

    def has(self, messages: Iterable[Message]) -> None:
        """These are held already: they come first, and need not be found."""
        with self._changed:
            self._ready.extend(messages)
            ids = {message.message_id for message in self._ready}
            self._handed |= ids
            self.seen |= ids
            self.met |= ids
            self._found(ids)

    @property
    def unfound(self) -> frozenset[str]:
        """The wanted and awaited messages that were not found."""
        with self._changed:
            return frozenset((self._wanted or set()) | self._awaited)

    @property
    def received(self) -> int:
        """How many distinct messages receives have brought."""
        return len(self.met - self._handed)

    @property
    def kept(self) -> int:
        """How many of the messages are not dealt with for good: they are in the queue still."""
        return len(self.met) - self._consumed

    def see_to_leases(self) -> None:
        """Extend what is held, about once a second. Where something was lost, as behind a reader
        that stood still, the pass ends: what is visible again would cost a second attempt."""
        self._give()
        if self.bounded:
            return
        self._ticked = self._bench.clock.monotonic()
        lost = self.seen.intersection(self._bench.leases.tick())
        if lost and not self.options.consuming:
            self.stop(
                f"Stopped after {len(self.seen)} of about {self.plan.visible}: {len(lost)} leases "
                "ran out, and another receive could cost these messages a second attempt."
            )

    def end(self, seconds: float | None) -> Release:
        """Give back what is held, except what its next receive would dead-letter, within
        `seconds`. What threads that hang may still receive is not held any more. Raises
        `JournalError`."""
        self._left_behind.set()
        leases, queue = self._bench.leases, self.plan.queue
        ids = [
            lease.message_id
            for lease in leases.held(queue)
            if lease.message_id in self.seen and lease.message_id not in self._spent
        ]
        return leases.release(queue, ids, seconds=seconds)

    def _give(self) -> None:
        with self._changed:
            if not self._giving or self._reserved or not (self._over or self.options.endless):
                return
            ids, self._giving = self._giving, set()
            if self.options.endless:
                self.seen -= ids
                self._pause_until = math.inf
        try:
            self._bench.leases.release(self.plan.queue, ids)
        finally:
            with self._changed:
                self._pause_until = self._bench.clock.monotonic() + _OTHERS_FIRST

    def _pauses(self) -> bool:
        """Whether nothing may be received now, for the sake of what is given back."""
        waiting = bool(self._giving) or self._bench.clock.monotonic() < self._pause_until
        return self.options.endless and waiting

    def _next_ready(self) -> tuple[Message, ...]:
        with self._changed:
            count = 0 if self._cancel.is_set() else min(self.batch, len(self._ready))
            return tuple(self._ready.popleft() for _ in range(count))

    def _reserve(self) -> int:
        """How many messages to ask for now, 0 at the end; waits while others may fill the rest."""
        if self._bench.clock.monotonic() - self._ticked > _STOOD_STILL:
            self.see_to_leases()
        with self._changed:
            while self._goes_on():
                if self._pauses():
                    self._changed.wait(_LOOK_SECONDS)
                    continue
                open_places = self._open_places()
                # At an empty queue one poll at a time is enough.
                if open_places > 0 and not (self._empty_polls and self._reserved):
                    size = min(self.batch, open_places)
                    self._reserved += size
                    if self._first_request is None:
                        self._first_request = self._bench.clock.monotonic()
                    return size
                if self._reserved:
                    self._changed.wait(_LOOK_SECONDS)
                else:
                    self._complete()
            return 0

    def _open_places(self) -> int:
        """How many more messages may be asked for now."""
        places = self.target - len(self.seen)
        if self.options.limit is not None:
            places = min(places, self.options.limit - len(self.seen | self._counted))
        return places - self._reserved

    def _goes_on(self) -> bool:
        if self._over:
            return False
        if self._wanted is not None and not self._wanted:
            self._complete()
        elif self._cancel.is_set():
            self._end(_CANCELLED)
        elif self._at_bound():
            self._end(
                f"Read {len(self.seen)} of about {self.plan.visible}: the queue has live "
                f"consumers, so nothing is hidden for longer than {LIVE_SECONDS} s."
            )
        elif len(self.seen) - self._consumed >= self._room and not self._at_target():
            self._end(
                f"Read {len(self.seen)} of about {self.plan.visible}: {self._room} messages are "
                "held, and no more are at once."
            )
        return not self._over

    def _at_target(self) -> bool:
        return len(self.seen) >= self.target

    def _end(self, why: str | None) -> None:
        """For good, whatever may still be put back."""
        self._complete(why)
        self._stopped = True

    def _complete(self, why: str | None = None) -> None:
        """There is nothing more to look for, as far as can be seen now."""
        if not self._over:
            self.partial = why
        self._over = True
        self._changed.notify_all()

    def _at_bound(self) -> bool:
        if not self.bounded or self._first_request is None:
            return False
        age = self._bench.clock.monotonic() - self._first_request
        return age + POLL_SECONDS + _LIVE_SLACK > LIVE_SECONDS

    def _newly_at_risk(self) -> bool:
        """Another console may have spent attempts since the plan was made, and what it hides may
        reappear while a receive waits."""
        most = self.plan.max_receive_count
        if most is None or self.options.spend_last_attempt:
            return False
        risk = budget.at_risk(self._bench, self.plan.queue, most, POLL_SECONDS + _REAPPEAR_SLACK)
        said = budget.refusal(most, risk)
        if said:
            with self._changed:
                self.withheld = max(risk, self.plan.visible - len(self.seen))
                self._end(said)
        return said is not None

    def _take(self, messages: list[Message], size: int, started: float) -> Catch:
        with self._changed:
            self._reserved -= size
            new = tuple(m for m in messages if m.message_id not in self.seen)
            self.seen.update(m.message_id for m in new)
            self.met.update(m.message_id for m in new)
            self._found([m.message_id for m in new])
            if new:
                self._empty_polls, self._lost_bound = 0, None
            else:
                self._count_empty(started)
            self._changed.notify_all()
        return Catch(new, tuple(m for m in new if self._test(m)))

    def _may_again(self, error: BaseException, size: int, visibility: int) -> bool:
        """Whether to receive again after a receive that failed on its way.

        Only who takes messages for good does: what the lost answer brought is hidden now, and is
        waited for.
        """
        if not isinstance(error, AwsError) or error.kind not in ("unreachable", "failed"):
            return False
        if error.maybe_done:
            self._wait_for_lost(size, visibility + 1.0)
        return self.options.consuming

    def _wait_for_lost(self, size: int, seconds: float) -> None:
        """Where answers go on being lost the wait has its bound, counted from the first one since
        something new was found: most of them brought nothing."""
        now = self._bench.clock.monotonic()
        self._lost_sizes = [*self._lost_sizes, size] if now < self._lost_until else [size]
        self.lost_note = _lost_note(
            self._lost_sizes, self._bench.clock.now() + timedelta(seconds=seconds)
        )
        if self._lost_bound is None:
            self._lost_bound = now + _LOST_LEASES * seconds
        self._lost_until = min(now + seconds, self._lost_bound)

    def _found(self, message_ids: Collection[str]) -> None:
        for looked_for in (self._wanted, self._awaited):
            if looked_for is not None:
                looked_for.difference_update(message_ids)

    def _waits(self, now: float) -> bool:
        """Whether an empty queue is no end yet."""
        if self.options.endless or now < self._lost_until:
            return True
        until = self.options.until
        return until is not None and now < until and (self.options.unseen or bool(self._awaited))

    def _count_empty(self, started: float) -> None:
        """Polls side by side are one look: only one that began after the last one counts anew."""
        now = self._bench.clock.monotonic()
        if self._empty_polls and self._empty_at is not None and started < self._empty_at:
            return
        self._empty_polls += 1
        self._empty_at = now
        if self._empty_polls < _EMPTY_POLLS or self._waits(now):
            return
        expected = min(self.target, self.plan.visible)
        grouped = self.plan.queue.fifo and len(self.seen) < expected
        self._complete(
            f"Read {len(self.seen)} of about {self.plan.visible}: a FIFO queue gives no more of a "
            "message group while its first messages are held."
            if grouped
            else None
        )

    def _watch_last_attempts(self, catch: Catch) -> None:
        """A receive may spend a last attempt that nobody could know of: then stop, and keep the
        message held."""
        kept = catch.new if not self.options.consuming else set_minus(catch.new, catch.matched)
        spent = [m.message_id for m in kept if m.at_last_attempt]
        if not spent:
            return
        with self._changed:
            self._spent.update(spent)
            count = "1 message" if len(self._spent) == 1 else f"{len(self._spent)} messages"
            self.warning = (
                f"This pass spent the last attempt of {count}. The next receive dead-letters what "
                "is released now, so it stays held until its lease ends."
            )
        self._bench.leases.keep(self.plan.queue, spent)
        if not self.options.spend_last_attempt:
            with self._changed:
                self.withheld = max(0, self.plan.visible - len(self.seen))
                self._end(
                    f"Stopped after {len(self.seen)} of about {self.plan.visible}: nobody could "
                    "know before that a message was on its last attempt, and others may be too."
                )


def set_minus(messages: Iterable[Message], without: Iterable[Message]) -> list[Message]:
    """The messages that are not among the others."""
    ids = {message.message_id for message in without}
    return [message for message in messages if message.message_id not in ids]


def _lost_note(sizes: Sequence[int], until: datetime) -> str:
    """The sentence about receives of at most so many messages whose answers were lost."""
    answers = "An answer was" if len(sizes) == 1 else f"{len(sizes)} answers were"
    most = sum(sizes)
    messages = "1 message" if most == 1 else f"{most} messages"
    return f"{answers} lost: up to {messages} may be hidden until {until:%H:%M:%S} UTC."
