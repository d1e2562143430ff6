"""What came of an operation, counted from what the journal says of every message."""

from __future__ import annotations

import threading
from collections import Counter

from console.errors import ConsoleError
from console.models.moving import MoveEnd, MoveReport
from console.models.pipeline import QueueRef
from console.operations.moving import NOT_FOUND, THROUGH
from console.operations.taking import Taken
from console.operations.workbench import Workbench

_MOST_REASONS = 5


class Outcomes:
    """Counts of one operation's entries. `undecided` are those that were begun and have no
    outcome, as where a process was killed or a call hung; of the `doubted`, which count as failed,
    an answer was lost. `left` were begun and not dealt with."""

    def __init__(self, workbench: Workbench, operation: str, action: str, done: str) -> None:
        self.done = self.failed = self.skipped = self.undecided = self.owed = self.twice = 0
        self.doubted = self.left = 0
        self._operation = operation
        self._reasons: Counter[str] = Counter()
        for row in workbench.journal.moves.outcomes(operation, action):
            self.twice += row.twice + (row.count if row.outcome == THROUGH else 0)
            if row.error and row.outcome not in (done, "kept"):
                self._reasons[row.error] += row.count
            if row.outcome in (done, "kept"):
                self.done += row.count
            elif row.outcome in ("failed", "unknown", THROUGH):
                self.failed += row.count
                self.owed += row.count if row.outcome == THROUGH else 0
                self.doubted += row.count if row.outcome == "unknown" else 0
            elif row.outcome in ("skipped", NOT_FOUND):
                self.skipped += row.count
            elif row.outcome == "left":
                self.left += row.count
            elif row.outcome is None:
                self.undecided += row.count

    def reasons(self) -> tuple[str, ...]:
        """Why messages stayed, the most frequent first."""
        told = [f"{_messages(count)}: {why}" for why, count in self._reasons.most_common()]
        if self.owed:
            told.insert(
                0,
                f"{self.owed} were dealt with and are still in their queue: "
                f"journal resume {self._operation}",
            )
        if self.undecided:
            told.insert(
                0, f"{self.undecided} were begun, and nobody knows whether they were dealt with"
            )
        return tuple(told[:_MOST_REASONS])


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count:,} messages"


def end_state(
    found: Outcomes,
    taken: Taken,
    failure: ConsoleError | None,
    cancel: threading.Event,
    *,
    repeats: bool = True,
) -> MoveEnd:
    """How an operation ended. It is not done, and is resumed, while it owes a delete, or one of its
    messages is in doubt, or was left or not come to where a resume `repeats` that."""
    state = taken.state(cancel)
    if failure is not None or (state == "done" and (found.owed or found.doubted)):
        return "failed"
    rest = found.undecided or _left(found, taken) or taken.unreached
    return "interrupted" if rest and repeats else state


def all_reasons(outcomes: Outcomes, taken: Taken, failure: ConsoleError | None) -> tuple[str, ...]:
    """Everything that keeps an end from being a clean one, in sentences."""
    error = (f"{failure.sentence} {failure.remedy}".strip(),) if failure else ()
    unreached = (f"{_messages(taken.unreached)} not reached.",) if taken.unreached else ()
    left = _left(outcomes, taken)
    stay = (f"{_messages(left)}: not dealt with, still in the queue",) if left else ()
    return (*error, *taken.notes, *unreached, *stay, *outcomes.reasons())


def _left(outcomes: Outcomes, taken: Taken) -> int:
    """How many of those that were meant were left; where enough others were taken, none."""
    return 0 if taken.full else outcomes.left


def gone_reason(taken: Taken) -> tuple[str, ...]:
    """Why messages named by id were not dealt with, where the whole queue does not have them."""
    count = len(taken.missing)
    return (f"{count:,} not found: taken by a consumer, or gone",) if count else ()


def remaining(workbench: Workbench, queue: QueueRef) -> int | None:
    """The queue's count in all states, approximate; `None` where it cannot be read."""
    try:
        return workbench.gateway.sqs.attributes(queue).counts.total
    except ConsoleError:
        return None


def move_report(
    workbench: Workbench,
    operation: str,
    source: QueueRef,
    action: str,
    done: str,
    taken: Taken,
    failure: ConsoleError | None,
    cancel: threading.Event,
) -> MoveReport:
    """The report of a redrive."""
    found = Outcomes(workbench, operation, action, done)
    missing = len(taken.missing)
    reasons = all_reasons(found, taken, failure)
    reasons = (*reasons, *gone_reason(taken))
    return MoveReport(
        operation_id=operation,
        mode="selected",
        moved=found.done,
        failed=found.failed,
        skipped=found.skipped + missing,
        possibly_duplicated=found.twice,
        remaining=remaining(workbench, source),
        reasons=reasons,
        state=end_state(found, taken, failure, cancel),
        withheld=taken.withheld,
    )
