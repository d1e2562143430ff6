"""Ctrl-C, SIGTERM and SIGHUP in a headless command: what is held is given back, then it leaves."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FROM_SIGNAL = 128


class Interrupted(BaseException):
    """A signal asked to leave, outside of work that can stop by itself."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = _FROM_SIGNAL + number


class Interruption:
    """Whether a signal has asked to leave, and how the work in progress takes it.

    Outside of `cooperative` a signal raises `Interrupted` where it arrives, so that no slow call
    keeps a command that holds nothing. Inside it, the first one sets `cancel`, and a second one
    raises. Inside `giving_back` signals wait: that is bounded in time.
    """

    def __init__(self) -> None:
        self.cancel = threading.Event()
        self.signal: int | None = None
        self._cooperative = False
        self._giving_back = False

    @property
    def exit_code(self) -> int | None:
        """The exit code that the signal asks for (130, 143, 129), `None` while there was none."""
        return None if self.signal is None else _FROM_SIGNAL + self.signal

    @contextmanager
    def cooperative(self) -> Generator[threading.Event]:
        """Work that watches the event and ends by itself, cleaning up."""
        self._cooperative = True
        try:
            yield self.cancel
        finally:
            self._cooperative = False

    @contextmanager
    def giving_back(self) -> Generator[None]:
        """A bounded clean-up that no further signal may cut short."""
        self._giving_back = True
        try:
            yield
        finally:
            self._giving_back = False

    def handle(self, number: int, frame: FrameType | None = None) -> None:
        """Take one signal."""
        first = self.signal is None
        self.signal = self.signal or number
        self.cancel.set()
        if self._giving_back or (self._cooperative and first):
            return
        raise Interrupted(self.signal)


@contextmanager
def interruptible() -> Generator[Interruption]:
    """Handle the signals while inside; the handlers from before come back afterwards.

    A signal that is ignored (`nohup`, a job in the background) stays ignored. Handlers can be set
    in the main thread only; elsewhere nothing is handled.
    """
    interruption = Interruption()
    before: dict[signal.Signals, object] = {}
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, interruption.handle)
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            with suppress(TypeError):  # None: a handler that was not set from Python
                signal.signal(number, handler)  # pyright: ignore[reportArgumentType]


def leave(code: int) -> None:
    """End the process now where a signal asked for it; no thread of a hung call delays it."""
    if code > _FROM_SIGNAL:
        os._exit(code)
