"""The action under way, or how the last one ended, where there is one."""

from __future__ import annotations

from textual.widgets import Static

from console.tui.actions import Work
from console.tui.words import shown
from console.tui.work_text import work_content


class WorkLine(Static):
    """Hidden while there is nothing to tell."""

    DEFAULT_CSS = """
    WorkLine { display: none; height: auto; max-height: 6; padding: 0 1;
               background: $boost; }
    WorkLine.-shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)

    def show_work(self, work: Work | None) -> None:
        """Show it, or nothing."""
        self.set_class(work is not None, "-shown")
        if work is not None:
            self.update(work_content(work, lambda text: shown(self, text, limit=400)))
