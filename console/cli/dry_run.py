"""What a dry run knows: how many messages are meant, and what it costs to find out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.cli.writing import tell_reasons
from console.errors import EXIT_FINDINGS, EXIT_OK

if TYPE_CHECKING:
    from console.cli.headless import Session
    from console.models.moving import MoveOptions
    from console.models.pipeline import QueueRef
    from console.operations.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Matched:
    """How many messages are meant. `withheld` were left alone to spare a last attempt; where it is
    not `complete`, there may be more that match."""

    count: int
    withheld: int = 0
    complete: bool = True

    @property
    def exit_code(self) -> int:
        """3 where not everything was looked at."""
        return EXIT_OK if self.complete and not self.withheld else EXIT_FINDINGS


def would_match(
    session: Session, bench: Workbench, queue: QueueRef, options: MoveOptions, visible: int
) -> Matched:
    """How many messages a filter means. Only a filter has to receive for that, and the cost is
    said before; everything received is given back. Raises what a peek raises."""
    if options.where.everything:
        return Matched(min(visible, options.limit or visible))
    from console.models.peek import PeekOptions
    from console.operations.budget import plan_peek
    from console.operations.peek import peek

    plan = PeekOptions(
        limit=None, spend_last_attempt=options.spend_last_attempt, where=options.where
    )
    session.output.say(
        f"To match, messages have to be received. {plan_peek(bench, queue, plan).cost}"
    )
    with session.interruption.cooperative() as cancel:
        summary = peek(bench, queue, plan, cancel=cancel, on_message=lambda _: None)
    tell_reasons(session.output, [n for n in (summary.partial, summary.warning) if n])
    count = min(summary.matched, options.limit or summary.matched)
    enough = options.limit is not None and count == options.limit
    return Matched(count, summary.withheld, enough or summary.partial is None)
