"""Flags before environment before file, and what the console may do as a result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

from console.errors import UsageError
from console.models.pipeline import Mode, PipelineSettings
from console.models.signs import LABEL_WANTED, TEMPLATE_WANTED, is_label, is_template
from console.settings.file import (
    FileSettings,
    default_config_path,
    is_seconds,
    pipeline_fields,
    read_config,
)
from console.settings.model import Flags, Settings

PREFIX = "EVENT_CONSOLE_"
_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")
_SWITCHES = ("production", "read_only")
_MAY_BE_EMPTY = ("prefix", "suffix")
# With --local the backend says all of these.
_NOT_WITH_LOCAL = (
    "bucket",
    "queue",
    "dlq",
    "region",
    "profile",
    "role_arn",
    "endpoint_url",
    "pipeline",
)


def load_settings(
    flags: Flags, environment: Mapping[str, str], *, needs_pipeline: bool = True
) -> Settings:
    """Put flags, environment and file together, in this order of precedence.

    With `flags.local` the pipeline stays empty: the local backend names it later. Without
    `needs_pipeline` (the journal) it is no error that none is named. Raises UsageError.
    """
    _check_flags(flags)
    file = config_file(flags, environment)
    refresh = replace(file.refresh, sqs=flags.refresh) if flags.refresh else file.refresh
    if flags.local:
        pipeline, notes = replace(_of_flags(flags), name="local"), ()
    else:
        pipeline, notes = _Choice(flags, environment, file).pipeline(needs_pipeline)
    return Settings(pipeline, mode_for(pipeline, flags), refresh, file.journal, notes)


def mode_for(pipeline: PipelineSettings, flags: Flags) -> Mode:
    """What the console may do: the strictest of what was said, production being read-only until
    `--write`.

    Raises UsageError where `--write` contradicts `--read-only` or an explicit `read_only`.
    """
    if flags.write and flags.read_only:
        raise UsageError(
            "Contradiction", "--read-only and --write cannot be given together.", "Leave one out."
        )
    if flags.write and pipeline.read_only:
        raise UsageError(
            "Read-only",
            f"{_called(pipeline)} is configured as read_only, and --write does not override that.",
            "Take read_only out of config.toml (or EVENT_CONSOLE_READ_ONLY out of the environment)"
            " if this pipeline may be changed.",
        )
    read_only = flags.read_only or bool(pipeline.read_only)
    by_default = pipeline.production and not flags.write
    return Mode(read_only or by_default, flags.allow_peek, pipeline.production)


def _called(pipeline: PipelineSettings) -> str:
    return f"Pipeline {pipeline.name}" if pipeline.name else "This pipeline"


def _check_flags(flags: Flags) -> None:
    for name in ("pipeline", *(f.name for f in fields(PipelineSettings))):
        if getattr(flags, name, None) == "" and name not in _MAY_BE_EMPTY:
            # An unset shell variable must not silently fall back to another pipeline.
            raise UsageError("Empty option", f"{_option(name)} was given without a value.")
    if flags.refresh is not None and not is_seconds(flags.refresh):
        raise UsageError("Refresh", f"--refresh must be at least 1 second, not {flags.refresh:g}.")
    if flags.scenario is not None and not flags.local:
        raise UsageError(
            "Contradiction",
            "--scenario breaks the local backend, and nothing else.",
            "Give --local too, or leave --scenario out.",
        )
    if flags.local:
        named = [name for name in _NOT_WITH_LOCAL if getattr(flags, name) is not None]
        if named:
            raise UsageError(
                "Contradiction",
                f"--local is a pipeline of its own; {_option(named[0])} cannot be given with it.",
                "Leave one of them out.",
            )


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def config_file(flags: Flags, environment: Mapping[str, str]) -> FileSettings:
    """The `config.toml` that is meant: `--config`, EVENT_CONSOLE_CONFIG, or the usual one."""
    if flags.config is not None:
        return read_config(flags.config, must_exist=True)
    named = environment.get(PREFIX + "CONFIG")
    if named:
        return read_config(_expanded(named), must_exist=True)
    return read_config(default_config_path(), must_exist=False)


def _expanded(named: str) -> Path:
    """A path with its `~` replaced, or as it is where that names nobody."""
    path = Path(named)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _of_flags(flags: Flags) -> PipelineSettings:
    values = {name: getattr(flags, name, None) for name in pipeline_fields()}
    given = {n: v for n, v in values.items() if v is not None and n not in _SWITCHES}
    return PipelineSettings(**given)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which pipeline is meant, and each of its fields from the strongest source that has it."""

    flags: Flags
    environment: Mapping[str, str]
    file: FileSettings

    def pipeline(self, needed: bool) -> tuple[PipelineSettings, tuple[str, ...]]:
        from_flags = _of_flags(self.flags)
        from_environment = self._of_environment()
        named = self.flags.pipeline or self.environment.get(PREFIX + "PIPELINE")
        notes: tuple[str, ...] = ()
        if named:
            base = self._defined(named)
        elif _names_something(from_flags) or _names_something(from_environment):
            base = PipelineSettings()
        else:
            base, notes = self._only_one(needed)
        chosen = _over(from_flags, _over(from_environment, base))
        _check_urls(chosen)
        _check_signs(chosen)
        return self._with_region(chosen), notes

    def _of_environment(self) -> PipelineSettings:
        # read_only says what the user wants to be kept from, so it holds for every pipeline.
        ignored = self.flags.pipeline is not None
        names = ("read_only",) if ignored else pipeline_fields()
        values = {name: value for name in names if (value := self._variable(name)) is not None}
        return replace(PipelineSettings(), **values)

    def _variable(self, name: str) -> object:
        variable = PREFIX + name.upper()
        text = self.environment.get(variable) or None
        if text is None:
            return None
        if name in (*_SWITCHES, "processed_journal"):
            return _switch(variable, text)
        if name == "events":
            return tuple(part.strip() for part in text.split(",") if part.strip()) or None
        return text

    def _defined(self, name: str) -> PipelineSettings:
        if name in self.file.pipelines:
            return self.file.pipelines[name]
        known = ", ".join(self.file.pipelines) or "none"
        where = self.file.path or default_config_path()
        by = "--pipeline" if self.flags.pipeline else f"{PREFIX}PIPELINE"
        raise UsageError(
            "No such pipeline",
            f"{by} names {name}, which {where} does not define. Defined there: {known}.",
            f"Name one of them, or add [pipelines.{name}] to the file.",
        )

    def _only_one(self, needed: bool) -> tuple[PipelineSettings, tuple[str, ...]]:
        """The file's only pipeline, which nobody named: taken, and said so."""
        names = list(self.file.pipelines)
        if len(names) == 1:
            note = f"Using pipeline {names[0]}, the only one in {self.file.path}."
            return self.file.pipelines[names[0]], (note,)
        if not needed:
            return PipelineSettings(), ()
        raise self._nothing_named(names)

    def _nothing_named(self, names: list[str]) -> UsageError:
        if names:
            return UsageError(
                "Which pipeline?",
                f"{self.file.path} defines several pipelines: {', '.join(names)}.",
                "Name one with --pipeline.",
            )
        return UsageError(
            "No pipeline named",
            "Neither a bucket nor a queue was given, and no pipeline is configured.",
            "Give --bucket or --queue, define a pipeline in "
            f"{self.file.path or default_config_path()}, or try --local.",
        )

    def _with_region(self, pipeline: PipelineSettings) -> PipelineSettings:
        """botocore does not read AWS_REGION, the AWS CLI does; a queue's own region is a fact and
        comes before it."""
        region = self.environment.get("AWS_REGION")
        if pipeline.region or not region or states_region(pipeline.queue):
            return pipeline
        return replace(pipeline, region=region)


