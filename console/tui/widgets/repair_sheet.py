"""The confirmation of a repair: its difference, line by line, and what comes with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.tui.widgets.confirm import Confirm
from console.tui.widgets.type_name import TypeName
from console.tui.words import shown

_STYLES = {"-": "$text-error", "+": "$text-success", "@": "$text-accent"}
_BESIDE = 18
_CSS = """
    {name} {
        #dialog { width: 100; overflow-y: auto; }
        #difference { height: auto; margin-top: 1; background: $boost; }
        #difference Static { width: auto; }
        #warnings { color: $text-warning; margin-top: 1; }
    }
"""


class RepairSheet(Confirm):
    """Asks whether to change the configuration so; dismissed with true for yes."""

    DEFAULT_CSS = _CSS.replace("{name}", "RepairSheet")
    YES: ClassVar = "Change it"

    def __init__(
        self, title: str, text: str, lines: Sequence[str], warnings: Sequence[str]
    ) -> None:
        super().__init__(title, text, yes=self.YES)
        self._lines = tuple(lines)
        self._warnings = tuple(warnings)

    def compose_more(self) -> ComposeResult:
        """The difference and the warnings."""
        yield from _difference(self, self._lines, self._warnings)


class TypedRepairSheet(TypeName):
    """The same in production: the queue's name has to be typed."""

    DEFAULT_CSS = _CSS.replace("{name}", "TypedRepairSheet")

    def __init__(
        self, title: str, text: str, lines: Sequence[str], warnings: Sequence[str], name: str
    ) -> None:
        super().__init__(f"{title} in production", text, name, yes=RepairSheet.YES)
        self._lines = tuple(lines)
        self._warnings = tuple(warnings)

    def compose_more(self) -> ComposeResult:
        """The difference, the warnings, and the line for the name."""
        yield from _difference(self, self._lines, self._warnings)
        yield from super().compose_more()


def repair_sheet(
    title: str, text: str, lines: Sequence[str], warnings: Sequence[str], name: str | None
) -> Confirm:
    """The sheet that fits: with `name` to type, where there is one."""
    if name is None:
        return RepairSheet(title, text, lines, warnings)
    return TypedRepairSheet(title, text, lines, warnings, name)


def _difference(sheet: Confirm, lines: Sequence[str], warnings: Sequence[str]) -> ComposeResult:
    told = [Content.styled(shown(sheet, line), _STYLES.get(line[:1], "")) for line in lines]
    with VerticalScroll(id="difference", can_focus=True) as box:
        # What will happen and the buttons are to be seen on a small screen too.
        box.styles.max_height = max(3, sheet.app.size.height - _BESIDE)
        yield Static(Content("\n").join(told))
    yield Static(Content(" ".join(warnings)), id="warnings")
