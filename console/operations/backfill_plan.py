"""What a backfill is going to send, in the journal before it is sent: keys, and cursors."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from itertools import islice

from console.journal.log import OperationRecord
from console.journal.plans import PLANNED
from console.models.backfill import BackfillOptions
from console.models.pages import KeyRange
from console.operations.browsing import Choose, RangeReader, View
from console.operations.rulebook import RuleBook
from console.operations.supply import Due
from console.operations.workbench import Workbench

KIND = "backfill"
TO_SEND = (PLANNED, "left", "failed", "unknown")
"""Outcomes of entries whose event is still to be sent, or may not have arrived."""
_PAGE = 500
_SPOOL = 1000

RangeState = Sequence[object]


class Plan:
    """The plan of one operation. Keys and the cursor behind them go to the disk as one, so that
    no key is planned twice and none is left out, whenever the process ends."""

    def __init__(
        self,
        workbench: Workbench,
        options: BackfillOptions,
        ranges: Sequence[RangeState] = (),
        *,
        operation: str = "",
        keys: int | None = None,
        complete: bool = True,
    ) -> None:
        self.operation = operation
        self._bench, self._options = workbench, options
        self._ranges = list(ranges)
        self._keys, self._complete = keys, complete
        self._lock = threading.Lock()

    @classmethod
    def restored(cls, workbench: Workbench, operation: OperationRecord) -> Plan:
        """The plan as the journal has it."""
        known = operation.parameters
        ranges: Sequence[RangeState] = known["ranges"]  # pyright: ignore[reportAssignmentType]
        keys: int | None = known["keys"]  # pyright: ignore[reportAssignmentType]
        options = BackfillOptions.restored(known["options"])  # pyright: ignore[reportArgumentType]
        complete = bool(known["complete"])
        return cls(workbench, options, ranges, operation=operation.id, keys=keys, complete=complete)

    @property
    def options(self) -> BackfillOptions:
        """What was asked for."""
        return self._options

    @property
    def listed(self) -> int:
        """How many objects were looked at, or keys read."""
        with self._lock:
            return (self._keys or 0) + sum(int(str(state[2])) for state in self._ranges)

    @property
    def complete(self) -> bool:
        """Whether all that is to be sent is planned."""
        with self._lock:
            return self._complete and all(state[3] for state in self._ranges)

    @property
    def interrupted_while_reading(self) -> bool:
        """Whether keys were given and not all of them read: nobody knows the others."""
        return not self._complete

    def stored(self) -> dict[str, object]:
        """As the journal keeps it."""
        return {
            "options": self._options.stored(),
            "ranges": [list(state) for state in self._ranges],
            "keys": self._keys,
            "complete": self._complete,
        }

    def readers(self, view: View, choose: Choose) -> list[RangeReader]:
        """Readers that go on where the plan ends."""
        return [
            RangeReader(
                view,
                KeyRange(str(after), None if until is None else str(until)),
                choose,
                listed=int(str(listed)),
                done=bool(done),
            )
            for after, until, listed, done in self._ranges
        ]

    def add(self, index: int, state: RangeState, keys: Sequence[str]) -> int:
        """Plan what a page brought; returns the first entry's number. Raises `JournalError`."""
        with self._lock:
            before = self._ranges[index]
            self._ranges[index] = state
            try:
                return self._write(keys)
            except BaseException:
                self._ranges[index] = before
                raise

    def spool(self, keys: Iterable[str], rules: RuleBook, cancel: threading.Event) -> None:
        """Plan every key that fires, before anything is sent. Raises `JournalError`, and what
        reading the keys raises."""
        source = iter(keys)
        while not cancel.is_set() and (chunk := list(islice(source, _SPOOL))):
            with self._lock:
                self._keys = (self._keys or 0) + len(chunk)
                self._write([key for key in chunk if rules.firing(key) is not None])
        with self._lock:
            self._complete = not cancel.is_set()
            self._write(())

    def _write(self, keys: Sequence[str]) -> int:
        journal = self._bench.journal
        with journal.together():
            journal.plans.remember(self.operation, self.stored())
            return journal.plans.plan(self.operation, KIND, keys, self._bench.clock.now())


class RangeFeed:
    """Keys of one range of the bucket, planned as they are read."""

    def __init__(self, plan: Plan, index: int, reader: RangeReader) -> None:
        self._plan, self._index, self._reader = plan, index, reader

    @property
    def done(self) -> bool:
        """Whether the range was read to its end."""
        return self._reader.done

    def more(self) -> Sequence[Due]:
        """The next page. Raises `AwsError`, `JournalError`."""
        chosen = self._reader.read()
        first = self._plan.add(self._index, self._reader.stored(), [one.key for one in chosen])
        return [Due(number, one.key, one) for number, one in enumerate(chosen, first)]


class RestFeed:
    """Keys that were planned before and have no event yet."""

    def __init__(
        self, workbench: Workbench, operation: str, outcomes: Sequence[str] = TO_SEND
    ) -> None:
        self._plans, self._operation, self._outcomes = workbench.journal.plans, operation, outcomes
        self._after, self._until = 0, workbench.journal.plans.last(operation)
        self.done = self._until == 0

    def more(self) -> Sequence[Due]:
        """The next ones. Raises `JournalError`."""
        rows = self._plans.waiting(
            self._operation, self._outcomes, after=self._after, until=self._until, limit=_PAGE
        )
        self.done = len(rows) < _PAGE
        self._after = rows[-1].number if rows else self._until
        return [Due(row.number, row.subject) for row in rows]
