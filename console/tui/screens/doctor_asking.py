"""The doctor's screen asks its questions in the background: begun, heard, concluded, stopped."""

from __future__ import annotations

import threading

from textual.message import Message

from console.models.finding import Diagnosis, DoctorOptions, Finding
from console.tui.checkup import Checkup
from console.tui.notices import Concluded, Failed, FindingCame, Ticket
from console.tui.screens.base import ConsoleScreen


class AskingScreen(ConsoleScreen):
    """Holds the checkup. One run at a time: a newer question stops the older."""

    def __init__(self) -> None:
        super().__init__()
        self.checkup = Checkup()
        self._cancel = threading.Event()

    def ask_about(self, key: str | None) -> None:
        """Ask about one object, or about the pipeline as a whole."""
        self._cancel.set()
        self._cancel = cancel = threading.Event()
        console, backstage, options = self.console, self.console.backstage, DoctorOptions(key)
        self.checkup.begin(key, backstage.clock.monotonic())

        def work(ticket: Ticket) -> Message:
            def found(finding: Finding) -> None:
                console.tell(self, FindingCame(ticket, finding))

            def early(diagnosis: Diagnosis) -> None:
                console.tell(self, Concluded(ticket, diagnosis, late=True))

            return Concluded(ticket, backstage.diagnose(options, cancel, found, early), late=False)

        self.in_background("doctor", work)
        self._changed()

    def ask_first(self) -> None:
        """Ask about the pipeline, unless something was asked already."""
        if not self.checkup.running and self.checkup.diagnosis is None:
            self.ask_about(None)

    def ask_if_changed(self) -> None:
        """Ask the same anew where this console has changed the configuration since."""
        told, changed = self.checkup.diagnosis, self.console.configured_at
        if told is not None and changed is not None and told.checked_at < changed:
            self.ask_about(self.checkup.key)

    def ask_again(self) -> None:
        """The same question anew; while it is being asked there is nothing to ask."""
        if self.checkup.running:
            self.console.say("The doctor is asking already.")
        else:
            self.ask_about(self.checkup.key)

    def stop_asking(self) -> bool:
        """Stop the run under way; false where none is."""
        if not self.checkup.running:
            return False
        self._cancel.set()
        return True

    def on_finding_came(self, notice: FindingCame) -> None:
        """A check has answered."""
        if self.is_newest(notice):
            self.checkup.hear(notice.finding)
            self.redraw()

    def on_concluded(self, notice: Concluded) -> None:
        """All has answered, or all but CloudTrail."""
        if self.is_newest(notice):
            self.checkup.conclude(notice.diagnosis, late=notice.late)
            self._changed()

    def on_failed(self, notice: Failed) -> None:
        """It could not be asked, or was stopped."""
        if notice.ticket.group == "doctor" and self.is_newest(notice):
            self.checkup.fail(notice.error)
            self._changed()

    def _changed(self) -> None:
        self.redraw()
        self.update_keys()
