"""A repair as people check it: what is taken away and what is added, line by line. Pure."""

from __future__ import annotations

import difflib

from console.models.repair import RepairPlan
from console.operations.repairs.parts import readable

_CONTEXT = 3


def difference(plan: RepairPlan) -> tuple[str, ...]:
    """The lines of a unified difference, raw: each begins with `-`, `+`, `@` or a space."""
    before = readable(plan.target.kind, plan.before).splitlines()
    after = readable(plan.target.kind, plan.after).splitlines()
    lines = difflib.unified_diff(before, after, "before", "after", n=_CONTEXT, lineterm="")
    return tuple(lines)[2:]


def told(plan: RepairPlan) -> str:
    """The repair in one sentence."""
    words = {
        "notification": "the notification configuration of bucket",
        "policy": "the policy of queue",
        "attributes": "attributes of queue",
        "key-policy": "the policy of key",
    }[plan.target.kind]
    if plan.undoes is not None:
        return (
            f"Take back {plan.finding_id}, which mended {plan.undoes}: change {words} "
            f"{plan.target.name} back."
        )
    return f"Change {words} {plan.target.name} ({plan.finding_id})."
