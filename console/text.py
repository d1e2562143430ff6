"""Text for people: hostile text made safe, secrets removed, figures made readable.

The one form in which unseen characters are shown is the backslash escape: `\\n`, `\\x1b`,
`\\u202e`, `\\U000e0041`. A backslash of the text itself stays as it is, so what is shown cannot
always be turned back; copying and JSON use the raw text.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

_ELLIPSIS = "…"
_MARKS_IN_A_ROW = 4
_ASCII_UNSEEN = re.compile(r"[\x00-\x1f\x7f]")
_ASCII_UNSEEN_BUT_NEWLINE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# Letters, marks and symbols by category, but nothing is drawn for them: fillers, joiners,
# variation selectors, the braille blank. They hide text, or make two keys look the same.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001d159\U000e0100-\U000e01ef]"
)


def safe(text: str, *, limit: int | None = None, newlines: bool = False) -> str:
    """Return `text` with every character that is not seen, or that commands a terminal, escaped.

    That is control, format (also bidirectional overrides and zero width), separator, surrogate,
    private-use and unassigned characters, every space but the plain one, and characters that
    draw nothing. More than four combining marks in a row are escaped too. `newlines` keeps line
    feeds. `limit` is the most characters to return; what was cut ends in `…`.
    """
    if limit is None:
        return _escaped(text, newlines)
    if limit < 1:
        return ""
    # Every character becomes at least one, so no more input than this can be needed.
    shown = _escaped(text[: limit + 1], newlines)
    return shown if len(shown) <= limit else shown[: limit - 1] + _ELLIPSIS


def safe_bytes(data: bytes, *, limit: int | None = None) -> str:
    """Return bytes as safe text: UTF-8 where it is that, `\\xff` for the bytes that are not."""
    head = data if limit is None else data[: 4 * (limit + 1)]
    return safe(head.decode("utf-8", "backslashreplace"), limit=limit)


def _escaped(text: str, newlines: bool) -> str:
    if text.isascii():
        unseen = _ASCII_UNSEEN_BUT_NEWLINE if newlines else _ASCII_UNSEEN
        return unseen.sub(lambda match: _escape(match[0]), text)
    return "\n".join(map(_escaped_line, text.split("\n"))) if newlines else _escaped_line(text)


def _escaped_line(text: str) -> str:
    parts: list[str] = []
    marks = 0
    for character in text:
        shown, is_mark = _shown(character)
        marks = marks + 1 if is_mark else 0
        parts.append(shown if marks <= _MARKS_IN_A_ROW else _escape(character))
    return "".join(parts)


@lru_cache(maxsize=4096)
def _shown(character: str) -> tuple[str, bool]:
    """How one character is shown, and whether it is a combining mark."""
    # isprintable is false for the categories C* and Z* except the plain space.
    if not character.isprintable() or _BLANK.match(character):
        return _escape(character), False
    return character, unicodedata.category(character).startswith("M")


def _escape(character: str) -> str:
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


_REMOVED = "[removed]"
_SECRET_PARAMETER = re.compile(
    r"(?i)(?<![a-z0-9])(x-amz-signature|x-amz-credential|x-amz-security-token|signature"
    r"|credential|awsaccesskeyid)(=|%3d)[^&\s\"'<>,]+"
)
_SECRET_FIELD = re.compile(
    r"(?i)(x-amz-security-token|(?:aws_?)?session_?token|security_?token"
    r"|(?:aws_?)?secret_?access_?key)"
    r"(\\?[\"']?\s*[=:>]\s*\\?[\"']?)(?:[^\s\"'<>&,;\\]|\\(?![\"']))+"
)
_PASSWORD = re.compile(r"(?i)([a-z][a-z0-9+.-]{1,20}://)[^\s/@:\"'<>]*:[^\s/@\"'<>]*@")
_AUTHORIZATION = re.compile(
    r"(?i)(authorization)"
    r"(?:(\\?[\"']\s*[=:]\s*\\?[\"'])[^\"'\r\n]*|(\s*[=:][ \t]*)[^\r\n]*)"
)
_ACCOUNT_ID = re.compile(r"(?<!\d)\d{12}(?!\d)", re.ASCII)
_ACCESS_KEY_ID = re.compile(r"(?<![A-Z0-9])(A[A-Z]{2}A)[A-Z0-9]{16,124}(?![A-Z0-9])")


def strip_secrets(text: str) -> str:
    """Remove what would let a reader act as somebody else.

    The values of a presigned query string, session tokens, secret keys, Authorization headers
    and passwords in front of a host, in URLs, headers, JSON and XML. For everything that is
    logged, journaled, exported or shown as an error.
    """
    text = _AUTHORIZATION.sub(rf"\1\2\3{_REMOVED}", text)
    text = _PASSWORD.sub(rf"\1{_REMOVED}@", text)
    text = _SECRET_PARAMETER.sub(rf"\1\2{_REMOVED}", text)
    return _SECRET_FIELD.sub(rf"\1\2{_REMOVED}", text)


def redact(text: str) -> str:
    """Mask account ids and access key ids, for screen sharing; the length stays the same."""
    text = _ACCESS_KEY_ID.sub(lambda match: match[1] + "*" * (len(match[0]) - 4), text)
    return _ACCOUNT_ID.sub("*" * 12, text)


@dataclass(slots=True)
class Redactor:
    """Prepares texts for the screen: secrets always go, account and key ids while `on`."""

    on: bool = False

    def __call__(self, text: str) -> str:
        """Return `text` as it may be shown now; call before `safe`."""
        text = strip_secrets(text)
        return redact(text) if self.on else text


def human_size(size: int) -> str:
    """Return a number of bytes as `812 B`, `4.1 kB`, `1.2 MB` (powers of 1000)."""
    import humanize

    shown = humanize.naturalsize(size)
    return shown.replace(" Bytes", " B").replace(" Byte", " B")


def human_count(count: int) -> str:
    """Return a number with thousands separated: `12,345`."""
    return f"{count:,}"


def human_duration(seconds: float) -> str:
    """Return a length of time in at most two units: `40 ms`, `3.2 s`, `4 min 5 s`, `2 d 3 h`."""
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 0:
        return "-" + human_duration(-seconds)
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    units = _in_units(round(seconds))
    return " ".join(f"{value} {unit}" for value, unit in units[:2] if value)


def human_age(seconds: float) -> str:
    """Return an age in its largest unit, rounded down: `34 s`, `12 min`, `5 h`, `3 d`."""
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 1:
        return "0 s"
    value, unit = _in_units(int(seconds))[0]
    return f"{value} {unit}"


def _in_units(seconds: int) -> list[tuple[int, str]]:
    """Split whole seconds into days, hours, minutes and seconds, from the first above zero."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    units = [(days, "d"), (hour, "h"), (minute, "min"), (second, "s")]
    first = next((i for i, (value, _) in enumerate(units) if value), 3)
    return units[first:]


def iso(moment: datetime) -> str:
    """Return ISO 8601 in UTC with `Z`, milliseconds only where there are any.

    Raises ValueError for a datetime without a zone: its moment is not known.
    """
    if moment.tzinfo is None:
        raise ValueError("a datetime without a zone has no known moment")
    utc = moment.astimezone(UTC)
    precision = "milliseconds" if utc.microsecond >= 1000 else "seconds"
    return utc.replace(tzinfo=None).isoformat(timespec=precision) + "Z"
