"""The handler that reads the objects' audio figures and tags."""

from __future__ import annotations

import threading

from console.models.event import S3Event
from console.models.handling import Handled
from console.models.message import Message
from console.operations.object_view import look_at_object
from console.operations.workbench import Workbench


class InspectHandler:
    """Done where every object of the message is there and is readable audio."""

    def __init__(self, workbench: Workbench) -> None:
        self._bench = workbench

    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        """Look at the message's objects. The reading bounds its own time."""
        results: list[dict[str, object]] = []
        for event in message.parsed.events:
            if cancel.is_set():
                return Handled("failed", "stopped")
            if event.name.startswith("ObjectRemoved"):
                return Handled("skipped", f"{event.name}: there is no object to look at")
            found, problem = self._inspect(event)
            if problem is not None:
                return Handled("failed", problem, found)
            results.append(found)
        return Handled("done", None, results[0] if len(results) == 1 else {"objects": results})

    def _inspect(self, event: S3Event) -> tuple[dict[str, object], str | None]:
        view = look_at_object(self._bench, event)
        found: dict[str, object] = {"bucket": event.bucket, "key": event.key}
        if view.error is not None:
            return found, view.error.sentence
        if view.head is None:
            return found, "The object is gone."
        found["size"] = view.head.size
        if view.changed is not None:
            found["changed"] = view.changed
        if view.audio is None:
            return found, view.audio_error
        audio = view.audio
        found["duration_seconds"] = audio.duration_seconds
        found["bit_rate"] = audio.bit_rate
        found["tags"] = dict(audio.tags)
        return found, None
