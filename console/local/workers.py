"""Threads of the child that outlive what happens to the installation they work on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

_RETRY_SECONDS = 1.0
_log = logging.getLogger(__name__)


def start_worker(
    name: str, run: Callable[[threading.Event], None], stop: threading.Event
) -> threading.Thread:
    """Run `run(stop)` in a thread, again after a second whenever an AWS call failed.

    Somebody who practises on the backend may delete the queue or forbid the access; the
    applications around a real queue go on trying as well.
    """

    def keep_running() -> None:
        while not stop.is_set():
            try:
                run(stop)
            except (BotoCoreError, ClientError) as error:
                _log.warning("%s: %s", name, error)
                stop.wait(_RETRY_SECONDS)

    thread = threading.Thread(target=keep_running, name=name, daemon=True)
    thread.start()
    return thread
