"""Repair what the doctor found, and take it back: planned, read again, merged, journaled."""

from __future__ import annotations

from typing import Any, cast

from console.errors import AwsError, UsageError
from console.journal.log import OperationRecord
from console.models.finding import Diagnosis
from console.models.repair import Change, RepairPlan, RepairReport, Target
from console.operations.repairs.case import Case
from console.operations.repairs.parts import changes_between, merged
from console.operations.repairs.recipes import recipe_for
from console.operations.repairs.targets import read, write
from console.operations.workbench import Workbench, require_write

KIND = "repair"
_BROKEN_AGAIN = "What it mended is as broken as before then."


def plan_repair(bench: Workbench, diagnosis: Diagnosis, finding_id: str) -> RepairPlan:
    """What would mend a finding, on the configuration as it is now; nothing is changed.

    Raises `UsageError` where the finding needs no repair or has none, and `AwsError`.
    """
    finding, recipe = diagnosis.finding(finding_id), recipe_for(finding_id)
    if finding is None or finding.status not in ("fail", "warn"):
        raise UsageError(
            "Nothing to repair", f"The doctor does not find {finding_id} here.", "Run it again."
        )
    if recipe is None:
        raise UsageError(
            "No repair for this", f"The console cannot mend {finding_id} itself.", finding.remedy
        )
    make, warnings = recipe
    target, edit = make(Case(bench, finding, diagnosis.key))
    before = read(bench, target)
    after = edit(before)
    changes = changes_between(before, after)
    if not changes:
        raise UsageError(
            "Nothing to repair", "The configuration is already as the repair would make it."
        )
    return RepairPlan(finding_id, target, changes, before, after, warnings)


def plan_undo(bench: Workbench, operation_id: str) -> RepairPlan:
    """What would take a repair back. Raises `UsageError`, `JournalError`, `AwsError`, and
    `ChangedMeanwhile` where somebody else has changed the same part since."""
    operation = bench.journal.log.operation(operation_id)
    target, changes = _recorded(operation)
    back = tuple(change.reversed() for change in changes)
    before = read(bench, target)
    after = merged(before, back)
    if not changes_between(before, after):
        raise UsageError("Nothing to undo", f"{operation_id} has been taken back already.")
    mended = str(operation.parameters.get("finding"))
    recipe = recipe_for(mended)
    warnings = (_BROKEN_AGAIN, *(recipe[1] if recipe else ()))
    return RepairPlan(operation_id, target, back, before, after, warnings, undoes=mended)


def apply_repair(bench: Workbench, plan: RepairPlan) -> RepairReport:
    """Make the planned changes on what is there now, which is read again immediately before.

    What others have changed beside them is kept. Raises `Refused` in read-only mode,
    `ChangedMeanwhile` where somebody has changed the very same part, `JournalError` before
    anything is written, and `AwsError`.
    """
    require_write(bench, "Repair")
    now = read(bench, plan.target)
    after = merged(now, plan.changes)
    if not changes_between(now, after):
        return RepairReport(None, changed=False, merged=False)
    operation = _begin(bench, plan)
    log = bench.journal.log
    subject = plan.target.name
    number = log.intend(operation, KIND, [subject], bench.clock.now())[subject]
    try:
        write(bench, plan.target, now, after)
    except AwsError as error:
        outcome = "unknown" if error.maybe_done else "failed"
        log.settle(operation, [(number, outcome, error.sentence)], bench.clock.now())
        bench.finish(operation, "failed", {"error": error.sentence})
        raise
    log.settle(operation, [(number, "changed", None)], bench.clock.now())
    bench.finish(operation, "done", {"conclusion": _conclusion(plan)})
    return RepairReport(operation, changed=True, merged=now != plan.before)


def _begin(bench: Workbench, plan: RepairPlan) -> str:
    parameters = {
        "finding": plan.finding_id,
        "kind": plan.target.kind,
        "name": plan.target.name,
        "changes": [[c.part, c.before, c.after] for c in plan.changes],
    }
    intent = f"repair {plan.finding_id}: {_conclusion(plan)}"
    return bench.begin(KIND, bench.pipeline.queue, intent, parameters)


def _conclusion(plan: RepairPlan) -> str:
    parts = ", ".join(change.part for change in plan.changes)
    return f"{plan.target.kind} of {plan.target.name} changed: {parts}"


def _recorded(operation: OperationRecord) -> tuple[Target, tuple[Change, ...]]:
    """What a repair has changed, by its journal. Raises `UsageError` for another operation."""
    recorded = operation.parameters
    if operation.kind != KIND or "changes" not in recorded:
        raise UsageError(
            "Not a repair", f"{operation.id} is a {operation.kind}: only a repair is undone so."
        )
    target = Target(cast(Any, recorded["kind"]), str(recorded["name"]))
    changes = cast("list[list[Any]]", recorded["changes"])
    return target, tuple(Change(str(part), before, after) for part, before, after in changes)
