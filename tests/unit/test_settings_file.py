"""Reading `config.toml`: what is wrong is named with file and key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.errors import UsageError
from console.models.pipeline import JournalSettings, Refresh
from console.models.signs import Signs
from console.settings.file import default_config_path, read_config


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_every_key_is_read(path: Path) -> None:
    path.write_text(
        """
        [pipelines.audio]
        bucket = "b"
        queue = "arn:aws:sqs:us-east-2:123456789012:q"
        dlq = "d"
        region = "us-east-2"
        profile = "p"
        role_arn = "arn:aws:iam::123456789012:role/r"
        endpoint_url = "http://127.0.0.1:1"
        prefix = ""
        suffix = ".mp3"
        events = ["s3:ObjectCreated:*"]
        production = true
        read_only = false
        bucket_profile = "bp"
        bucket_role_arn = "arn:aws:iam::210987654321:role/b"
        processed_object = "results/{stem}.json"
        processed_tag = "status=done"
        processed_metadata = "processed"
        processed_journal = true
        producer_arn = "arn:aws:iam::123456789012:user/web/uploader"
        consumer_arn = "arn:aws:iam::123456789012:role/worker"
        [refresh]
        sqs = 1
        cloudwatch = 90.5
        [journal]
        bodies = false
        retention_days = 7
        """,
        encoding="utf-8",
    )
    read = read_config(path, must_exist=True)
    audio = read.pipelines["audio"]
    assert audio.name == "audio"
    assert audio.events == ("s3:ObjectCreated:*",)
    assert (audio.prefix, audio.suffix) == ("", ".mp3")
    assert (audio.production, audio.read_only) == (True, False)
    assert (audio.bucket_profile, audio.dlq) == ("bp", "d")
    assert audio.signs == Signs("results/{stem}.json", "status=done", "processed", True)
    assert audio.producer_arn == "arn:aws:iam::123456789012:user/web/uploader"
    assert audio.consumer_arn == "arn:aws:iam::123456789012:role/worker"
    assert read.refresh == Refresh(1, 90.5)
    assert read.journal == JournalSettings(bodies=False, retention_days=7)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("nonsense = 1", "nonsense"),
        ("[pipeline.audio]", "pipeline"),
        ('[pipelines.a]\nbuckets = "b"', "pipelines.a.buckets"),
        ("[refresh]\ns3 = 5", "refresh.s3"),
        ("[journal]\ndays = 5", "journal.days"),
        ("[pipelines.a]\nbucket = 5", "pipelines.a.bucket"),
        ('[pipelines.a]\nbucket = ""', "pipelines.a.bucket"),
        ('[pipelines.a]\nevents = "s3:ObjectCreated:*"', "pipelines.a.events"),
        ("[pipelines.a]\nevents = []", "pipelines.a.events"),
        ("[pipelines.a]\nevents = [1]", "pipelines.a.events"),
        ('[pipelines.a]\nproduction = "yes"', "pipelines.a.production"),
        ("[pipelines.a]\nread_only = 1", "pipelines.a.read_only"),
        ("[pipelines.a]\nsuffix = 3", "pipelines.a.suffix"),
        ('[pipelines.a]\nprocessed_object = "done.json"', "pipelines.a.processed_object"),
        ('[pipelines.a]\nprocessed_tag = "=x"', "pipelines.a.processed_tag"),
        ('[pipelines.a]\nprocessed_journal = "yes"', "pipelines.a.processed_journal"),
        ('[pipelines.a]\nconsumer_arn = "worker"', "pipelines.a.consumer_arn"),
        ('[pipelines.a]\nproducer_arn = "arn:aws:s3:::b"', "pipelines.a.producer_arn"),
        ("pipelines = 3", "pipelines"),
        ("[pipelines]\na = 3", "pipelines.a"),
        ("refresh = 5", "refresh"),
        ("[refresh]\nsqs = 0.5", "refresh.sqs"),
        ("[refresh]\nsqs = true", "refresh.sqs"),
        ("[refresh]\ncloudwatch = nan", "refresh.cloudwatch"),
        ("[refresh]\ncloudwatch = inf", "refresh.cloudwatch"),
        ("[journal]\nretention_days = 0", "journal.retention_days"),
        ("[journal]\nretention_days = 1.5", "journal.retention_days"),
        ('[journal]\nbodies = "no"', "journal.bodies"),
    ],
)
def test_a_wrong_key_is_named_with_its_file(path: Path, text: str, named: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_config(path, must_exist=True)
    assert caught.value.sentence.startswith(f"{path}: {named} ")


def test_toml_that_cannot_be_parsed_names_the_line(path: Path) -> None:
    path.write_text("[pipelines.a]\nbucket = \n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"config\.toml is not valid TOML: .*line 2"):
        read_config(path, must_exist=True)


def test_a_named_file_must_exist_and_be_text(path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_config(path, must_exist=True)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_config(path, must_exist=True)
    with pytest.raises(UsageError, match="cannot be read"):
        read_config(path.parent, must_exist=True)


def test_no_file_is_an_empty_one(path: Path) -> None:
    read = read_config(path, must_exist=False)
    assert (dict(read.pipelines), read.refresh) == ({}, Refresh())


def test_the_default_lies_in_the_users_config_folder(home: Path) -> None:
    assert default_config_path().is_relative_to(home)
    assert default_config_path().parts[-2:] == ("event-console", "config.toml")


@given(text=st.text(max_size=60) | st.text('=#"[]a1 \n', max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_whatever_stands_in_it_is_read_or_refused(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    try:
        known = set(tomllib.loads(text)) <= {"pipelines", "refresh", "journal"}
    except tomllib.TOMLDecodeError:
        known = False
    if known:
        read_config(path, must_exist=True)
    else:
        with pytest.raises(UsageError, match=re.escape(str(path))):
            read_config(path, must_exist=True)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "[refresh]\nsqs = " + "9" * 6000])
def test_what_the_parser_gives_up_on_is_a_wrong_file(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="not valid TOML"):
        read_config(path, must_exist=True)
