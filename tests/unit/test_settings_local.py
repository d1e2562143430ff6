"""The local backend's settings, and an environment that no real account can leak into."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.errors import UsageError
from console.settings import Flags, load_settings
from console.settings.local import local_journal_path, local_settings, use_local_environment


@dataclass(frozen=True)
class Backend:
    data_dir: Path
    endpoint_url: str = "http://127.0.0.1:4566"
    region: str = "us-east-2"
    bucket: str = "b"
    queue: str = "q"
    dlq: str = "q-dlq"
    suffix: str | None = ".mp3"
    missing_key: str | None = None

    def environment(self) -> Mapping[str, str]:
        return {"AWS_ENDPOINT_URL": self.endpoint_url, "AWS_ACCESS_KEY_ID": "000000000000"}

    def close(self) -> None:
        """Nothing runs."""


def test_names_come_from_the_backend_and_the_rest_from_the_call(tmp_path: Path) -> None:
    base = load_settings(Flags(local=True, allow_peek=True, read_only=True, refresh=2.0), {})
    local = local_settings(Backend(tmp_path), base)
    assert local.pipeline.given() == {
        "name": "local",
        "bucket": "b",
        "queue": "q",
        "dlq": "q-dlq",
        "suffix": ".mp3",
        "region": "us-east-2",
        "endpoint_url": "http://127.0.0.1:4566",
    }
    assert (local.mode.label, local.refresh.sqs) == ("read-only + peek", 2.0)
    assert local_settings(Backend(tmp_path)).pipeline == local.pipeline
    assert local_journal_path(Backend(tmp_path)).parent == tmp_path


def test_a_note_names_the_upload_that_somebody_misses(tmp_path: Path) -> None:
    assert local_settings(Backend(tmp_path)).notes == ()
    notes = local_settings(Backend(tmp_path, missing_key="a/b.mp3")).notes
    assert notes == ("Somebody misses a/b.mp3.",)


def test_a_scenario_needs_the_local_backend() -> None:
    with pytest.raises(UsageError, match="--scenario"):
        load_settings(Flags(scenario="policy.no-allow", bucket="b"), {})
    assert load_settings(Flags(scenario="policy.no-allow", local=True), {}).notes == ()


def test_no_ambient_setting_of_aws_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ.update(AWS_PROFILE="prod", AWS_SESSION_TOKEN="t", NO_PROXY="intranet")
    use_local_environment(Backend(tmp_path))
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    assert aws == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    assert os.environ["NO_PROXY"] == "intranet,127.0.0.1,localhost"
