"""The palette of commands."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette


class Palette(CommandPalette):
    """Textual's palette, made safe for keys that come faster than its list.

    In Textual 8.2 paging through a list that was never laid out raises `KeyError`, which ends the
    application: OptionList knows its lines only once it has a height.
    """

    def _action_command_list(self, action: str) -> None:
        """Pass a key on to the list once that stands."""
        if self.query_one(CommandList).scrollable_content_region.height:
            super()._action_command_list(action)
