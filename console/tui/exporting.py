"""Messages as JSON Lines: the documents that `event-console peek --json` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from console.documents.messages import message_document
from console.documents.values import to_json
from console.models.message import Message


def export_lines(messages: Iterable[Message]) -> Iterator[str]:
    """One JSON document a message, ASCII-escaped, its body and attributes raw and whole."""
    for message in messages:
        yield to_json(message_document(message))
