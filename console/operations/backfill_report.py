"""How a backfill ended, counted from what the journal says of every key."""

from __future__ import annotations

import threading
from collections import Counter

from console.errors import ConsoleError
from console.models.backfill import BackfillOptions, BackfillReport
from console.models.moving import MoveEnd
from console.operations.backfill_plan import KIND, Plan
from console.operations.backfill_sending import DONE
from console.operations.backfill_target import Target
from console.operations.workbench import Workbench
from console.text import iso

_MOST_REASONS = 5


def intent(options: BackfillOptions, target: Target, *, given: bool) -> str:
    """What is going to be done, in words."""
    what = "keys that were given" if given else "objects"
    below = f" below {options.prefix}" if options.prefix else ""
    since = f", changed since {iso(options.since)}" if options.since else ""
    until = f", changed before {iso(options.until)}" if options.until else ""
    missing = ", that show no sign of being processed" if options.missing else ""
    rule = "" if options.any_key else " that the rule matches"
    return f"send events for {what}{below}{since}{until}{rule}{missing} to {target.queue.name}"


def end(
    workbench: Workbench,
    plan: Plan,
    target: Target,
    failure: ConsoleError | None,
    cancel: threading.Event,
    *,
    ended: bool,
    partial: bool = False,
) -> BackfillReport:
    """Record how it ended; `partial` says that not all was to be sent. Raises `JournalError`."""
    counts, twice, why = _counted(workbench, plan.operation)
    matched = sum(counts.values())
    left = matched - counts[DONE] - counts["skipped"]
    stopped = cancel.is_set() or not ended or (partial and left > 0)
    whole = plan.complete
    if failure is not None:
        state: MoveEnd = "failed"
    elif stopped or not whole:
        state = "interrupted"
    else:
        state = "failed" if left else "done"
    report = BackfillReport(
        operation_id=plan.operation,
        listed=plan.listed,
        matched=matched,
        sent=counts[DONE],
        failed=counts["failed"] + counts["unknown"],
        possibly_duplicated=twice,
        remaining=left if whole else None,
        reasons=(*_reasons(plan, failure, state, why), *target.choice.unknowns()),
        notes=target.notes,
        state=state,
    )
    if ended:
        workbench.finish(plan.operation, state, _summary(report))
    return report


def _counted(workbench: Workbench, operation: str) -> tuple[Counter[str], int, Counter[str]]:
    """Entries by outcome, copies that may be too many, and why keys have no event."""
    counts: Counter[str] = Counter()
    why: Counter[str] = Counter()
    twice = 0
    for row in workbench.journal.moves.outcomes(operation, KIND):
        counts[row.outcome or "unknown"] += row.count
        twice += row.twice
        if row.error and row.outcome in ("failed", "unknown", "skipped"):
            why[row.error] += row.count
    return counts, twice, why


def _reasons(
    plan: Plan, failure: ConsoleError | None, state: MoveEnd, why: Counter[str]
) -> tuple[str, ...]:
    told = [f"{failure.sentence} {failure.remedy}".strip()] if failure else []
    if plan.interrupted_while_reading:
        told.append("Not all keys were read, so nothing was sent.")
    elif state != "done":
        told.append(f"event-console journal resume {plan.operation} sends the rest.")
    for reason, count in why.most_common(_MOST_REASONS):
        told.append(f"{'1 key' if count == 1 else f'{count:,} keys'}: {reason}")
    return tuple(told)


def _summary(report: BackfillReport) -> dict[str, object]:
    """What the journal says of the end."""
    return {
        "listed": report.listed,
        "matched": report.matched,
        "sent": report.sent,
        "failed": report.failed,
        "possibly_duplicated": report.possibly_duplicated,
        "remaining": report.remaining,
        "reasons": list(report.reasons),
    }
