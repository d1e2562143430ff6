"""The doctor's screen mends what was found, and looks again afterwards."""

from __future__ import annotations

from console.models.finding import Finding
from console.operations.repairs.recipes import repairable
from console.tui.screens.doctor_asking import AskingScreen
from console.tui.screens.repairing import RepairingScreen


class MendingScreen(AskingScreen, RepairingScreen):
    """Asks before it changes anything, and asks the doctor again afterwards."""

    def can_mend(self, finding: Finding | None) -> bool:
        """Whether there is a repair that may be applied now."""
        if finding is None or self.checkup.diagnosis is None or self.pipeline.mode.read_only:
            return False
        return finding.status in ("fail", "warn") and repairable(finding.id)

    def mend(self, finding: Finding) -> None:
        """Plan the repair."""
        diagnosis, backstage = self.checkup.diagnosis, self.console.backstage
        if diagnosis is not None:
            self.plan_change(lambda: backstage.plan_repair(diagnosis, finding.id))

    def changed(self) -> None:
        """Look at it as it is now."""
        self.ask_about(self.checkup.key)
