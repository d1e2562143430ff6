"""The end-to-end upload test: what was asked for, its steps, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from console.models.finding import Finding

StepName = Literal["upload", "event", "verify", "read", "clean-up"]
StepStatus = Literal["running", "pass", "fail", "skipped"]
STEPS: tuple[StepName, ...] = ("upload", "event", "verify", "read", "clean-up")


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What an upload test is asked to do.

    `file` replaces the made MP3; `prefix` replaces `event-console-test/`; `timeout` in seconds is
    for the event to arrive; `keep` leaves object and message where they are; `presigned` uploads
    through a presigned URL.
    """

    file: Path | None = None
    prefix: str | None = None
    timeout: float = 60.0
    keep: bool = False
    presigned: bool = False
    spend_last_attempt: bool = False


@dataclass(frozen=True, slots=True)
class UploadStep:
    """One step: `seconds` it took, `None` where it has not ended or never ran."""

    name: StepName
    status: StepStatus
    seconds: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class UploadReport:
    """How a run ended.

    `ok` is `None` when a live consumer took the event, which is no failure of S3 and no proof
    either. `upload_to_event_seconds` runs from the end of the upload to the receive of its event.
    `causes` are the root causes whole; a run from the journal has their ids only.
    """

    ok: bool | None
    bucket: str
    key: str
    steps: tuple[UploadStep, ...]
    upload_to_event_seconds: float | None
    taken_by_consumer: bool
    root_causes: tuple[str, ...]
    started_at: datetime
    conclusion: str
    causes: tuple[Finding, ...] = ()
