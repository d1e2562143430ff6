"""What a handler made of one message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Handled:
    """`done` lets the message be deleted, `failed` and `skipped` leave it, for `error`.

    `result` is what the handler found out. `release` gives the message back to others
    before the run ends.
    """

    outcome: Literal["done", "failed", "skipped"]
    error: str | None = None
    result: Mapping[str, object] = field(default_factory=dict[str, object])
    release: bool = False


@dataclass(frozen=True, slots=True)
class HandlerOptions:
    """How handlers are given their messages.

    `download` brings the object as a temporary file, of at most `most_bytes`. `foreign` hands over
    test events and bodies that are no S3 events too. A command that exits with
    `release_exit_code` gives its message back.
    """

    download: bool = False
    most_bytes: int = 1024**3
    foreign: bool = False
    release_exit_code: int = 75
