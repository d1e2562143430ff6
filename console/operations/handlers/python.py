"""The handler that calls a Python function for each message."""

from __future__ import annotations

import importlib
import json
import queue
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from console.documents.messages import message_document
from console.errors import ConsoleError, UsageError
from console.models.handling import Handled, HandlerOptions
from console.models.message import Message
from console.operations.handlers.material import NoFile, nested_too_deep, object_file
from console.operations.workbench import Workbench
from console.text import strip_secrets

_LOOK_SECONDS = 0.1
_MOST_ABANDONED = 8


class TooManyAbandoned(ConsoleError):
    """Too many calls of the function do not end."""


@dataclass
class PythonHandler:
    """Calls `function` with the message as a dict, and `file` in it where it was asked for.

    `None` or `True` is done, a dict is done with that result, `False` has failed, `"release"` has
    failed and gives the message back; what it raises has failed. A call cannot be
    stopped: after its time it is left alone, and after eight such no more are made.
    """

    function: Callable[[dict[str, Any]], object]
    workbench: Workbench
    options: HandlerOptions
    _abandoned: list[threading.Thread] = field(default_factory=list[threading.Thread])

    @classmethod
    def of(cls, text: str, workbench: Workbench, options: HandlerOptions) -> PythonHandler:
        """The handler for `module:function`, found from the current folder too.

        Raises `UsageError` where there is no such function.
        """
        module, _, name = text.partition(":")
        if "" not in sys.path:
            sys.path.insert(0, "")
        try:
            function = getattr(importlib.import_module(module), name)
        except Exception as error:
            said = f"{text!r} cannot be used: {type(error).__name__}: {error}."
            raise UsageError("No such function", said, "Say python:module:function.") from error
        if not callable(function):
            raise UsageError("No such function", f"{text!r} is no function.", "")
        return cls(function, workbench, options)

    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        """Call the function with one message. Raises `TooManyAbandoned`."""
        if sum(thread.is_alive() for thread in self._abandoned) >= _MOST_ABANDONED:
            raise TooManyAbandoned(
                "Handler hangs",
                f"{_MOST_ABANDONED} calls of the function did not end in time.",
                "Use a command: handler for work that may hang; it can be stopped.",
            )
        try:
            with object_file(
                self.workbench, message, self.options, cancel=cancel, seconds=seconds
            ) as file:
                document = message_document(message)
                document["file"] = None if file is None else str(file)
                return self._call(document, cancel, seconds)
        except NoFile as error:
            return Handled("failed", error.sentence)

    def _call(self, document: dict[str, Any], cancel: threading.Event, seconds: float) -> Handled:
        answers: queue.SimpleQueue[Handled] = queue.SimpleQueue()

        def call() -> None:
            try:
                answers.put(_judged(self.function(document)))
            except BaseException as error:
                said = strip_secrets(f"{type(error).__name__}: {error}")
                answers.put(Handled("failed", said))

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        left = seconds
        while left > 0:
            try:
                return answers.get(timeout=min(left, _LOOK_SECONDS))
            except queue.Empty:
                left -= _LOOK_SECONDS
            if cancel.is_set():
                self._abandoned.append(thread)
                return Handled("failed", "stopped")
        self._abandoned.append(thread)
        return Handled("failed", f"not done after {seconds:g} s")


def _judged(answer: object) -> Handled:
    if answer is None or answer is True:
        return Handled("done")
    if isinstance(answer, Mapping):
        # What JSON does not know becomes text, so that a result can always be written.
        found = json.loads(json.dumps(dict(answer), default=str))
        return Handled("done", None, {} if nested_too_deep(found) else found)
    if answer == "release":
        return Handled("failed", "released", release=True)
    return Handled("failed", f"the function returned {answer!r:.200}")
