"""Handlers: what `process` runs over a message."""

from __future__ import annotations

import threading
from typing import Protocol

from console.models.handling import Handled
from console.models.message import Message


class Handler(Protocol):
    """Deals with one message at a time, in several threads at once.

    `handle` never raises for what a message or the handler does: that is a failure. It returns
    within about `seconds`, and soon after `cancel` is set.
    """

    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        """Deal with one message."""
        ...
