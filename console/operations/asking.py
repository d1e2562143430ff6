"""Ask one source, so that its failure stands in the answer and blanks no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from console.errors import ConsoleError
from console.models.clock import Clock
from console.models.status import Source

T = TypeVar("T")


def ask(clock: Clock, call: Callable[[], T], before: Source[T] | None = None) -> Source[T]:
    """The answer with the time it was asked for, or what was known `before` with the error."""
    at = clock.now()
    try:
        return Source(call(), at)
    except ConsoleError as error:
        return replace(before, error=error) if before else Source(error=error)
