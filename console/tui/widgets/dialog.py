"""What lies over a screen until it is answered: sheets, dialogs, the command line."""

from __future__ import annotations

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A modal screen that is answered once.

    Keys that came in one burst are still handled after the first of them has closed it. Textual
    would then close whatever lies on top, or fail where nothing is left to close.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close it with its answer; what comes behind the first answer counts no more."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
