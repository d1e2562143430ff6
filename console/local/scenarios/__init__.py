"""Ways to start the local backend broken: one for every cause that can be staged on it."""

from __future__ import annotations

import random
from collections.abc import Iterable

from console.errors import UsageError
from console.local.scenarios.buckets import BUCKETS
from console.local.scenarios.consumers import CONSUMERS
from console.local.scenarios.failing import FAILING
from console.local.scenarios.filters import FILTERS
from console.local.scenarios.keys import KEYS
from console.local.scenarios.model import NOTHING_BROKEN, Scenario
from console.local.scenarios.objects import OBJECTS
from console.local.scenarios.policies import POLICIES
from console.local.scenarios.queues import QUEUES
from console.local.scenarios.stage import Stage

__all__ = ["NOTHING_BROKEN", "RANDOM", "SCENARIOS", "Scenario", "Stage", "choose", "listing"]

RANDOM = "random"
"""Stands for any scenario, and does not say which."""

_GROUPS = (OBJECTS, BUCKETS, FILTERS, POLICIES, KEYS, QUEUES, CONSUMERS, FAILING)

SCENARIOS: dict[str, Scenario] = {one.name: one for group in _GROUPS for one in group}


def choose(name: str) -> Scenario:
    """The scenario of a name, any one for `random`; raises `UsageError` that lists them."""
    if name == RANDOM:
        return random.SystemRandom().choice(list(SCENARIOS.values()))
    if name not in SCENARIOS:
        raise UsageError(
            "Unknown scenario",
            f"There is no scenario called {name}. There are: {', '.join(_names())}.",
            f"Name one of them, or {RANDOM}.",
        )
    return SCENARIOS[name]


def listing() -> Iterable[tuple[str, str]]:
    """Every name with its line, and `random` last."""
    yield from ((one.name, one.line) for one in SCENARIOS.values())
    yield RANDOM, "Any of these, and you are not told which."


def _names() -> list[str]:
    return [*SCENARIOS, RANDOM]
