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


def code(text: str) -> list[Line]:
    """Indented text such as JSON: what is too long for a line goes on a little further in."""
    lines: list[Line] = []
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        spaces = len(line) - len(bare)
        lines.append(Row(Content(" " * spaces), Content(bare), spaces + 4))
    return lines


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
    if line.head.cell_length + line.value.cell_length <= width:
        return [Content.assemble(line.head, line.value)]
    first_width = width - line.head.cell_length
    pieces = [
        piece.rstrip() for piece in _wrapped(line.value, min(first_width, width - line.indent))
    ]
    first = Content.assemble(line.head, pieces[0] if pieces else "")
    return [first, *(Content.assemble(" " * line.indent, piece) for piece in pieces[1:])]
