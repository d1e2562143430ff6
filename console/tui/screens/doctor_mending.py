"""The doctor's screen mends what was found: a repair is planned, shown as a difference, applied."""

from __future__ import annotations

from textual.message import Message

from console.models.finding import Finding
from console.models.repair import RepairPlan, RepairReport
from console.operations.repairs.difference import difference, told
from console.operations.repairs.recipes import repairable
from console.tui.notices import Failed, Repaired, RepairPlanned, Ticket
from console.tui.screens.doctor_asking import AskingScreen
from console.tui.widgets.repair_sheet import repair_sheet

_GROUPS = ("repair-plan", "repair")


class MendingScreen(AskingScreen):
    """Asks before it changes anything, and asks the doctor again afterwards."""

    def can_mend(self, finding: Finding | None) -> bool:
        """Whether there is a repair that may be applied now."""
        if finding is None or self.checkup.diagnosis is None or self.pipeline.mode.read_only:
            return False
        return finding.status in ("fail", "warn") and repairable(finding.id)

    def mend(self, finding: Finding) -> None:
        """Plan the repair; the difference is shown as soon as it is known."""
        diagnosis, backstage = self.checkup.diagnosis, self.console.backstage
        if self.console.operation is not None:
            self.console.say("Another operation is running.", severity="warning")
        elif diagnosis is not None:
            self.in_background(
                "repair-plan",
                lambda ticket: RepairPlanned(ticket, backstage.plan_repair(diagnosis, finding.id)),
            )

    def on_repair_planned(self, notice: RepairPlanned) -> None:
        """Show what would be changed, and ask."""
        if not self.is_newest(notice) or not self.is_current:
            return
        plan, queue, mode = notice.plan, self.pipeline.queue, self.pipeline.mode
        name = queue.name if queue and mode.production else None

        def answered(yes: bool | None) -> None:
            if yes:
                self._apply(plan)

        sheet = repair_sheet(told(plan), difference(plan), plan.warnings, name)
        self.app.push_screen(sheet, answered)

    def _apply(self, plan: RepairPlan) -> None:
        backstage = self.console.backstage
        self.console.begin_operation("A repair")

        def work(ticket: Ticket) -> Message:
            return Repaired(ticket, backstage.apply_repair(plan))

        self.in_background("repair", work)

    def on_repaired(self, notice: Repaired) -> None:
        """It is changed: say how to take it back, and ask again."""
        if self.is_newest(notice):
            self.console.end_operation()
            self.console.say(_words(notice.report), title="Repair")
            self.console.polling.ask_now()
            self.ask_about(self.checkup.key)

    def on_failed(self, notice: Failed) -> None:
        """A repair that is refused changes nothing; the findings stay."""
        if notice.ticket.group not in _GROUPS:
            super().on_failed(notice)
            return
        if self.is_newest(notice):
            if notice.ticket.group == "repair":
                self.console.end_operation()
            said = f"{notice.error.sentence} {notice.error.remedy}".strip()
            self.console.say(self.shown(said, limit=600), severity="error", title="Repair")


def _words(report: RepairReport) -> str:
    if report.operation_id is None:
        return "Somebody else has made this change meanwhile; nothing was written."
    beside = " Somebody else's change was kept beside it." if report.merged else ""
    return f"Changed.{beside} To take it back: event-console doctor --undo {report.operation_id}"
