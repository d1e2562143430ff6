"""A bounded look through the source queue for the event of one object, under the peek budget."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from console.errors import Cancelled, ConsoleError
from console.models.message import Message
from console.models.peek import PeekOptions, PeekSummary
from console.models.pipeline import QueueRef
from console.operations.peek import peek
from console.operations.workbench import Workbench

MOST_MESSAGES = 1_000
MOST_SECONDS = 15.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan came to.

    `message` holds the object's event, `None` where none was found. `read` counts the messages
    read; `why_not` is the sentence why that is not all, `None` for a complete scan.
    """

    message: Message | None
    read: int
    why_not: str | None


def scan(bench: Workbench, queue: QueueRef, bucket: str, key: str, cancel: threading.Event) -> Scan:
    """Read the queue until the event is found, and give everything back.

    Ends at 1,000 messages or after 15 s, and as any peek does. A refusal of the budget or of the
    mode, and a failing call, stand in `why_not`. Raises `Cancelled`.
    """
    search = _Search(bucket, key)
    done = threading.Event()
    watch = threading.Thread(
        target=_watch, args=(bench, cancel, search.stop, done), name="scan-watch", daemon=True
    )
    watch.start()
    try:
        options = PeekOptions(limit=MOST_MESSAGES)
        summary = peek(bench, queue, options, cancel=search.stop, on_message=search.look)
    except ConsoleError as error:
        return Scan(search.found, search.read, error.sentence)
    finally:
        done.set()
    if cancel.is_set():
        raise Cancelled("The scan")
    return Scan(search.found, search.read, _why_not(summary))


class _Search:
    """What the scan has seen so far. `stop` is set once the event is found."""

    def __init__(self, bucket: str, key: str) -> None:
        self._bucket, self._key = bucket, key
        self.stop = threading.Event()
        self.found: Message | None = None
        self.read = 0

    def look(self, message: Message) -> None:
        """One message; called by one thread at a time."""
        self.read += 1
        if self.found is None and is_about(message, self._bucket, self._key):
            self.found = message
            self.stop.set()


def is_about(message: Message, bucket: str, key: str) -> bool:
    """Whether a message says that this object was created."""
    return any(
        event.bucket == bucket and event.key == key and not event.name.startswith("ObjectRemoved")
        for event in message.parsed.events
    )


def _why_not(summary: PeekSummary) -> str | None:
    if summary.partial:
        return summary.partial
    if summary.withheld:
        return f"{summary.withheld} messages were left alone to spare a last attempt."
    if summary.received >= MOST_MESSAGES:
        return f"The scan ended at {summary.received} messages."
    return None


def _watch(
    bench: Workbench, cancel: threading.Event, stop: threading.Event, done: threading.Event
) -> None:
    """Ends a scan that lasts too long, or that nobody waits for any more."""
    until = bench.clock.monotonic() + MOST_SECONDS
    while not done.wait(_LOOK_SECONDS):
        if cancel.is_set() or bench.clock.monotonic() > until:
            stop.set()
            return
