"""Background work on daemon threads of the console's own.

Asyncio's default executor is joined when an application leaves, and has few threads; a long poll
on it would delay leaving and starve other work. These threads never delay leaving.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable


class Jobs:
    """Starts background work and knows how much of it is running."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._number = 0

    @property
    def running(self) -> int:
        """How many jobs have not ended."""
        with self._lock:
            return self._running

    def start(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """Run `work` on a daemon thread of its own; `work` has to deal with its own errors."""
        with self._lock:
            self._running += 1
            self._number += 1
            number = self._number
        # Posting from a thread needs to know the running application, which is context.
        context = contextvars.copy_context()
        thread = threading.Thread(
            target=context.run, args=(self._run, work), name=f"console-{name}-{number}", daemon=True
        )
        thread.start()
        return thread

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._lock:
                self._running -= 1
