"""What all documents are made of. Keys are never renamed, unknown is null.

Texts stay raw here, and are ASCII-escaped when they are written; times are ISO 8601 in UTC, sizes
bytes, durations seconds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.errors import AwsError, ConsoleError
from console.text import iso

Document = dict[str, Any]


def to_json(document: object, *, indent: int | None = None) -> str:
    """A document as ASCII text, so that no terminal or pipe can be harmed by what is in it.

    Numbers that JSON does not have, which a policy can hold in Python's reading, become null.
    """
    try:
        return json.dumps(document, ensure_ascii=True, allow_nan=False, indent=indent)
    except ValueError:
        return json.dumps(_finite(document), ensure_ascii=True, allow_nan=False, indent=indent)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list) else value


def time(moment: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC."""
    return None if moment is None else iso(moment)


def number(value: float | None) -> float | None:
    """A number that JSON can carry: a missing or infinite one is unknown."""
    return value if value is not None and math.isfinite(value) else None


def error_document(error: ConsoleError | None) -> Document:
    """The keys that tell of a failure; all null where there is none."""
    permission = error.permission if isinstance(error, AwsError) else None
    kind = error.kind if isinstance(error, AwsError) else None
    return {
        "error": error.sentence if error else None,
        "error_kind": kind,
        "remedy": error.remedy if error else None,
        "permission": permission,
    }
