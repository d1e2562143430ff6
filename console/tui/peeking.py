"""A running peek seen from its thread: what it reads reaches the screen in handfuls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

from console.tui.notices import PeekEnded, PeekMoved, Ticket

if TYPE_CHECKING:
    from console.models.message import Message as QueueMessage
    from console.models.peek import PeekOptions, PeekProgress
    from console.models.pipeline import QueueRef
    from console.tui.backstage import Backstage


class PeekStream:
    """Collects what a peek reads and posts it, one notice in flight at a time."""

    def __init__(self, screen: MessagePump, ticket: Ticket) -> None:
        self._screen = screen
        self._ticket = ticket
        self._lock = threading.Lock()
        self._waiting: list[QueueMessage] = []
        self._progress: PeekProgress | None = None
        self._posted = False

    def message(self, message: QueueMessage) -> None:
        """A message was read."""
        with self._lock:
            self._waiting.append(message)
        self._post()

    def progress(self, progress: PeekProgress) -> None:
        """The pass is so far."""
        with self._lock:
            self._progress = progress
        self._post()

    def take(self) -> tuple[tuple[QueueMessage, ...], PeekProgress | None]:
        """What has come since the last time; called by the screen."""
        with self._lock:
            taken, self._waiting, self._posted = tuple(self._waiting), [], False
            return taken, self._progress

    def _post(self) -> None:
        with self._lock:
            if self._posted:
                return
            self._posted = True
        try:
            self._screen.post_message(PeekMoved(self._ticket, self))
        except RuntimeError:
            # The event loop is gone; the peek is being cancelled.
            return


def peek_job(
    backstage: Backstage,
    queue: QueueRef,
    options: PeekOptions,
    cancel: threading.Event,
    screen: MessagePump,
) -> Callable[[Ticket], Message]:
    """The work of a peek, for a background thread."""

    def work(ticket: Ticket) -> Message:
        stream = PeekStream(screen, ticket)
        summary = backstage.peek(queue, options, cancel, stream.message, stream.progress)
        return PeekEnded(ticket, summary, stream)

    return work
