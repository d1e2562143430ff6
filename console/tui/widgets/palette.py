"""The palette of commands."""

from __future__ import annotations

from textual import on
from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.widgets import Button, Input


class Palette(CommandPalette):
    """Textual's palette, made safe for keys that come faster than its list.

    In Textual 8.2 paging through a list that was never laid out raises `KeyError`, which ends the
    application: OptionList knows its lines only once it has a height. So does a second enter
    behind the one that has chosen: it chooses again, and closes what is closed.
    """

    def _action_command_list(self, action: str) -> None:
        """Pass a key on to the list once that stands."""
        if self.query_one(CommandList).scrollable_content_region.height:
            super()._action_command_list(action)

    @on(Input.Submitted)
    @on(Button.Pressed)
    def _choose_once(self, event: Input.Submitted | Button.Pressed) -> None:
        """What is chosen runs once."""
        if not self.is_active:
            event.stop()
            event.prevent_default()

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close it, once."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
