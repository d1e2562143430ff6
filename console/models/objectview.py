"""A message joined to its object as it is in S3 now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.errors import ConsoleError
from console.models.audio import AudioInfo
from console.models.object import ObjectHead


@dataclass(frozen=True, slots=True)
class ObjectView:
    """What S3 says of an event's object at `at`.

    `gone` is true only where S3 proved it; `error` is what kept the console from knowing.
    `changed` says in words how the object differs from what the event said, `None` where it does
    not. `audio_error` says why there is no `audio`.
    """

    bucket: str
    key: str
    at: datetime
    head: ObjectHead | None
    gone: bool
    changed: str | None
    error: ConsoleError | None
    audio: AudioInfo | None
    audio_error: str | None
