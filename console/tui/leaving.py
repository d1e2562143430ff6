"""Leaving the console in whatever way: leases given back, terminal put right, always bounded."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from console.tui.backstage import Farewell
from console.tui.live import LiveBackstage
from console.tui.words import clock_time

RELEASE_SECONDS = 3.0
CLEAN_UP_SECONDS = 6.0
_LONGEST = CLEAN_UP_SECONDS + RELEASE_SECONDS + 2.0
# Mouse, focus and paste reporting off, keyboard protocol back, cursor shown, main screen.
_PLAIN_TERMINAL = (
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?1015l\x1b[?1016l\x1b[?2004l"
    b"\x1b[?2048l\x1b[<u\x1b[?25h\x1b[?7h\x1b[?1049l"
)


class Leaving:
    """Handles TERM and HUP, and gives everything back after the application has ended."""

    def __init__(self, backstage: LiveBackstage, stop_app: Callable[[], None]) -> None:
        self._backstage = backstage
        self._stop_app = stop_app
        self._terminal = _terminal_state()
        self.signal: int | None = None

    def install(self) -> None:
        """Take over TERM and HUP."""
        signal.signal(signal.SIGTERM, self._terminated)
        signal.signal(signal.SIGHUP, self._hung_up)

    def _terminated(self, number: int, _frame: FrameType | None) -> None:
        """Leave as if asked to, but leave within a bound."""
        self.signal = number
        threading.Thread(target=self._exit_at_the_latest, args=(number,), daemon=True).start()
        self._stop_app()

    def _hung_up(self, number: int, _frame: FrameType | None) -> None:
        """The terminal is gone: painting may block for ever, so a plain thread does the rest."""
        if self.signal is None:
            self.signal = number
            threading.Thread(target=self._leave_without_app, args=(number,), daemon=True).start()

    def _leave_without_app(self, number: int) -> None:
        worker = threading.Thread(target=self._give_back, args=(RELEASE_SECONDS / 2,), daemon=True)
        worker.start()
        worker.join(RELEASE_SECONDS)
        _restore(self._terminal)
        os._exit(128 + number)

    def _exit_at_the_latest(self, number: int) -> None:
        threading.Event().wait(_LONGEST)
        _restore(self._terminal)
        os._exit(128 + number)

    def finish(self) -> None:
        """After the application has ended: give back, and say what could not be."""
        farewell: list[Farewell] = []
        worker = threading.Thread(
            target=lambda: farewell.append(self._give_back(CLEAN_UP_SECONDS)), daemon=True
        )
        worker.start()
        worker.join(1.0)
        if worker.is_alive():
            _tell("Stopping: giving back what is held…")
            worker.join(CLEAN_UP_SECONDS + RELEASE_SECONDS)
        if not farewell:
            _tell(
                "Not everything could be given back in time; messages reappear when their "
                "leases end, see event-console journal."
            )
        elif farewell[0].left:
            _tell(_told(farewell[0]))

    def _give_back(self, clean_up_seconds: float) -> Farewell:
        self._backstage.cancel_operations(clean_up_seconds)
        return self._backstage.close(RELEASE_SECONDS)


def _told(farewell: Farewell) -> str:
    count = "1 message" if farewell.left == 1 else f"{farewell.left} messages"
    when = f" at {clock_time(farewell.reappear_at)}" if farewell.reappear_at else " by themselves"
    return f"{count} could not be released; they reappear{when} at the latest."


def _tell(sentence: str) -> None:
    with contextlib.suppress(OSError):
        print(f"event-console: {sentence}", file=sys.stderr, flush=True)


def _terminal_state() -> list[Any] | None:
    try:
        return termios.tcgetattr(sys.__stdin__.fileno()) if sys.__stdin__ else None
    except (termios.error, ValueError, OSError):
        return None


def _restore(state: list[Any] | None) -> None:
    """Put the terminal right where there still is one; never waits for it."""
    with contextlib.suppress(OSError, termios.error, ValueError):
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        os.write(terminal, _PLAIN_TERMINAL)
        if state is not None:
            termios.tcsetattr(terminal, termios.TCSANOW, state)
