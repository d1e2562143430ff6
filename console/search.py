"""Search through messages for what a person typed.

Patterns run on the `regex` library, because the standard one cannot be stopped: a pattern that
backtracks without end over a hostile body would stop the whole console.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from console.errors import UsageError
from console.models.message import Message

SECONDS = 1.0
"""How long a search through one message may take."""

Search = Callable[[str, float], bool]
"""Whether a text has it, answered within so many seconds."""


def texts_of(message: Message) -> list[str]:
    """The texts of a message that a search looks through: keys, body, attributes, message id."""
    texts = [event.key for event in message.parsed.events]
    texts += [message.body, message.message_id]
    for name, attribute in message.attributes.items():
        value = attribute.value
        texts += [name, value if isinstance(value, str) else value.decode("utf-8", "replace")]
    return texts


def pattern_search(pattern: str) -> Search:
    """A search for a regular expression: called with a text and how many seconds it may take.

    Raises `UsageError` where `pattern` is not one; the search does where its time is up.
    """
    import regex

    try:
        compiled = regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError, ValueError) as error:
        raise UsageError(
            "Bad pattern", f"{pattern!r} is not a regular expression: {error}."
        ) from error

    def search(text: str, seconds: float) -> bool:
        try:
            return compiled.search(text, timeout=max(seconds, 0.001)) is not None
        except TimeoutError as error:
            raise UsageError(
                "Pattern too slow",
                f"{pattern!r} takes too long on a message.",
                "Say it with less repetition inside repetition.",
            ) from error

    return search


def matcher(pattern: str | None) -> Callable[[Message], bool]:
    """A test of one message against a regular expression; all match without one.

    Raises `UsageError` where the pattern is not one; the test does where it takes over a second.
    """
    if pattern is None:
        return lambda _: True
    search = pattern_search(pattern)
    return lambda message: bool(found_in([message], search))


def found_in(
    messages: Iterable[Message], search: Search, seconds: float = SECONDS
) -> list[Message]:
    """The messages with a text that `search` finds; all within `seconds`, or what it raises."""
    ends = time.monotonic() + seconds
    return [
        message
        for message in messages
        if any(search(text, ends - time.monotonic()) for text in texts_of(message))
    ]
