"""The two lines at the bottom: the keys of this screen, and the ways to everywhere else."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.style import Style
from textual.widgets import Static

_ROOMY = 110
"""Columns from which on the keys that matter fit with two spaces between them."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key in the bar: what is pressed, what it does, the action behind it for the mouse.

    `here` marks the screen one is on.
    """

    key: str
    label: str
    action: str
    enabled: bool = True
    here: bool = False


class KeyBar(Static):
    """Keys that can be read, pressed, or clicked."""

    DEFAULT_CSS = """
    KeyBar {
        dock: bottom;
        width: 100%;
        height: 2;
        padding: 0 0 0 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._lines: tuple[tuple[Key, ...], tuple[Key, ...]] = ((), ())

    def show_keys(self, screen_keys: tuple[Key, ...], app_keys: tuple[Key, ...]) -> None:
        """Show the screen's keys above the application's."""
        self._lines = (screen_keys, app_keys)
        self._draw()

    def on_resize(self) -> None:
        """Fit as many keys as the new width holds."""
        self._draw()

    def _draw(self) -> None:
        width = max(20, self.size.width or self.app.size.width - 1)
        self.update(Content("\n").join(_line(keys, width) for keys in self._lines))


def _line(keys: tuple[Key, ...], width: int) -> Content:
    """As many keys as fit, closer together where there is little room; the last ones are left out
    first."""
    pieces = [_piece(key) for key in keys]
    gap = Content("  ")
    if width < _ROOMY and gap.join(pieces).cell_length > width:
        gap = Content(" ")
    while gap.join(pieces).cell_length > width:
        pieces.pop()
    return gap.join(pieces)


def _piece(key: Key) -> Content:
    if not key.enabled:
        return Content.styled(f"{key.key} {key.label}", "$text-disabled")
    label_style = "bold underline" if key.here else "$text-muted"
    piece = Content.assemble(
        (key.key, "bold $footer-key-foreground"), " ", (key.label, label_style)
    )
    return piece.stylize(Style.from_meta({"@click": key.action}))
