"""A change of configuration from a screen: planned, shown as a difference, asked about, applied."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from console.models.repair import RepairPlan, RepairReport
from console.operations.repairs.difference import difference, told
from console.tui.notices import Failed, Repaired, RepairPlanned, Ticket
from console.tui.screens.base import ConsoleScreen
from console.tui.widgets.repair_sheet import repair_sheet

REPAIR_GROUPS = ("repair-plan", "repair")


class RepairingScreen(ConsoleScreen):
    """For screens that mend, or take a repair back."""

    def plan_change(self, plan: Callable[[], RepairPlan]) -> None:
        """Plan it in the background; the difference is shown as soon as it is known."""
        if self.console.operation is not None:
            self.console.say("Another operation is running.", severity="warning")
        else:
            self.in_background("repair-plan", lambda ticket: RepairPlanned(ticket, plan()))

    def changed(self) -> None:
        """The configuration was changed."""

    def on_repair_planned(self, notice: RepairPlanned) -> None:
        """Show what would be changed, and ask."""
        if not self.is_newest(notice) or not self.is_current:
            return
        plan, queue, mode = notice.plan, self.pipeline.queue, self.pipeline.mode
        name = queue.name if queue and mode.production else None

        def answered(yes: bool | None) -> None:
            if yes:
                self._apply(plan)

        title = "Repair" if plan.undoes is None else "Undo repair"
        sheet = repair_sheet(title, told(plan), difference(plan), plan.warnings, name)
        self.app.push_screen(sheet, answered)

    def _apply(self, plan: RepairPlan) -> None:
        if self.console.operation is not None:
            self.console.say("Another operation is running.", severity="warning")
            return
        backstage = self.console.backstage
        self.console.begin_operation("A repair")

        def work(ticket: Ticket) -> Message:
            return Repaired(ticket, backstage.apply_repair(plan))

        self.in_background("repair", work)

    def on_repaired(self, notice: Repaired) -> None:
        """It is changed: say how to take it back."""
        if self.is_newest(notice):
            self.console.end_operation()
            self.console.say(_words(notice.report), title="Repair")
            self.console.polling.ask_now()
            if notice.report.changed:
                self.console.configured_at = self.console.backstage.clock.now()
            self.changed()

    def on_failed(self, notice: Failed) -> None:
        """A change that is refused changes nothing; what was shown stays."""
        if notice.ticket.group not in REPAIR_GROUPS or not self.is_newest(notice):
            return
        if notice.ticket.group == "repair":
            self.console.end_operation()
        said = f"{notice.error.sentence} {notice.error.remedy}".strip()
        self.console.say(self.shown(said, limit=600), severity="error", title="Repair")


def _words(report: RepairReport) -> str:
    if report.operation_id is None:
        return "Somebody else has made this change meanwhile; nothing was written."
    beside = " Somebody else's change was kept beside it." if report.merged else ""
    return f"Changed.{beside} u in Activity takes it back ({report.operation_id})."
