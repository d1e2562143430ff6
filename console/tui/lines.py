"""Lines of text with labels: long values wrap under themselves, not under their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

LABEL = 16


@dataclass(frozen=True, slots=True)
class Row:
    """A head and what belongs to it; `indent` is where the rest of a long value continues."""

    head: Content
    value: Content
    indent: int = LABEL


Line = Content | Row


def row(label: str, value: str | Content, style: str = "", *, indent: int = LABEL) -> Row:
    """A label and its value."""
    told = Content.styled(value, style) if isinstance(value, str) else value
    return Row(Content.styled(f"{label:<{indent}}", "$text-muted"), told, indent)


def heading(text: str) -> Content:
    """A section's title."""
    return Content.styled(text, "bold $text-accent")


def laid_out(lines: Sequence[Line], width: int) -> Content:
    """The lines for a width; `Content` lines wrap by themselves when they are drawn."""
    drawn: list[Content] = []
    for line in lines:
        if isinstance(line, Content):
            drawn.append(line)
        elif width - line.indent < 16:
            drawn.append(Content.assemble(line.head, line.value))
        else:
            drawn += _hanging(line, width)
    return Content("\n").join(drawn)


def _wrapped(text: Content, width: int) -> list[Content]:
    """Between words; a text with a word that is too long is folded at the width."""
    longest = max((len(word) for word in text.plain.split()), default=0)
    return (text.fold(width) if longest > width else text.wrap(width)) or [Content("")]


def _hanging(line: Row, width: int) -> list[Content]:
    pieces = [
        piece.rstrip()
        for part in line.value.split("\n", allow_blank=True)
        for piece in _wrapped(part, width - line.indent)
    ]
    first = Content.assemble(line.head, pieces[0] if pieces else "")
    return [first, *(Content.assemble(" " * line.indent, piece) for piece in pieces[1:])]
