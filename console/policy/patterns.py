"""Texts with wildcards, as policies hold them: `*` for any characters, `?` for one.

Matching takes time proportional to the two lengths multiplied at worst, whatever the pattern:
policies come from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_WILD = frozenset("*?")
_ARN_PARTS = 6
_SERVICE = 2


@dataclass(frozen=True, slots=True)
class Pattern:
    """One value of a policy. `literal` holds the positions that are no wildcards whatever they
    are, because a policy variable put them there."""

    text: str
    literal: frozenset[int] = frozenset()

    @property
    def has_wildcards(self) -> bool:
        """Whether it holds `*` or `?` as a wildcard."""
        return any(self._wild(i) for i in range(len(self.text)))

    @property
    def is_anything(self) -> bool:
        """Whether it matches every text: it consists of `*` only."""
        return bool(self.text) and set(self.text) == {"*"} and not self.literal

    def matches(self, value: str) -> bool:
        """Whether the whole of `value` fits; case counts."""
        here, there = 0, 0
        star, resume = -1, 0
        while there < len(value):
            if here < len(self.text) and self._fits(here, value[there]):
                here, there = here + 1, there + 1
            elif here < len(self.text) and self._is_star(here):
                star, resume = here, there
                here += 1
            elif star >= 0:
                resume += 1
                here, there = star + 1, resume
            else:
                return False
        return all(self._is_star(i) for i in range(here, len(self.text)))

    def fits(self, beginning: str) -> bool | None:
        """Whether every text with this beginning fits, or none; `None` where some do."""
        places = self._reached({0})
        for character in beginning:
            ahead = (place for place in places if place < len(self.text))
            places = self._reached(set(self._after(ahead, character)))
        last = max((place for place in places if place < len(self.text)), default=None)
        if last is not None and all(self._is_star(i) for i in range(last, len(self.text))):
            return True
        return None if places else False

    def parts(self) -> tuple[Pattern, ...]:
        """The parts of an ARN between its first five colons; fewer where it has fewer."""
        made: list[Pattern] = []
        start = 0
        for part in self.text.split(":", _ARN_PARTS - 1):
            inside = range(start, start + len(part))
            made.append(Pattern(part, frozenset(i - start for i in self.literal if i in inside)))
            start += len(part) + 1
        return tuple(made)

    def _after(self, places: Iterable[int], character: str) -> Iterable[int]:
        for place in places:
            if self._is_star(place):
                yield place
            elif self._fits(place, character):
                yield place + 1

    def _reached(self, places: Iterable[int]) -> set[int]:
        """The places, the last of stars in a row, and what comes after: a star may be nothing."""
        found: set[int] = set()
        for start in places:
            place = start
            while place < len(self.text) and self._is_star(place):
                place += 1
            found |= {place} if place == start else {place - 1, place}
        return found

    def _wild(self, position: int) -> bool:
        return self.text[position] in _WILD and position not in self.literal

    def _is_star(self, position: int) -> bool:
        return self.text[position] == "*" and self._wild(position)

    def _fits(self, position: int, character: str) -> bool:
        if self._wild(position):
            return self.text[position] == "?"
        return self.text[position] == character


def joined(pieces: Iterable[tuple[str, bool]]) -> Pattern:
    """A pattern from pieces of text, each with whether its wildcards are plain characters."""
    text = ""
    literal: set[int] = set()
    for piece, is_literal in pieces:
        if is_literal:
            literal |= {len(text) + i for i, character in enumerate(piece) if character in _WILD}
        text += piece
    return Pattern(text, frozenset(literal))


def arn_matches(pattern: Pattern, arn: str) -> bool:
    """Whether an ARN fits, each of its six parts by itself.

    IAM User Guide, ARN condition operators: a wildcard does not reach beyond its part.
    """
    parts, values = pattern.parts(), arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or len(values) != _ARN_PARTS:
        return False
    return all(part.matches(value) for part, value in zip(parts, values, strict=True))


def has_arn_parts(pattern: Pattern) -> bool:
    """Whether it has the six parts of an ARN."""
    return len(pattern.parts()) == _ARN_PARTS


def resource_is_plain(pattern: Pattern, arn: str) -> bool:
    """Whether a resource pattern that matches `arn` does so beyond doubt.

    IAM User Guide, Resource: wildcards stand for characters of one segment, and the last `*` of a
    segment may go beyond it. Of others that go beyond it, nothing is said, and the segment of the
    service can hold none.
    """
    segments = pattern.text.split(":")
    if _WILD & set("".join(segments[_SERVICE : _SERVICE + 1])):
        return False
    if arn_matches(pattern, arn):
        return True
    return all("*" not in s[:-1] and "?" not in s for s in segments)
