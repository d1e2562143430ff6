"""The doctor on rules and filters, against an AWS of a few values."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from console.errors import AwsError
from console.models.finding import Diagnosis
from console.models.listing import ListedObject
from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.object import ObjectHead
from console.models.pipeline import DEFAULT_EVENTS, Identity, Mode, Pipeline
from console.operations.doctor.bucket_checks import BUCKET_CHECKS
from console.operations.doctor.filter_checks import FILTER_CHECKS
from console.operations.doctor.object_checks import OBJECT_CHECKS
from console.operations.doctor.runner import DoctorOptions, diagnose
from console.operations.workbench import Workbench
from tests.fakes import QUEUE, START, FakeClock

PUT, PARTS = "s3:ObjectCreated:Put", "s3:ObjectCreated:CompleteMultipartUpload"
PLAIN, IN_PARTS = "0" * 32, "0" * 32 + "-3"


def rule(
    prefix: str | None = None,
    suffix: str | None = ".mp3",
    events: tuple[str, ...] = DEFAULT_EVENTS,
    destination: str = QUEUE.arn,
) -> NotificationRule:
    return NotificationRule(
        f"{prefix}{suffix}{events}", "queue", destination, events, prefix, suffix
    )


@dataclass
class World:
    """What AWS answers: the rules, and objects by key with ETag and age in hours."""

    rules: tuple[NotificationRule, ...]
    objects: dict[str, tuple[str, float]] = field(default_factory=dict)
    restore: str | None = None
    queues: tuple[str, ...] | None = None
    bucket: str = "uploads"
    refused: str | None = None

    def gateway(self) -> Any:
        return SimpleNamespace(
            s3=SimpleNamespace(
                notification=lambda _: NotificationConfiguration(self.rules), head=self.head
            ),
            sqs=SimpleNamespace(attributes=lambda _: None, queue_url=self.queue_url),
            listing=SimpleNamespace(
                objects=self.listed, versions=lambda *_: [], open_uploads=lambda *_: []
            ),
        )

    def queue_url(self, name: str, **_: object) -> str:
        if self.queues is not None and name not in self.queues:
            raise AwsError("no-such-queue", "None", "There is none.")
        return f"https://sqs/{name}"

    def listed(self, _: str, prefix: str = "", **__: int) -> Iterator[ListedObject]:
        for key, (etag, hours) in self.objects.items():
            if key.startswith(prefix):
                yield ListedObject(key, 1, etag, START - timedelta(hours=hours))

    def head(self, bucket: str, key: str) -> ObjectHead:
        if self.refused:
            raise AwsError(self.refused, "Refused", "No.")
        if key not in self.objects:
            raise AwsError("no-such-key", "None", "There is none.")
        etag, _ = self.objects[key]
        return ObjectHead(
            bucket, key, 1, etag, None, START, None, None, None, {}, restore=self.restore
        )

    def examine(
        self,
        key: str | None = None,
        prefix: str | None = None,
        suffix: str | None = None,
        events: tuple[str, ...] = DEFAULT_EVENTS,
    ) -> Diagnosis:
        pipeline = Pipeline(
            name="songs",
            region=QUEUE.region,
            bucket=self.bucket,
            queue=QUEUE,
            dlq=None,
            identity=Identity(QUEUE.account, "arn:aws:iam::111122223333:user/ann"),
            mode=Mode(),
            expected_events=events,
            expected_prefix=prefix,
            expected_suffix=suffix,
        )
        bench = SimpleNamespace(
            gateway=self.gateway(),
            pipeline=pipeline,
            clock=FakeClock(),
            need_bucket=lambda: self.bucket,
            need_queue=lambda: QUEUE,
        )
        return diagnose(
            cast(Workbench, bench),
            DoctorOptions(key),
            cancel=threading.Event(),
            on_finding=lambda _: None,
            checks=[*OBJECT_CHECKS, *BUCKET_CHECKS, *FILTER_CHECKS],
            late_checks=[],
        )


def now(*keys: str, etag: str = PLAIN, hours: float = 0.1) -> dict[str, tuple[str, float]]:
    return dict.fromkeys(keys, (etag, hours))


def raised(found: Diagnosis) -> list[tuple[str, str]]:
    return [(f.id, f.status) for f in found.findings if f.status != "pass"]


FILTERS = [
    ("filter.suffix-case", "in/", ".mp3", "in/a.MP3"),
    ("filter.suffix-case", None, ".MP3", "in/a.mp3"),
    ("filter.suffix", "in/", ".mp3", "in/a.mp3 "),
    ("filter.suffix", None, ".mp3", "in/a"),
    ("filter.suffix", None, ".mp3", "in/a.wav"),
    ("filter.suffix", None, "%2Emp3", "in/a.wav"),
    ("filter.prefix", "in/", ".mp3", "/in/a.mp3"),
    ("filter.prefix", "In/", ".mp3", "in/a.mp3"),
    ("filter.prefix", "in/", None, "out/a.mp3"),
    ("filter.prefix", "day=1/", None, "day=2/a.mp3"),
    ("filter.prefix", "in/*", None, "out/a.mp3"),
    ("filter.unencoded-characters", "day=1/", ".mp3", "day=1/a.mp3"),
    ("filter.unencoded-characters", "my songs/", None, "my songs/a.mp3"),
    ("filter.unencoded-characters", "a+b/", None, "a+b/a.mp3"),
    ("filter.unencoded-characters", "caf\u00e9/", None, "caf\u00e9/a.mp3"),
    ("filter.unencoded-characters", "100%/", None, "100%/a.mp3"),
    ("filter.wildcard", None, "*.mp3", "a.mp3"),
    ("filter.wildcard", "in/*", ".mp3", "in/a.mp3"),
    ("filter.wildcard", "in/*/[x]", ".mp3", "in/b/[x]a.mp3"),
]


@pytest.mark.parametrize(("cause", "prefix", "suffix", "key"), FILTERS)
def test_a_filter_that_does_not_take_the_key(
    cause: str, prefix: str | None, suffix: str | None, key: str
) -> None:
    found = World((rule(prefix, suffix),), now(key)).examine(key)
    assert raised(found) == [(cause, "fail")]
    told = found.finding(cause)
    assert told is not None
    assert told.evidence["key"] == key
    assert {"prefix", "suffix"} & set(told.evidence)
    for command in told.commands:
        assert shlex.split(command)[2:5] == ["--repair", cause, f"--key={key}"]


EXPECTED: list[tuple[str, tuple[str | None, str | None], dict[str, str]]] = [
    ("filter.suffix-case", (None, ".MP3"), {"suffix": ".mp3"}),
    ("filter.suffix", (None, ".mp3"), {"suffix": ".wav"}),
    ("filter.suffix", (None, "-final.mp3"), {"suffix": ".mp3"}),
    ("filter.suffix", (None, ".mp3"), {"suffix": ""}),
    ("filter.prefix", ("In/", None), {"prefix": "in/"}),
    ("filter.prefix", ("in/audio/", ".mp3"), {"prefix": "in/", "suffix": ".mp3"}),
    ("filter.unencoded-characters", ("day=1/", ".mp3"), {"suffix": ".mp3"}),
    ("filter.unencoded-characters", ("day=1/", ".mp3"), {}),
    ("filter.unencoded-characters", ("day=1/", ".mp3"), {"prefix": "day=1/"}),
    ("filter.wildcard", (None, "*.mp3"), {}),
    ("filter.wildcard", (None, "*.mp3"), {"suffix": ".mp3"}),
    ("filter.wildcard", (None, "*.mp3"), {"suffix": "*.mp3"}),
]


@pytest.mark.parametrize(("cause", "filters", "expected"), EXPECTED)
def test_a_filter_that_is_not_as_expected(
    cause: str, filters: tuple[str | None, str | None], expected: dict[str, str]
) -> None:
    found = World((rule(*filters),)).examine(**expected)
    assert raised(found) == [(cause, "fail")]
    told = found.finding(cause)
    assert told is not None
    assert all(f"--{name}={value}" in told.commands[0] for name, value in expected.items())


def test_the_nearest_of_several_rules_tells() -> None:
    rules = (rule("other/", ".wav"), rule("in/", ".mp3"), rule(None, ".flac"))
    found = World(rules, now("in/a.MP3")).examine("in/a.MP3")
    assert raised(found) == [("filter.suffix-case", "fail")]


def test_a_rule_beside_that_never_fires_is_a_risk() -> None:
    found = World((rule(), rule("day=1/", ".wav"))).examine()
    assert raised(found) == [("filter.unencoded-characters", "warn")]
    assert found.verdict == "healthy"


@pytest.mark.parametrize(
    ("cause", "prefix", "key"),
    [
        ("filter.suffix-case", "in/", "in/a.Mp3"),
        ("filter.suffix", "in/", "in/a.mp3 "),
        ("filter.suffix", "in/", "in/a%2Emp3"),
        ("filter.prefix", "in/", "/in/a.mp3"),
        ("filter.prefix", "in/", "IN/a.mp3"),
        ("filter.prefix", "/in/", "in/a.mp3"),
        ("filter.prefix", "my+songs/", "my%20songs/a.mp3"),
    ],
)
def test_recent_uploads_that_miss_by_a_hair(cause: str, prefix: str, key: str) -> None:
    rules = (rule(prefix),)
    assert raised(World(rules, now(key, "x.jpg")).examine()) == [(cause, "fail")]
    fires = prefix.replace("+", " ") + "b.mp3"
    assert raised(World(rules, now(key, fires)).examine()) == [(cause, "warn")]
    assert raised(World(rules, now(key, hours=30)).examine()) == []


def test_another_case_by_chance_is_no_miss() -> None:
    assert raised(World((rule("in", None),), now("Index.html")).examine()) == []
    assert raised(World((rule(None, "g"),), now("a.JPG")).examine()) == []


def test_a_key_that_s3_cannot_have_was_never_uploaded() -> None:
    found = World((rule(),)).examine("\u00e9" * 600 + ".mp3")
    assert found.root_causes == ("object.not-uploaded",)


@pytest.mark.parametrize("kind", ["access-denied", "invalid", "wrong-region"])
def test_where_the_head_is_refused_the_listing_tells(kind: str) -> None:
    world = World((rule(),), now("a.mp3", etag=IN_PARTS), refused=kind)
    assert raised(world.examine("a.mp3")) == []
    assert world.examine("b.mp3").root_causes == ("object.not-uploaded",)


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("in/song.mp3", "in/song.MP3"),
        ("in/my song.mp3", "in/my+song.mp3"),
        ("in/my song.mp3", "in/my%20song.mp3"),
        ("in/my%20song.mp3", "in/my song.mp3"),
        ("in/song.mp3", "/in/song.mp3"),
        ("in/song.mp3", "in/song.mp3 "),
        ("in/caf\u00e9.mp3", "in/cafe\u0301.mp3"),
        ("in/song.mp3", "incoming/song.mp3"),
    ],
)
def test_the_object_lies_under_another_key(asked: str, there: str) -> None:
    found = World((rule(),), now(there, "in/other.mp3", "x.jpg")).examine(asked)
    assert found.root_causes == ("object.other-key",)
    told = found.finding("object.other-key")
    assert told is not None
    assert told.evidence["found"] == [there]
    assert told.evidence["fires_a_rule"] == [there.endswith(".mp3")]


EVENTS = [
    ((PUT,), "fail", now("a.mp3", etag=IN_PARTS)),
    ((PARTS,), "fail", now("a.mp3")),
    (("s3:ObjectCreated:Post",), "fail", now("a.mp3")),
    (("s3:ObjectRemoved:*", "s3:ObjectTagging:*"), "fail", now("a.mp3")),
    (("s3:ObjectRemoved:*",), "fail", {}),
    ((PARTS,), "fail", {}),
]


@pytest.mark.parametrize(("events", "status", "objects"), EVENTS)
def test_events_that_are_not_covered(
    events: tuple[str, ...], status: str, objects: dict[str, tuple[str, float]]
) -> None:
    world = World((rule(events=events),), objects)
    assert raised(world.examine()) == [("bucket.events-not-covered", status)]
    if objects:
        assert raised(world.examine("a.mp3")) == [("bucket.events-not-covered", status)]


def test_what_only_large_uploads_would_miss_is_a_risk() -> None:
    world = World((rule(events=(PUT,)),), now("a.mp3"))
    assert raised(world.examine()) == [("bucket.events-not-covered", "warn")]
    assert raised(world.examine("a.mp3")) == []


def test_a_restore_creates_nothing() -> None:
    world = World((rule(),), now("a.mp3"), restore='ongoing-request="false"')
    assert raised(world.examine("a.mp3")) == [("object.other-event-family", "fail")]
    world.rules = (rule(events=(*DEFAULT_EVENTS, "s3:ObjectRestore:Completed")),)
    assert raised(world.examine("a.mp3")) == []


OTHER = f"{QUEUE.arn}-2"
REMOVED = ("s3:ObjectRemoved:*",)


def test_what_other_rules_take_goes_to_their_queue() -> None:
    world = World((rule(events=REMOVED), rule(destination=OTHER)), now("a.mp3"))
    assert world.examine().root_causes == ("bucket.other-queue",)
    assert world.examine("a.mp3").root_causes == ("bucket.other-queue",)


def test_the_rule_that_takes_the_key_tells_where_it_goes() -> None:
    function = NotificationRule("f", "function", "arn:f", DEFAULT_EVENTS, None, ".mp3")
    world = World((rule(suffix=".jpg", destination=OTHER), function), now("a.mp3", "a.jpg"))
    assert world.examine("a.mp3").root_causes == ("bucket.other-destination",)
    assert world.examine("a.jpg").root_causes == ("bucket.other-queue",)
    assert world.examine("a.wav").root_causes[-1] == "bucket.other-queue"


def test_a_directory_bucket_sends_no_events() -> None:
    found = World((), bucket="songs--use2-az1--x-s3").examine("a.mp3")
    assert raised(found) == [("bucket.wrong-bucket", "fail")]


def test_the_queue_of_another_account_may_only_be_hidden() -> None:
    hidden = QUEUE.arn.replace(QUEUE.account, "999999999999")
    world = World((rule(destination=hidden),), queues=())
    found = world.examine()
    assert found.root_causes == ("bucket.other-queue",)
    missing = found.finding("bucket.destination-missing")
    assert missing is not None
    assert (missing.status, missing.certainty) == ("fail", "likely")
    world.rules = (rule(destination=OTHER), rule(destination=OTHER, suffix=".wav"))
    assert world.examine().root_causes == ("bucket.destination-missing",)


HEALTHY: list[tuple[tuple[NotificationRule, ...], dict[str, Any], dict[str, Any]]] = [
    ((rule(),), {}, now("a.mp3", "a.jpg", "results/a.json", "done/b.wav")),
    ((rule("in/"),), {}, now("done/a.mp3", "in/b.mp3")),
    ((rule("in/"),), {}, now("done/a.mp3")),
    ((rule("day%3D1/"),), {"prefix": "day=1/"}, {}),
    ((rule("day%3D1/"),), {"prefix": "day%3D1/"}, {}),
    ((rule("my+songs/(1)!~'"),), {}, {}),
    ((rule(suffix=None),), {"suffix": ".mp3"}, now("a.MP3", "b")),
    ((rule("in/"),), {"suffix": ".mp3"}, {}),
    ((rule(), rule(suffix=".MP3")), {"suffix": ".mp3"}, now("a.MP3", "b.mp3")),
    ((rule(events=(PUT, PARTS)),), {}, now("a.mp3")),
    ((rule(events=(PARTS,)),), {}, now("a.mp3", etag=IN_PARTS)),
    ((rule(events=(PUT,)),), {"events": (PUT,)}, now("a.mp3")),
    ((rule(events=(PUT,)),), {"events": (PUT,)}, now("a.mp3", etag=IN_PARTS)),
    ((rule(events=(PUT,)), rule(events=(PARTS,))), {}, now("a.mp3", etag=IN_PARTS)),
    ((rule(), rule(suffix=None, events=("s3:ObjectRemoved:*",))), {}, now("a.wav", "b.mp3")),
    ((rule(suffix="*.mp3"),), {}, now("star*.mp3")),
    (
        (rule(events=("s3:ObjectRestore:Post", "s3:ObjectRestore:*")),),
        {"events": ("s3:ObjectRestore:*",)},
        {},
    ),
    ((rule(), rule(suffix=".MP3", destination=f"{QUEUE.arn}-2")), {}, now("a.MP3", "b.mp3")),
]


@pytest.mark.parametrize(("rules", "expected", "objects"), HEALTHY)
def test_odd_but_healthy(
    rules: tuple[NotificationRule, ...],
    expected: dict[str, Any],
    objects: dict[str, tuple[str, float]],
) -> None:
    found = World(rules, objects).examine(**expected)
    assert raised(found) == []
    assert found.verdict == "healthy"
