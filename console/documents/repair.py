"""A repair as JSON."""

from __future__ import annotations

from console.models.repair import RepairPlan, RepairReport


def repair_document(plan: RepairPlan, report: RepairReport | None) -> dict[str, object]:
    """What a repair would do, and what it did; no `report` for a dry run."""
    return {
        "operation_id": report.operation_id if report else None,
        "repair": plan.finding_id,
        "target": {"kind": plan.target.kind, "name": plan.target.name},
        "changes": [
            {"part": change.part, "before": change.before, "after": change.after}
            for change in plan.changes
        ],
        "warnings": list(plan.warnings),
        "applied": bool(report and report.changed),
        "merged": bool(report and report.merged),
        "dry_run": report is None,
    }
