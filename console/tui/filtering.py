"""Which rows a typed filter leaves: at once for a few, beside the user interface for many."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from console.errors import UsageError
from console.models.message import Message
from console.search import pattern_search, texts_of

FEW = 500
"""So many messages are looked through before the next frame."""
_INLINE_SECONDS = 0.25
_MESSAGE_SECONDS = 0.25
_WORK_SECONDS = 0.003
_REST_SECONDS = 0.003
_TELL_SECONDS = 0.1

Test = Callable[[Message, float], bool]
"""Whether a message matches, answered within so many seconds."""


def tester(typed: str) -> Test:
    """Plain text ignores case, between slashes it is a regular expression.

    Raises `UsageError` where that is none; the test does where it takes too long.
    """
    if len(typed) > 1 and typed.startswith("/"):
        search = pattern_search(typed[1:].removesuffix("/"))
        return lambda message, seconds: any(search(t, seconds) for t in texts_of(message))
    wanted = typed.casefold()

    def test(message: Message, _: float) -> bool:
        # The key stands in the body too, though encoded: most matches need no parsing.
        if wanted in message.body.casefold():
            return True
        return any(wanted in text.casefold() for text in texts_of(message))

    return test


def unusable(typed: str) -> str | None:
    """Why what is typed is no filter, `None` where it is one."""
    try:
        tester(typed)
    except UsageError:
        return "not a valid pattern"
    return None


class RowFilter:
    """The rows of one list that match one filter; both may grow.

    Where the filter takes too long on a message, it ends there, for good: `too_slow` is set, and
    `rows` are those in front of that message.
    """

    def __init__(self, typed: str, messages: Sequence[Message]) -> None:
        self.rows: list[Message] = []
        self.too_slow = False
        self._test = tester(typed)
        self._messages = messages
        self._looked_at = 0
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._running = False

    @property
    def behind(self) -> int:
        """How many messages are not looked at yet."""
        return len(self._messages) - self._looked_at

    @property
    def unsettled(self) -> str | None:
        """Why `rows` are not all that match, `None` where they are."""
        if self.too_slow:
            return "stopped: the pattern is too slow"
        return "still looking" if self.behind else None

    def look(self) -> None:
        """Look at what there is, now, for as long as a frame may take; the rest is for `work`."""
        ends = time.monotonic() + _INLINE_SECONDS
        while self._may_go_on and time.monotonic() < ends:
            self._look_at_one()

    def stop(self) -> None:
        """Nobody wants its rows any more."""
        self._stopped.set()

    def start(self) -> bool:
        """Whether a thread has to be started for what is not looked at yet."""
        with self._lock:
            wanted = bool(self.behind) and not self._running and not self._stopped.is_set()
            self._running = self._running or wanted
            return wanted

    def work(self, tell: Callable[[], None]) -> None:
        """Look at everything in slices, on a thread of its own, leaving time for others between
        them; `tell` hears a few times a second and at the end."""
        told = time.monotonic()
        try:
            while self._may_go_on:
                slice_ends = time.monotonic() + _WORK_SECONDS
                while self._may_go_on and time.monotonic() < slice_ends:
                    self._look_at_one()
                if time.monotonic() - told > _TELL_SECONDS:
                    tell()
                    told = time.monotonic()
                self._stopped.wait(_REST_SECONDS)
        finally:
            with self._lock:
                self._running = False
            tell()

    @property
    def _may_go_on(self) -> bool:
        return bool(self.behind) and not self._stopped.is_set()

    def _look_at_one(self) -> None:
        message = self._messages[self._looked_at]
        try:
            matches = self._test(message, _MESSAGE_SECONDS)
        except UsageError:
            self.too_slow = True
            self._stopped.set()
            return
        self._looked_at += 1
        if matches:
            self.rows.append(message)
