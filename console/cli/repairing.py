"""`doctor --repair` and `doctor --undo`: show the difference, ask, apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.cli.writing import Consent, ask
from console.errors import EXIT_OK

if TYPE_CHECKING:
    from rich.console import RenderableType

    from console.cli.headless import Session
    from console.models.repair import RepairPlan
    from console.operations.workbench import Workbench

_STYLES = {"-": "red", "+": "green", "@": "cyan"}


def repair(
    session: Session, bench: Workbench, plan: RepairPlan, consent: Consent, *, dry_run: bool
) -> int:
    """Show what `plan` changes, ask, and do it; returns the exit code. Raises `ConsoleError`."""
    from console.documents.repair import repair_document
    from console.operations.repairs.difference import told
    from console.operations.repairs.repair import apply_repair
    from console.operations.workbench import require_write

    output = session.output
    if not dry_run:
        require_write(bench, "Repair")
    if not output.as_json:
        output.show(*_difference(plan))
    if dry_run:
        if output.as_json:
            output.document(repair_document(plan, None))
        else:
            output.show("This was a dry run: nothing was changed.")
        return EXIT_OK
    for warning in plan.warnings:
        output.say(warning)
    ask(output, bench, bench.need_queue(), told(plan), consent)
    with session.interruption.cooperative():
        report = apply_repair(bench, plan)
    if output.as_json:
        output.document(repair_document(plan, report))
    elif report.operation_id is None:
        output.show("Somebody else has made this change meanwhile; nothing was written.")
    else:
        beside = " Somebody else's change was kept beside it." if report.merged else ""
        output.show(f"Changed.{beside} Undo: event-console doctor --undo {report.operation_id}")
    return EXIT_OK


def _difference(plan: RepairPlan) -> list[RenderableType]:
    from console.cli.output import text
    from console.operations.repairs.difference import difference

    return [text(line, _STYLES.get(line[:1], "")) for line in difference(plan)]
