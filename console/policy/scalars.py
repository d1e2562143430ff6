"""The values that condition operators compare: numbers, moments, yes and no."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_LONGEST_NUMBER = 64

# W3C's profile of ISO 8601: a year alone is enough, a time needs hours and minutes.
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = re.compile(r"-?(\d{5,12}|\d{1,3})(\.\d{1,9})?", re.ASCII)
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


def moment(text: str) -> datetime | None:
    """A moment in ISO 8601 or in seconds since 1970; four digits are a year."""
    text = text.strip()
    try:
        if _EPOCH.fullmatch(text):
            return _START + timedelta(seconds=float(text))
        match = _DATE.fullmatch(text)
        return _from_date(match) if match else None
    except (ValueError, OverflowError):
        return None


def _from_date(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(match[i] or (i < 4)) for i in range(1, 7))
    micros = int((match[7] or "0")[:6].ljust(6, "0"))
    return datetime(year, month, day, hour, minute, second, micros, UTC) - _offset(match[8])


def _offset(text: str | None) -> timedelta:
    if text is None or text in "Zz":
        return timedelta()
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))


def boolean(text: str) -> bool | None:
    """Yes or no, in whatever case."""
    return {"true": True, "false": False}.get(text.strip().lower())
