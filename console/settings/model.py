"""What was given on the command line, and what became of it with environment and file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from console.models.pipeline import JournalSettings, Mode, PipelineSettings, Refresh


@dataclass(frozen=True, slots=True)
class Flags:
    """The options of one call. `None` and `False` mean not given.

    `refresh` is in seconds and is for SQS. `config` names another `config.toml`.
    """

    bucket: str | None = None
    queue: str | None = None
    dlq: str | None = None
    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    pipeline: str | None = None
    config: Path | None = None
    local: bool = False
    scenario: str | None = None
    read_only: bool = False
    write: bool = False
    allow_peek: bool = False
    refresh: float | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the console goes by.

    `notes` are sentences for the user about choices that were made without being asked for.
    """

    pipeline: PipelineSettings = field(default_factory=PipelineSettings)
    mode: Mode = field(default_factory=Mode)
    refresh: Refresh = field(default_factory=Refresh)
    journal: JournalSettings = field(default_factory=JournalSettings)
    notes: tuple[str, ...] = ()
