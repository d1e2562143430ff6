"""The values that condition operators compare: numbers, moments, yes and no."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_LONGEST_NUMBER = 64

# W3C's profile of ISO 8601: a year alone is enough, a time needs hours and minutes.
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = re.compile(r"-?(\d{5,18}|\d{1,3})(\.\d{1,9})?", re.ASCII)
_START = datetime(1970, 1, 1, tzinfo=UTC)


def number(text: str) -> Decimal | None:
    """An integer or decimal number."""
    text = text.strip()
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def moment(text: str) -> Decimal | None:
    """A moment, in seconds since 1970: given so, or in ISO 8601. Four digits are a year."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        return Decimal(text)
    match = _DATE.fullmatch(text)
    try:
        return _seconds(match) if match else None
    except ValueError:
        return None


def _seconds(match: re.Match[str]) -> Decimal:
    year, month, day, hour, minute, second = (int(match[i] or (i < 4)) for i in range(1, 7))
    whole = (datetime(year, month, day, hour, minute, second, 0, UTC) - _START).total_seconds()
    return Decimal(int(whole) - _offset(match[8])) + Decimal(f"0.{match[7] or 0}")


def _offset(text: str | None) -> int:
    if text is None or text in "Zz":
        return 0
    sign = -1 if text[0] == "-" else 1
    return sign * (int(text[1:3]) * 3600 + int(text[-2:]) * 60)


def boolean(text: str) -> bool | None:
    """Yes or no, in whatever case."""
    return {"true": True, "false": False}.get(text.strip().lower())
