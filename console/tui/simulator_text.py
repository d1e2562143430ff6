"""What each rule would do with a key, as lines. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from console.models.notification import NotificationRule
from console.simulating import Simulated
from console.tui.lines import Line, row
from console.tui.words import mark

Show = Callable[[str], str]
_INDENT = 10


def simulated_lines(tried: Sequence[Simulated], queue_arn: str | None, show: Show) -> list[Line]:
    """How many rules fire, then each rule with its destination, its filters and the reasons."""
    if not tried:
        return [Content.styled("✗ The bucket has no rule at all: nothing fires.", "$text-error")]
    fired = sum(one.fires for one in tried)
    lines: list[Line] = [Content.styled(f"{fired} of {len(tried)} rules fire", "bold")]
    for one in tried:
        lines += [Content(""), *_one(one, queue_arn, show)]
    return lines


def _one(one: Simulated, queue_arn: str | None, show: Show) -> list[Line]:
    here = queue_arn is not None and one.rule.destination == queue_arn
    state = mark("ok", "fires") if one.fires else mark("bad", "does not fire")
    lines: list[Line] = [
        Content.assemble(state, "  ", (show(one.rule.id), "bold")),
        row("  to", show(one.destination) + (" (this queue)" if here else ""), indent=_INDENT),
        row("  takes", _takes(one.rule, show), indent=_INDENT),
    ]
    style = "" if one.fires else "$text-warning"
    return [*lines, *(row("  why", show(reason), style, indent=_INDENT) for reason in one.reasons)]


def _takes(rule: NotificationRule, show: Show) -> str:
    events = ", ".join(rule.events) or "every event"
    filters = [
        f'{name} "{value}"'
        for name, value in (("prefix", rule.prefix), ("suffix", rule.suffix))
        if value
    ]
    return show("; ".join((events, *(filters or ["every key"]))))
