"""The local backend as a pipeline: settings from its names, and an environment of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from console.models.pipeline import PipelineSettings
from console.settings.model import Settings

_LOOPBACK = "127.0.0.1,localhost"


class RunningBackend(Protocol):
    """What is needed of a running local backend."""

    @property
    def endpoint_url(self) -> str:
        """Where its services answer."""
        ...

    @property
    def region(self) -> str:
        """The region it plays."""
        ...

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        ...

    @property
    def queue(self) -> str:
        """The queue's name."""
        ...

    @property
    def dlq(self) -> str:
        """The name of the dead-letter queue."""
        ...

    @property
    def suffix(self) -> str | None:
        """The suffix that its notification rule has."""
        ...

    @property
    def missing_key(self) -> str | None:
        """The key of an upload that somebody misses, where it was started broken."""
        ...

    @property
    def data_dir(self) -> Path:
        """Its private temporary folder."""
        ...

    def environment(self) -> Mapping[str, str]:
        """The `AWS_*` variables that lead to it."""
        ...

    def close(self) -> None:
        """End it and remove its folder."""
        ...


def local_settings(backend: RunningBackend, base: Settings | None = None) -> Settings:
    """The settings for a running local backend.

    `base` carries what else was said on the command line: mode, refresh, expected filters. A
    note names the upload that somebody misses.
    """
    base = base or Settings(PipelineSettings(name="local"))
    pipeline = replace(
        base.pipeline,
        name="local",
        bucket=backend.bucket,
        queue=backend.queue,
        dlq=backend.dlq,
        region=backend.region,
        endpoint_url=backend.endpoint_url,
        suffix=backend.suffix if base.pipeline.suffix is None else base.pipeline.suffix,
    )
    missing = backend.missing_key
    notes = base.notes if missing is None else (*base.notes, f"Somebody misses {missing}.")
    return replace(base, pipeline=pipeline, notes=notes)


def local_journal_path(backend: RunningBackend) -> Path:
    """Where the journal of a local pipeline lies: in the backend's private folder."""
    return backend.data_dir / "journal.sqlite3"


def use_local_environment(backend: RunningBackend) -> None:
    """Point this process, and only this one, at the local backend.

    Every ambient AWS setting goes: a real profile or session token must never reach an emulator,
    nor a real account be reached by mistake. Call it before boto3 makes its first session.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        {
            **backend.environment(),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), _LOOPBACK)))
