"""Which pipeline is meant: flags before environment before file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.errors import UsageError
from console.models.pipeline import JournalSettings, Refresh
from console.settings import Flags, load_settings
from console.settings.resolve import states_region

Write = Callable[[str], Path]
FIELDS = ("bucket", "queue", "dlq", "region", "profile", "role_arn", "endpoint_url")

TWO = """
[pipelines.audio]
bucket = "audio-bucket"
queue = "audio-queue"
[pipelines.video]
bucket = "video-bucket"
"""


@pytest.fixture
def config(home: Path) -> Write:
    """Writes the default `config.toml` and returns its path."""

    def write(text: str) -> Path:
        path = home / ".config" / "event-console" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


names = st.text("abcdefgh", min_size=1, max_size=4)
values = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(FIELDS, names), "endpoint_url": names.map("http://{}".format)}
)


@given(flags=values, environment=values, file=values, by_flag=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_each_field_comes_from_the_strongest_source_that_has_it(
    tmp_path: Path,
    flags: dict[str, str],
    environment: dict[str, str],
    file: dict[str, str],
    by_flag: bool,
) -> None:
    path = tmp_path / "config.toml"
    lines = [f'{name} = "{value}"' for name, value in file.items()]
    path.write_text("\n".join(["[pipelines.p]", *lines]), encoding="utf-8")
    variables = {f"EVENT_CONSOLE_{name.upper()}": value for name, value in environment.items()}
    if not by_flag:
        variables["EVENT_CONSOLE_PIPELINE"] = "p"
    loaded = load_settings(
        Flags(**flags, config=path, pipeline="p" if by_flag else None), variables
    )
    used = {} if by_flag else environment
    for name in FIELDS:
        expected = flags.get(name, used.get(name, file.get(name)))
        assert getattr(loaded.pipeline, name) == expected


def test_flags_alone_are_enough() -> None:
    loaded = load_settings(Flags(bucket="b"), {})
    assert loaded.pipeline.bucket == "b"
    assert loaded.pipeline.name is None
    assert loaded.notes == ()


def test_pipeline_flag_beats_the_pipeline_variable(config: Write) -> None:
    config(TWO)
    loaded = load_settings(Flags(pipeline="video"), {"EVENT_CONSOLE_PIPELINE": "audio"})
    assert (loaded.pipeline.name, loaded.pipeline.bucket) == ("video", "video-bucket")


def test_config_flag_beats_the_config_variable(config: Write, tmp_path: Path) -> None:
    config(TWO)
    for name in ("one", "two"):
        (tmp_path / name).write_text(f'[pipelines.{name}]\nqueue = "q"', encoding="utf-8")
    environment = {"EVENT_CONSOLE_CONFIG": str(tmp_path / "one")}
    assert load_settings(Flags(), environment).pipeline.name == "one"
    assert load_settings(Flags(config=tmp_path / "two"), environment).pipeline.name == "two"


def test_a_config_variable_that_names_nobodys_home_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        load_settings(Flags(), {"EVENT_CONSOLE_CONFIG": "~nobody-here/config.toml"})


def test_the_only_pipeline_is_used_and_said(config: Write) -> None:
    path = config('[pipelines.audio]\nqueue = "q"')
    loaded = load_settings(Flags(profile="me"), {})
    assert (loaded.pipeline.queue, loaded.pipeline.profile) == ("q", "me")
    assert loaded.notes == (f"Using pipeline audio, the only one in {path}.",)


@pytest.mark.parametrize("name", ["BUCKET", "QUEUE", "DLQ"])
def test_the_only_pipeline_is_not_mixed_into_another(config: Write, name: str) -> None:
    config('[pipelines.audio]\nsuffix = ".mp3"\nregion = "eu-west-1"')
    loaded = load_settings(Flags(), {f"EVENT_CONSOLE_{name}": "other"})
    assert loaded.pipeline.suffix is None
    assert loaded.pipeline.region is None
    assert loaded.notes == ()


def test_several_pipelines_are_listed_when_none_is_named(config: Write) -> None:
    config(TWO)
    with pytest.raises(UsageError) as caught:
        load_settings(Flags(), {})
    assert "audio, video" in caught.value.sentence
    assert "--pipeline" in caught.value.remedy


def test_nothing_named_says_what_can_be() -> None:
    with pytest.raises(UsageError) as caught:
        load_settings(Flags(), {})
    for way in ("--bucket", "--queue", "config.toml", "--local"):
        assert way in caught.value.remedy


def test_the_journal_needs_no_pipeline(config: Write) -> None:
    config(TWO + "[journal]\nretention_days = 3\nbodies = false")
    loaded = load_settings(Flags(), {}, needs_pipeline=False)
    assert loaded.journal == JournalSettings(bodies=False, retention_days=3)


@pytest.mark.parametrize("by_flag", [True, False])
def test_an_unknown_pipeline_lists_the_known_ones(config: Write, by_flag: bool) -> None:
    path = config(TWO)
    flags = Flags(pipeline="nope") if by_flag else Flags()
    with pytest.raises(UsageError) as caught:
        load_settings(flags, {} if by_flag else {"EVENT_CONSOLE_PIPELINE": "nope"})
    assert "audio, video" in caught.value.sentence
    assert str(path) in caught.value.sentence


@pytest.mark.parametrize("name", [*FIELDS, "pipeline"])
def test_an_empty_option_is_not_taken_for_absent(name: str) -> None:
    with pytest.raises(UsageError, match="without a value"):
        load_settings(Flags(**{"bucket": "b", name: ""}), {})


def test_an_empty_filter_says_that_there_is_none() -> None:
    assert load_settings(Flags(bucket="b", prefix=""), {}).pipeline.prefix == ""


def test_an_empty_variable_counts_as_absent(config: Write) -> None:
    config('[pipelines.audio]\nqueue = "q"')
    assert load_settings(Flags(), {"EVENT_CONSOLE_QUEUE": ""}).pipeline.queue == "q"


def test_events_of_the_environment_are_a_comma_separated_list() -> None:
    environment = {"EVENT_CONSOLE_EVENTS": "s3:ObjectCreated:Put, s3:ObjectRemoved:*"}
    loaded = load_settings(Flags(bucket="b"), environment)
    assert loaded.pipeline.events == ("s3:ObjectCreated:Put", "s3:ObjectRemoved:*")


@pytest.mark.parametrize(
    ("queue", "states"),
    [
        ("arn:aws:sqs:us-east-2:123456789012:q", True),
        ("https://sqs.us-east-2.amazonaws.com/123456789012/q", True),
        ("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q", True),
        ("http://127.0.0.1:4566/123456789012/q", False),
        ("q", False),
        (None, False),
    ],
)
def test_a_queue_that_states_its_region_comes_before_aws_region(
    queue: str | None, states: bool
) -> None:
    assert states_region(queue) is states
    loaded = load_settings(Flags(bucket="b", queue=queue), {"AWS_REGION": "eu-west-1"})
    assert loaded.pipeline.region == (None if states else "eu-west-1")


def test_aws_region_comes_after_the_file(config: Write) -> None:
    config('[pipelines.audio]\nqueue = "q"\nregion = "us-east-2"')
    assert load_settings(Flags(), {"AWS_REGION": "eu-west-1"}).pipeline.region == "us-east-2"


def test_local_is_a_pipeline_of_its_own(config: Write) -> None:
    config(TWO + "[refresh]\nsqs = 2")
    environment = {
        "EVENT_CONSOLE_BUCKET": "real",
        "EVENT_CONSOLE_PIPELINE": "audio",
        "EVENT_CONSOLE_PRODUCTION": "1",
        "AWS_REGION": "us-east-2",
    }
    loaded = load_settings(Flags(local=True, read_only=True, suffix=".wav"), environment)
    assert loaded.pipeline.given() == {"name": "local", "suffix": ".wav"}
    assert loaded.mode.read_only
    assert loaded.refresh.sqs == 2


@pytest.mark.parametrize("name", [*FIELDS, "pipeline"])
def test_local_takes_no_other_name(name: str) -> None:
    option = "--" + name.replace("_", "-")
    with pytest.raises(UsageError, match=option):
        load_settings(Flags(**{"local": True, name: "x"}), {})


def test_refresh_of_the_file_and_of_the_flag(config: Write) -> None:
    config("[refresh]\nsqs = 2.5\ncloudwatch = 120")
    assert load_settings(Flags(bucket="b"), {}).refresh == Refresh(2.5, 120)
    assert load_settings(Flags(bucket="b", refresh=9.0), {}).refresh == Refresh(9.0, 120)


@pytest.mark.parametrize("seconds", [0.0, 0.99, -1.0, float("nan"), float("inf")])
def test_refresh_is_never_under_a_second(seconds: float) -> None:
    with pytest.raises(UsageError, match="--refresh"):
        load_settings(Flags(bucket="b", refresh=seconds), {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("endpoint_url", "localhost:4566"),
        ("endpoint_url", "http://"),
        ("endpoint_url", "http://[bad"),
        ("endpoint_url", "http://host:port"),
        ("queue", "http://[bad"),
        ("dlq", "ftp://host/1/q"),
    ],
)
def test_an_address_that_nothing_can_be_sent_to_is_a_usage_error(name: str, value: str) -> None:
    option = "--" + name.replace("_", "-")
    with pytest.raises(UsageError, match=option):
        load_settings(Flags(**{"bucket": "b", name: value}), {})
    with pytest.raises(UsageError, match=option):
        load_settings(Flags(bucket="b"), {f"EVENT_CONSOLE_{name.upper()}": value})
