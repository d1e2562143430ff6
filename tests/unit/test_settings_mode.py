"""What the console may do: the strictest of what was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.errors import UsageError
from console.models.pipeline import Mode
from console.settings import Flags, load_settings


def mode(
    tmp_path: Path, file: str = "", environment: dict[str, str] | None = None, **flags: bool
) -> Mode:
    path = tmp_path / "config.toml"
    path.write_text(f'[pipelines.p]\nqueue = "q"\n{file}', encoding="utf-8")
    return load_settings(Flags(config=path, pipeline="p", **flags), environment or {}).mode


def test_read_write_is_the_default(tmp_path: Path) -> None:
    assert mode(tmp_path) == Mode(read_only=False, allow_peek=False, production=False)


def test_production_is_read_only_until_write(tmp_path: Path) -> None:
    assert mode(tmp_path, "production = true") == Mode(read_only=True, production=True)
    assert mode(tmp_path, "production = true", write=True) == Mode(production=True)


def test_read_only_false_does_not_open_production(tmp_path: Path) -> None:
    assert mode(tmp_path, "production = true\nread_only = false").read_only


def test_read_only_wins_over_the_file(tmp_path: Path) -> None:
    assert mode(tmp_path, "read_only = false", read_only=True).read_only


@pytest.mark.parametrize("production", ["", "\nproduction = true"])
def test_write_does_not_override_an_explicit_read_only(tmp_path: Path, production: str) -> None:
    with pytest.raises(UsageError, match="Pipeline p is configured as read_only"):
        mode(tmp_path, "read_only = true" + production, write=True)


def test_read_only_and_write_contradict(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--read-only and --write"):
        mode(tmp_path, read_only=True, write=True)


def test_allow_peek_opens_only_peeking(tmp_path: Path) -> None:
    found = mode(tmp_path, read_only=True, allow_peek=True)
    assert found.read_only
    assert found.may_peek
    assert not mode(tmp_path, read_only=True).may_peek


def test_the_environment_can_only_make_it_stricter(tmp_path: Path) -> None:
    assert mode(tmp_path, environment={"EVENT_CONSOLE_READ_ONLY": "yes"}).read_only
    assert mode(tmp_path, "read_only = true", {"EVENT_CONSOLE_READ_ONLY": "0"}).read_only


def test_production_of_the_environment_belongs_to_its_own_pipeline(tmp_path: Path) -> None:
    assert not mode(tmp_path, environment={"EVENT_CONSOLE_PRODUCTION": "1"}).production
    own = load_settings(Flags(), {"EVENT_CONSOLE_QUEUE": "q", "EVENT_CONSOLE_PRODUCTION": "1"})
    assert own.mode == Mode(read_only=True, production=True)


def test_a_switch_that_is_no_truth_value_is_refused() -> None:
    with pytest.raises(UsageError, match="EVENT_CONSOLE_READ_ONLY must be true or false"):
        load_settings(Flags(bucket="b"), {"EVENT_CONSOLE_READ_ONLY": "maybe"})
