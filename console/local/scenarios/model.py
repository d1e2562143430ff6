"""What a scenario is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from console.local.reference import Plan
from console.local.scenarios.stage import KEY, Stage


def _as_planned(plan: Plan) -> Plan:
    return plan


@dataclass(frozen=True, slots=True)
class Scenario:
    """One known way for events to go missing; its name is the cause's slug.

    `break_it` does what went wrong to a fresh installation, and leaves behind what there is to
    see of the upload `key`, which somebody misses, where it is about one upload. Where `turn` is
    given, it runs again and again in the place of the usual consumer. `change` makes the plan that
    is built. `ending` is what the names of the pipeline's queues have more than the plan's.
    """

    name: str
    line: str
    break_it: Callable[[Stage], None]
    key: str | None = KEY
    turn: Callable[[Stage], None] | None = None
    change: Callable[[Plan], Plan] = _as_planned
    ending: str = ""

    def shown(self, plan: Plan) -> Plan:
        """The plan with the queues that the pipeline has."""
        dlq = None if plan.dlq is None else plan.dlq + self.ending
        return replace(plan, queue=plan.queue + self.ending, dlq=dlq)

    def consuming(self, stage: Stage) -> Callable[[threading.Event], None] | None:
        """What runs until its event is set in the place of the usual consumer; None for that."""
        turn = self.turn
        if turn is None:
            return None

        def run(stop: threading.Event) -> None:
            while not stop.is_set():
                turn(stage)

        return run


def rest(stage: Stage) -> None:
    """The turn of a consumer that does not run."""
    stage.pass_time(1.0)


def _leave(stage: Stage) -> None:
    del stage


NOTHING_BROKEN = Scenario("none", "Everything is as it should be.", _leave, key=None)
"""The usual installation."""
