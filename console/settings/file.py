"""Reading `config.toml`: every key is checked, and a wrong one is named with its file."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from console.errors import UsageError
from console.models.pipeline import JournalSettings, PipelineSettings, Refresh
from console.models.signs import LABEL_WANTED, TEMPLATE_WANTED, is_label, is_template

MINIMUM_REFRESH = 1.0
"""The shortest time between two reads of one source, in seconds."""

REMEDY = "Correct the file, or name another with --config."
_MISSING = "Check the path given with --config or EVENT_CONSOLE_CONFIG."

_TEXTS = (
    "bucket",
    "queue",
    "dlq",
    "region",
    "profile",
    "role_arn",
    "endpoint_url",
    "bucket_profile",
    "bucket_role_arn",
)
_PRINCIPALS = ("producer_arn", "consumer_arn")
_PRINCIPAL = re.compile(r"arn:[a-z-]+:(iam|sts)::\d{12}:(role|user|assumed-role)/.+")
_FILTERS = ("prefix", "suffix")
_SWITCHES = ("production", "read_only")
_LABELS = ("processed_tag", "processed_metadata")


@dataclass(frozen=True, slots=True)
class FileSettings:
    """What a `config.toml` says; empty where there is none."""

    path: Path | None = None
    pipelines: Mapping[str, PipelineSettings] = field(default_factory=dict[str, PipelineSettings])
    refresh: Refresh = field(default_factory=Refresh)
    journal: JournalSettings = field(default_factory=JournalSettings)


def default_config_path() -> Path:
    """Where `config.toml` lies when nobody named another."""
    from platformdirs import user_config_path

    return user_config_path("event-console", appauthor=False) / "config.toml"


def read_config(path: Path, *, must_exist: bool) -> FileSettings:
    """Read and check one `config.toml`.

    A missing file is an empty one unless `must_exist`. Raises UsageError, naming file and key,
    for what cannot be read or is not known.
    """
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        if not must_exist:
            return FileSettings()
        raise _unreadable(path, "it does not exist", _MISSING) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeError) else str(error.strerror)
        raise _unreadable(path, reason, _MISSING) from error
    # Imported here because most starts have no file, and the first frame waits for this module.
    import tomllib

    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("Configuration file", f"{path} is not valid TOML: {error}", REMEDY) from (
            error
        )
    return _File(path).settings(document)


def _unreadable(path: Path, reason: str, remedy: str) -> UsageError:
    return UsageError("Configuration file", f"{path} cannot be read: {reason}.", remedy)


def pipeline_fields() -> tuple[str, ...]:
    """The names of every key that a `[pipelines.NAME]` may have."""
    signs = ("processed_object", *_LABELS, "processed_journal")
    return (*_TEXTS, *_PRINCIPALS, *_FILTERS, "events", *_SWITCHES, *signs)


def is_text(value: object) -> bool:
    """A text that names something."""
    return isinstance(value, str) and value != ""


def is_seconds(value: object) -> bool:
    """A time between two reads: a finite number, never under `MINIMUM_REFRESH`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and value >= MINIMUM_REFRESH


def _is_days(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_principal(value: object) -> bool:
    return isinstance(value, str) and _PRINCIPAL.fullmatch(value) is not None


def _is_filter(value: object) -> bool:
    return isinstance(value, str)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


def _is_events(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_text, value))


_Check = tuple[Callable[[object], bool], str]
_PIPELINE_KEYS: Mapping[str, _Check] = {
    **dict.fromkeys(_TEXTS, (is_text, "a text that is not empty")),
    **dict.fromkeys(_PRINCIPALS, (_is_principal, "the ARN of a role or a user")),
    **dict.fromkeys(_FILTERS, (_is_filter, "a text")),
    "events": (_is_events, 'a list of event names such as ["s3:ObjectCreated:*"]'),
    **dict.fromkeys((*_SWITCHES, "processed_journal"), (_is_switch, "true or false")),
    "processed_object": (is_template, TEMPLATE_WANTED),
    **dict.fromkeys(_LABELS, (is_label, LABEL_WANTED)),
}
_SECONDS: _Check = (is_seconds, "a number of seconds, at least 1")
_REFRESH_KEYS: Mapping[str, _Check] = {"sqs": _SECONDS, "cloudwatch": _SECONDS}
_JOURNAL_KEYS: Mapping[str, _Check] = {
    "bodies": (_is_switch, "true or false"),
    "retention_days": (_is_days, "a whole number of days, at least 1"),
}


@dataclass(frozen=True, slots=True)
class _File:
    """One file while it is checked, so that every complaint can name it."""

    path: Path

    def settings(self, document: Mapping[str, object]) -> FileSettings:
        self._known("", document, ("pipelines", "refresh", "journal"))
        return FileSettings(
            path=self.path,
            pipelines=self._pipelines(self._table("pipelines", document.get("pipelines", {}))),
            refresh=replace(Refresh(), **self._section(document, "refresh", _REFRESH_KEYS)),
            journal=replace(JournalSettings(), **self._section(document, "journal", _JOURNAL_KEYS)),
        )

    def _pipelines(self, tables: Mapping[str, object]) -> dict[str, PipelineSettings]:
        return {name: self._pipeline(name, table) for name, table in tables.items()}

    def _pipeline(self, name: str, table: object) -> PipelineSettings:
        where = f"pipelines.{name}"
        values = self._checked(where, self._table(where, table), _PIPELINE_KEYS)
        if "events" in values:
            values["events"] = tuple(values["events"])
        return replace(PipelineSettings(name=name), **values)

    def _section(
        self, document: Mapping[str, object], name: str, keys: Mapping[str, _Check]
    ) -> dict[str, Any]:
        return self._checked(name, self._table(name, document.get(name, {})), keys)

    def _checked(
        self, where: str, table: Mapping[str, object], keys: Mapping[str, _Check]
    ) -> dict[str, Any]:
        self._known(where, table, tuple(keys))
        for key, value in table.items():
            fits, wanted = keys[key]
            if not fits(value):
                raise self._error(f"{where}.{key} must be {wanted}, not {_shown(value)}.")
        return dict(table)

    def _known(self, where: str, table: Mapping[str, object], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                place = f"{where}.{key}" if where else key
                raise self._error(f"{place} is not known here; known are {', '.join(known)}.")

    def _table(self, where: str, value: object) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self._error(f"{where} must be a table, not {_shown(value)}.")
        return value

    def _error(self, sentence: str) -> UsageError:
        return UsageError("Configuration file", f"{self.path}: {sentence}", REMEDY)


def _shown(value: object) -> str:
    """A value as the complaint about it shows it, in short."""
    shown = repr(value).lower() if isinstance(value, bool) else repr(value)
    return shown if len(shown) <= 60 else shown[:59] + "…"
