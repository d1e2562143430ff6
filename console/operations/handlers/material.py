"""What a handler is given: the message as a document, its object as a temporary file."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from console.errors import AwsError, ConsoleError
from console.models.handling import HandlerOptions
from console.models.message import Message
from console.operations.workbench import Workbench
from console.text import human_size

_MOST_LEVELS = 100
_PIECE = 8 * 1024 * 1024
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}$")


class NoFile(ConsoleError):
    """The object cannot be brought here."""


@contextmanager
def object_file(
    workbench: Workbench,
    message: Message,
    options: HandlerOptions,
    *,
    cancel: threading.Event,
    seconds: float,
) -> Generator[Path | None]:
    """The first event's object in a private folder that is removed afterwards; `None` unless asked
    for. Raises `NoFile` where the object is gone, too large, cannot be read or stored, or takes
    longer than `seconds`, and soon after `cancel` is set."""
    if not options.download or message.event is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="event-console-"))
    try:
        until = workbench.clock.monotonic() + seconds
        yield _download(workbench, message, folder, options.most_bytes, _Bound(cancel, until))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Bound:
    """When to stop: `until` is a monotonic moment."""

    cancel: threading.Event
    until: float

    def check(self, now: float) -> None:
        """Raises `NoFile` where it is time to stop."""
        if self.cancel.is_set():
            raise NoFile("Stopped", "stopped")
        if now > self.until:
            raise NoFile("Too slow", "The object could not be brought here in time.")


def _download(
    workbench: Workbench, message: Message, folder: Path, most_bytes: int, bound: _Bound
) -> Path:
    event = message.event
    assert event is not None
    s3 = workbench.gateway.s3
    # The key is chosen outside: nothing of it but a plain extension becomes part of a path.
    extension = _EXTENSION.search(event.key)
    path = folder / f"object{extension.group(0) if extension else ''}"
    try:
        head = s3.head(event.bucket, event.key, event.version_id)
        if head.size > most_bytes:
            raise NoFile(
                "Too large",
                f"The object has {human_size(head.size)}, more than {human_size(most_bytes)}.",
            )
        with path.open("wb") as file:
            for start in range(0, head.size, _PIECE):
                bound.check(workbench.clock.monotonic())
                length = min(_PIECE, head.size - start)
                file.write(s3.read_range(event.bucket, event.key, start, length, head.version_id))
    except AwsError as error:
        raise NoFile("No object", error.sentence) from error
    except OSError as error:
        raise NoFile("Not stored", f"The object cannot be stored here: {error}.") from error
    return path


def nested_too_deep(value: object) -> bool:
    """Whether a handler's result has so many levels that writing it may fail."""
    level: list[object] = [value]
    for _ in range(_MOST_LEVELS):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[object, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()
