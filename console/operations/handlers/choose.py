"""Which handler is meant."""

from __future__ import annotations

import threading

from console.errors import UsageError
from console.models.handling import Handled, HandlerOptions
from console.models.message import Message
from console.operations.handlers import Handler
from console.operations.handlers.command import CommandHandler
from console.operations.handlers.inspect import InspectHandler
from console.operations.handlers.python import PythonHandler
from console.operations.workbench import Workbench

FORMS = "inspect, command:PROGRAM ARGUMENTS, python:module:function"


def open_handler(text: str, workbench: Workbench, options: HandlerOptions) -> Handler:
    """The handler that `text` names.

    Raises `UsageError` where it names none, or what it names cannot be found.
    """
    kind, _, rest = text.partition(":")
    if text == "inspect":
        handler: Handler = InspectHandler(workbench)
    elif kind == "command" and rest.strip():
        handler = CommandHandler.of(rest, workbench, options)
    elif kind == "python" and rest:
        handler = PythonHandler.of(rest, workbench, options)
    else:
        raise UsageError("No such handler", f"{text!r} is no handler.", f"Say {FORMS}.")
    return handler if options.foreign else _EventsOnly(handler)


class _EventsOnly:
    """Keeps test events and foreign bodies from a handler that expects events."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        """Deal with one message, or skip it."""
        if message.parsed.kind == "s3-test-event":
            return Handled("skipped", "an s3:TestEvent, which speaks of no object")
        if message.event is None:
            return Handled("skipped", message.parsed.note or "its body is no S3 event")
        return self._handler.handle(message, cancel=cancel, seconds=seconds)
