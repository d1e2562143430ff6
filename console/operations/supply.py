"""Work for several threads out of several sources, of which only what is needed soon is read."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from console.models.listing import ListedObject

_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Due:
    """One key that is due: its entry's number, and what a listing told of it, `None` for a key
    that has to be looked at first."""

    number: int
    key: str
    found: ListedObject | None = None


class Feed(Protocol):
    """Where keys come from, a page at a time, and by one thread at a time."""

    @property
    def done(self) -> bool:
        """Whether there is nothing more."""
        ...

    def more(self) -> Sequence[Due]:
        """The next page; may be empty before the end."""
        ...


class Supply:
    """Hands out keys in portions. Whoever asks while few are left reads the next page of a feed
    first: so the buffer is bounded, and pages of several feeds are read side by side only while
    nobody has anything else to do."""

    def __init__(self, feeds: Sequence[Feed], *, portion: int, low: int) -> None:
        self._idle = deque(feed for feed in feeds if not feed.done)
        self._portion, self._low = portion, low
        self._portions: deque[Sequence[Due]] = deque()
        self._reading = 0
        self._stopped = False
        self._changed = threading.Condition()

    def stop(self) -> None:
        """Hand out nothing more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def next(self) -> Sequence[Due] | None:
        """The next portion, `None` at the end or after a stop. Raises what a feed raises."""
        while True:
            with self._changed:
                feed = self._wait_for_something()
                if feed is None:
                    return self._portions.popleft() if self._portions else None
                self._reading += 1
            self._read(feed)

    def _wait_for_something(self) -> Feed | None:
        """A feed to read, or `None` where a portion is there or nothing will come."""
        while not self._stopped:
            few = len(self._portions) < (1 if self._reading else self._low)
            if self._idle and few:
                return self._idle.popleft()
            if self._portions or not self._reading:
                return None
            self._changed.wait(_LOOK_SECONDS)
        self._portions.clear()
        return None

    def _read(self, feed: Feed) -> None:
        page: Sequence[Due] = ()
        try:
            page = feed.more()
        finally:
            with self._changed:
                self._reading -= 1
                step = self._portion
                self._portions.extend(page[at : at + step] for at in range(0, len(page), step))
                if not feed.done:
                    self._idle.append(feed)
                self._changed.notify_all()
