"""The mover: takes messages out of a queue, each step in the journal before the next.

Intent with a copy, effect (a send, a handler, or nothing), record, delete, record. Killed between
any two of these it loses nothing, and whoever goes on knows from the journal what is left to do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from console.errors import AwsError
from console.journal.log import EntryRecord
from console.journal.moves import Step
from console.models.message import Message
from console.models.moving import Effect, MoveProgress
from console.models.pipeline import QueueRef
from console.operations.crew import work_together
from console.operations.deleting import Deleted, Deleter
from console.operations.passing import Pass
from console.operations.workbench import Workbench

THROUGH = "through"
"""The journal's word for a message that had its effect and is not deleted yet."""
NOT_FOUND = "not found"
OPEN = (None, "unknown")
"""Of these nobody knows whether they had their effect."""
CANCEL_GRACE = 12.0

OnProgress = Callable[[MoveProgress], None]


@dataclass(frozen=True, slots=True)
class Effects:
    """The fates of a batch's messages by id, and the failure that ends the operation."""

    fates: Mapping[str, Effect]
    fatal: AwsError | None = None


Act = Callable[[Sequence[Message]], Effects]
"""Does to messages what is to be done before they are deleted. What it gives no fate is taken
again."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a mover does: `action` and `done` are the journal's words (`redrive`, `moved`), `act`
    the effect before the delete, `None` where there is none. `most` bounds how many are taken.
    `tell` hears of each message when it is over: its effect, and whether it is deleted."""

    operation: str
    queue: QueueRef
    action: str
    done: str
    act: Act | None
    most: int | None = None
    tell: Callable[[Message, Effect, bool], None] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run of the same operation has left: entries' numbers by message id.

    Of these, `through` had their effect and only need deleting, of the `undecided` nobody knows
    whether they had it, and the `finished` were deleted, as far as AWS said.
    """

    numbers: Mapping[str, int] = field(default_factory=dict[str, int])
    through: frozenset[str] = frozenset()
    undecided: frozenset[str] = frozenset()
    finished: frozenset[str] = frozenset()


def known_of(entries: Sequence[EntryRecord], done: str) -> Known:
    """What the entries of an operation leave to who goes on with it."""
    outcomes = {entry.subject: entry.outcome for entry in entries}
    return Known(
        {entry.subject: entry.number for entry in entries},
        frozenset(m for m, outcome in outcomes.items() if outcome == THROUGH),
        frozenset(m for m, outcome in outcomes.items() if outcome in OPEN),
        frozenset(m for m, outcome in outcomes.items() if outcome == done),
    )


def left_of(most: int | None, known: Known) -> int | None:
    """How many more messages may be begun where `most` may be in all."""
    begun = len(known.through | known.undecided | known.finished)
    return None if most is None else max(0, most - begun)


class Mover:
    """Takes messages as a pass finds them, from several threads. Never through a stale lease.

    `owed` are the ids of messages that had their effect and are not deleted yet, `hidden` those
    that were received and could not be deleted: their leases, which are given up, may hide them
    still.
    """

    def __init__(
        self,
        workbench: Workbench,
        task: Task,
        cancel: threading.Event,
        known: Known | None = None,
    ) -> None:
        known = known or Known()
        self.owed: set[str] = set(known.through)
        self.hidden: set[str] = set()
        self._bench, self._task, self._cancel = workbench, task, cancel
        self._numbers = dict(known.numbers)
        self._begun = set(known.through | known.undecided)
        self._finished = known.finished
        self._lock = threading.Lock()
        self._taken: set[str] = set()
        self._gone = self._failed = 0
        self._deleter = Deleter(workbench, task.queue)

    @property
    def full(self) -> bool:
        """Whether as many as wanted were taken, and of what was begun nothing is left."""
        with self._lock:
            most, left = self._task.most, self._begun or self.owed
            return most is not None and len(self._taken) >= most and not left

    def run(
        self,
        run: Pass,
        on_progress: OnProgress,
        *,
        workers: int | None = None,
        heartbeat: Callable[[], None] | None = None,
    ) -> bool:
        """Take what the pass finds until it ends; whether all threads have ended, which after a
        cancel a hung call may prevent. `heartbeat` is for what else is to be done once a second.
        Raises `AwsError`, `JournalError`, `UsageError`."""

        def work() -> None:
            while (catch := run.next()) is not None:
                self.take(run, catch.matched)
                on_progress(self._progress(run))

        told: str | None = None

        def beat() -> None:
            nonlocal told
            run.see_to_leases()
            if run.lost_note != told:
                told = run.lost_note
                on_progress(replace(self._progress(run), note=told))
            if heartbeat is not None:
                heartbeat()

        return work_together(
            work,
            workers or run.receivers,
            cancel=self._cancel,
            stop=run.stop,
            heartbeat=beat,
            grace=CANCEL_GRACE,
        )

    def take(self, run: Pass, messages: Sequence[Message]) -> None:
        """Deal with at most ten messages that are held. Raises `AwsError` where going on makes no
        sense."""
        # What AWS said was deleted may come again: its delete is repeated, not its effect.
        ids = [m.message_id for m in messages]
        owed = [m for m in ids if m in self.owed or m in self._finished]
        fresh = self._within_bounds([m for m in messages if m.message_id not in owed])
        fresh, lost = self._holdable(fresh)
        run.put_back(lost)
        with self._lock:
            self._begun.difference_update(owed, (m.message_id for m in fresh))
        effects = self._act(fresh) if fresh else Effects({})
        fates = effects.fates
        through = [m for m, effect in fates.items() if effect.fate == "through"]
        gone = self._delete(owed + through)
        for message in fresh:
            if self._task.tell is not None and message.message_id in fates:
                self._task.tell(message, fates[message.message_id], message.message_id in gone)
        run.consumed(len(gone))
        if effects.fatal is not None:
            raise effects.fatal
        untouched = {m.message_id for m in fresh} - fates.keys()
        undone = {*owed, *through, *untouched} - gone
        # What is owed only has to go: where a limit is reached, nothing may come in its place.
        run.put_back(
            [m for m in messages if m.message_id in undone], counted={*owed, *through} - gone
        )
        if self.full:
            run.enough()

    def begun(self, message_ids: Iterable[str]) -> frozenset[str]:
        """Which of these this operation has begun to deal with, in this run or an earlier one."""
        with self._lock:
            return frozenset(m for m in message_ids if m in self._numbers)

    def not_found(self, message_ids: Iterable[str]) -> None:
        """These are in their queue no more, though this operation has begun on them.

        What had its effect is done: whoever took it may have dealt with it too. So is what was to
        be deleted. Of the others nobody knows more than that they are gone.
        """
        with self._lock:
            gone = list(message_ids)
            done = {m for m in gone if m in self.owed or self._task.act is None}
            self.owed.difference_update(done)
            self._gone += len(done)
        why = "not seen in its queue again"
        self._record(
            Step(self._numbers[m], self._task.done, why, twice=int(self._task.act is not None))
            if m in done
            else Step(self._numbers[m], NOT_FOUND, why)
            for m in gone
        )

    def _within_bounds(self, messages: list[Message]) -> list[Message]:
        """What was begun, and as many others as may still be taken; the rest stays held until the
        pass ends."""
        with self._lock:
            begun = [m for m in messages if m.message_id in self._begun]
            others = [m for m in messages if m.message_id not in self._begun]
            if self._task.most is not None:
                others = others[: max(0, self._task.most - len(self._taken))]
            self._taken.update(m.message_id for m in others)
        return begun + others

    def _holdable(self, messages: list[Message]) -> tuple[list[Message], list[Message]]:
        """The messages whose lease will last, and those that were lost.

        A lease that is bounded for the sake of consumers is extended first: what is acted on must
        not come to them at the same time.
        """
        leases, queue = self._bench.leases, self._task.queue
        short = [m.message_id for m in messages if not leases.lasting(queue, m.message_id)]
        if not short:
            return messages, []
        leases.keep(queue, short)
        lost = {m for m in short if not leases.lasting(queue, m)}
        with self._lock:
            self._taken.difference_update(lost)
        kept = [m for m in messages if m.message_id not in lost]
        return kept, [m for m in messages if m.message_id in lost]

    def _act(self, messages: Sequence[Message]) -> Effects:
        """Intent, effect, record; what has no fate is recorded as left."""
        self._intend(messages)
        ids = [m.message_id for m in messages]
        if self._task.act is None:
            return Effects(dict.fromkeys(ids, Effect("through")))
        # While the journal was written a lease may have run out: it is somebody else's then.
        held = [m for m in messages if self._bench.leases.valid(self._task.queue, m.message_id)]
        try:
            effects = self._task.act(held)
        except AwsError as error:
            effects = Effects({}, error)
        fates = {m: effects.fates.get(m, Effect("left")) for m in ids}
        self._record(
            Step(self._numbers[m], e.fate, e.reason, e.new_id, e.twice) for m, e in fates.items()
        )
        with self._lock:
            self.owed.update(m for m, effect in fates.items() if effect.fate == "through")
            self._taken.difference_update(m for m, e in fates.items() if e.fate == "left")
            self._failed += sum(e.fate in ("failed", "unknown") for e in fates.values())
        return effects

    def _intend(self, messages: Sequence[Message]) -> None:
        journal, operation, at = self._bench.journal, self._task.operation, self._bench.clock.now()
        new = [m for m in messages if m.message_id not in self._numbers]
        again = [self._numbers[m.message_id] for m in messages if m.message_id in self._numbers]
        with journal.together():
            if again:
                journal.moves.again(operation, again, at)
            numbers = journal.moves.intend(
                operation, self._task.action, new, at, copies=journal.settings.bodies
            )
        with self._lock:
            self._numbers |= numbers

    def _delete(self, message_ids: Sequence[str]) -> set[str]:
        """Delete messages and record it; returns the ids of those that are gone."""
        if not message_ids:
            return set()
        answer = self._deleter.delete(message_ids)
        journal, at, steps = self._bench.journal, self._bench.clock.now(), self._steps(answer)
        journal.later(lambda: journal.moves.record(self._task.operation, steps, at))
        journal.later(lambda: journal.memory.forget(self._task.queue.arn, answer.deleted))
        with self._lock:
            self.owed.difference_update(answer.deleted)
            self.owed |= answer.doubted
            self.hidden.difference_update(answer.deleted, answer.lost)
            self.hidden.update(answer.refused)
            self._gone += len(answer.deleted)
            if self._task.act is None:
                self._failed += len(answer.refused)
        if answer.fatal is not None:
            raise answer.fatal
        return set(answer.deleted)

    def _steps(self, answer: Deleted) -> list[Step]:
        """What the journal says now; what had its effect stays owed until it is gone, and of what
        a lost answer may have deleted nobody knows."""
        reasons = {**dict.fromkeys(answer.lost, "its lease had run out"), **answer.refused}
        kept = dict.fromkeys(reasons, THROUGH)
        if self._task.act is None:
            kept = dict.fromkeys(answer.lost, "left") | dict.fromkeys(answer.refused, "failed")
            kept |= dict.fromkeys(answer.doubted, "unknown")
        return [
            *(Step(self._numbers[m], self._task.done) for m in answer.deleted),
            *(Step(self._numbers[m], kept[m], why) for m, why in reasons.items()),
        ]

    def _record(self, steps: Iterable[Step]) -> None:
        self._bench.journal.moves.record(self._task.operation, steps, self._bench.clock.now())

    def _progress(self, run: Pass) -> MoveProgress:
        read = len(run.seen)
        with self._lock:
            return MoveProgress(read, max(run.plan.visible, read), self._gone, self._failed)
