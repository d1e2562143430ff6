"""Open the console on a terminal, and leave it in good order."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import EXIT_INTERRUPTED, EXIT_OK

if TYPE_CHECKING:
    from console.settings.local import RunningBackend
    from console.settings.model import Settings
    from console.tui.app import ConsoleApp


def launch(
    settings: Settings | None,
    *,
    start_local: Callable[[threading.Event], RunningBackend] | None,
    journal_path: Path | None,
) -> int:
    """Run the console until the user leaves; returns the exit code.

    `start_local` starts the local backend and points this process at it; it is called after the
    first frame, and given an event that is set when the user leaves before it is ready.
    `journal_path` replaces the usual place of the journal.
    """
    from console.tui.app import ConsoleApp
    from console.tui.leaving import Leaving
    from console.tui.live import LiveBackstage

    if settings is None:
        from console.settings.model import Settings

        settings = Settings()
    backstage = LiveBackstage(settings, start_local, journal_path)
    app = ConsoleApp(backstage)
    leaving = Leaving(backstage, lambda: _stop(app))
    leaving.install()
    try:
        app.run()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    finally:
        gc.enable()
        leaving.finish()
    if leaving.signal is not None:
        return 128 + leaving.signal
    return app.return_code or EXIT_OK


def _stop(app: ConsoleApp) -> None:
    """End the application from a signal handler, whatever its loop is doing."""
    loop = app._loop  # pyright: ignore[reportPrivateUsage]
    if loop is not None and loop.is_running():
        loop.call_soon_threadsafe(app.exit)
    else:
        raise KeyboardInterrupt