def _check_urls(pipeline: PipelineSettings) -> None:
    """Raise `UsageError` for an endpoint or a queue's URL that no call could be sent to."""
    for name in ("endpoint_url", "queue", "dlq"):
        value = getattr(pipeline, name)
        if value and (name == "endpoint_url" or "://" in value) and not _is_url(value):
            raise UsageError(
                "Not a URL",
                f"{_option(name)} is {value}, which is no address of a server.",
                "Give it as https://HOST or http://HOST:PORT, with the path where it has one.",
            )


def _check_signs(pipeline: PipelineSettings) -> None:
    """Raise `UsageError` for a sign of processing that says nothing."""
    checks = (
        ("processed_object", is_template, TEMPLATE_WANTED),
        ("processed_tag", is_label, LABEL_WANTED),
        ("processed_metadata", is_label, LABEL_WANTED),
    )
    for name, fits, wanted in checks:
        value = getattr(pipeline, name)
        if value is not None and not fits(value):
            raise UsageError(
                "Sign of processing", f"{name} is {value}, and must be {wanted}.", "Correct it."
            )


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def states_region(queue: str | None) -> bool:
    """Whether a queue's name is an ARN or an AWS URL, which both carry the region."""
    if not queue:
        return False
    host = urlsplit(queue).hostname or "" if "://" in queue else ""
    return queue.startswith("arn:") or ".amazonaws." in f"{host}."


def _names_something(pipeline: PipelineSettings) -> bool:
    return any((pipeline.bucket, pipeline.queue, pipeline.dlq))


def _over(strong: PipelineSettings, weak: PipelineSettings) -> PipelineSettings:
    """The fields of `weak` with those that `strong` gives put over them; switches add up."""
    values = {k: v for k, v in strong.given().items() if k not in _SWITCHES}
    return replace(
        weak,
        **values,
        production=strong.production or weak.production,
        read_only=_strictest(strong.read_only, weak.read_only),
    )


def _strictest(first: bool | None, second: bool | None) -> bool | None:
    if first is None or second is None:
        return second if first is None else first
    return first or second


def _switch(variable: str, text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise UsageError(
        "Environment",
        f"{variable} must be true or false, not {text!r}.",
        "Use 1, true, yes or on; 0, false, no or off.",
    )
