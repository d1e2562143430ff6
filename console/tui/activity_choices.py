"""What can be done with an operation of the journal, and what is asked before. Pure."""

from __future__ import annotations

from console.journal.log import OperationRecord
from console.models.pipeline import Pipeline
from console.tui.activity_text import summary_words
from console.tui.words import day_time

_RESUMABLE = ("redrive", "delete", "restore", "process", "backfill")
_STOPPED = ("killed", "interrupted", "failed")


def elsewhere(operation: OperationRecord, pipeline: Pipeline) -> str | None:
    """The name of the queue that it was about, where that is none of this pipeline's."""
    own = {queue.arn for queue in (pipeline.queue, pipeline.dlq) if queue is not None}
    theirs = {operation.queue_arn, operation.parameters.get("from")}
    if operation.queue_arn is None or own & theirs:
        return None
    return operation.queue_arn.rpartition(":")[2]


def undo_id(operation: OperationRecord, state: str) -> str | None:
    """The operation to restore in order to undo one; `None` where there is nothing to undo.

    What a purge took is in the copy made before it. A copy that did not end was followed by no
    purge: to restore it would send everything twice.
    """
    if operation.kind in ("delete", "process"):
        return operation.id if state != "running" else None
    if operation.kind == "copy":
        return operation.id if state == "done" else None
    copy = operation.summary.get("copy") if operation.kind == "purge" else None
    return copy if isinstance(copy, str) else None


def can_take_back(operation: OperationRecord, state: str) -> bool:
    """Whether it is a repair that changed something."""
    return operation.kind == "repair" and state == "done"


def can_resume(operation: OperationRecord, state: str) -> bool:
    """Whether something may be left to do of it, and no process does it."""
    return operation.kind in _RESUMABLE and state in _STOPPED


def undo_question(operation: OperationRecord) -> str:
    """What bringing back what it took comes to."""
    return (
        f"Send back from the journal's copies what this took, and was not sent back yet: "
        f"{operation.intent}.\n"
        f"{day_time(operation.started_at)}: {summary_words(operation)}."
    )


def resume_question(operation: OperationRecord, state: str) -> str:
    """What finishing it comes to."""
    return (
        f"Finish, by what the journal says of every message: {operation.intent}.\n"
        f"{day_time(operation.started_at)}: {state}."
    )
