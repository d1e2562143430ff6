"""The parent's side of the local backend, without starting it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from console.errors import EXIT_USAGE, UsageError
from console.local.backend import launch_backend
from console.local.consumer import begins_as_mp3
from console.local.material import Maker
from console.local.settings import ChildSettings, Ready

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ministack" else find(name)
    )
    with pytest.raises(UsageError) as caught:
        launch_backend()
    assert 'pip install "event-console[local]"' in caught.value.remedy
    assert caught.value.exit_code == EXIT_USAGE


def test_importing_it_is_cheap() -> None:
    heavy = ("boto3", "botocore", "ministack", "hypercorn", "textual", "mutagen")
    program = (
        "import sys, console.local.backend;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_parent_and_child_tell_each_other_arrives() -> None:
    settings = ChildSettings(account="1" * 12, secret="s", traffic=False, take_tests=True)
    assert ChildSettings.from_line(settings.to_line()) == settings
    ready = Ready("http://127.0.0.1:1", "AKIA", "secret")
    assert Ready.from_line(ready.to_line()) == ready
    assert "secret" not in repr(ready)
    assert "'s'" not in repr(settings)


def test_good_uploads_are_mp3s_and_poison_is_not() -> None:
    maker = Maker(3)
    good, poison = [[make(NOW) for _ in range(40)] for make in (maker.good, maker.poison)]
    assert all(begins_as_mp3(one.body) for one in good)
    assert not any(begins_as_mp3(one.body) for one in poison)
    assert all(one.key.endswith(".mp3") for one in good + poison)
    assert len({one.key for one in good + poison}) == 80


def test_some_keys_need_encoding() -> None:
    maker = Maker(3)
    keys = "".join(maker.good(NOW).key for _ in range(200))
    assert all(character in keys for character in " +@[]üß%&")
