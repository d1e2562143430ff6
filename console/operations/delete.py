"""Delete messages: those that were chosen and no other, each with its copy in the journal."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from console.errors import ConsoleError
from console.models.message import Message
from console.models.moving import DeleteReport, MoveOptions
from console.models.pipeline import QueueRef
from console.operations.moving import OnProgress, Task
from console.operations.outcomes import Outcomes, all_reasons, end_state, remaining
from console.operations.redrive import no_progress
from console.operations.taking import Request, Taken, attempt
from console.operations.workbench import Workbench, require_write
from console.selecting import selector

KIND = "delete"
DONE = "deleted"


def delete(
    workbench: Workbench,
    queue: QueueRef,
    options: MoveOptions,
    *,
    cancel: threading.Event,
    held: Sequence[Message] = (),
    on_progress: OnProgress = no_progress,
) -> DeleteReport:
    """Delete the messages of `queue` that `options` mean; `held` are held by this console.

    The journal has the whole message before it is deleted, unless it was told to keep no bodies.

    Raises `Refused` in read-only mode, `UsageError` for a bad filter, and `JournalError`, before
    anything is changed. Any other failure ends it with the state `failed`.
    """
    require_write(workbench, "Delete")
    selector(options.where, workbench.clock.now())
    what = options.where.in_words or "everything"
    most = "" if options.limit is None else f", at most {options.limit}"
    intent = f"delete {what}{most} from {queue.name}"
    operation = workbench.begin(KIND, queue, intent, options.stored())
    task = Task(operation, queue, KIND, DONE, None, options.limit)
    failure, taken = attempt(workbench, Request(task, options, held), cancel, on_progress)
    return finish(workbench, operation, queue, taken, failure, cancel)


def finish(
    workbench: Workbench,
    operation: str,
    queue: QueueRef,
    taken: Taken,
    failure: ConsoleError | None,
    cancel: threading.Event,
) -> DeleteReport:
    """Record how a delete ended, from what the journal says of every message."""
    found = Outcomes(workbench, operation, KIND, DONE)
    report = DeleteReport(
        operation_id=operation,
        deleted=found.done,
        not_found=len(taken.missing),
        failed=found.failed,
        remaining=remaining(workbench, queue),
        reasons=all_reasons(found, taken, failure),
        state=end_state(found, taken, failure, cancel),
        withheld=taken.withheld,
    )
    if taken.ended:
        told = {
            "deleted": report.deleted,
            "not_found": report.not_found,
            "failed": report.failed,
            "remaining": report.remaining,
            "reasons": list(report.reasons),
        }
        workbench.finish(operation, report.state, told)
    return report
