"""Backfill against the emulator: events of S3's shape, for what the rules match, each key once."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

import pytest

from console.errors import Refused, UsageError
from console.models.backfill import BackfillOptions, BackfillReport
from console.models.clock import SystemClock
from console.models.pipeline import Mode, QueueRef
from console.operations.backfill import backfill
from console.operations.backfill_count import count
from console.operations.resume import resume, unfinished
from console.tui.actions import Backfill
from console.tui.performing import perform
from tests.conftest import Installation
from tests.emulator.conftest import Bench
from tests.emulator.test_redrive import drain

KEYS = [
    "in/plain.mp3",
    "in/two words.mp3",
    "in/a+b.mp3",
    "in/100%.mp3",
    "in/a%20b.mp3",
    "in/a@b=c&d;e,f$.mp3",
    "in/ünï çødé 日本.mp3",
    "in/🎵.mp3",
    "in/quote\"'<>&.mp3",
    "deep/er/than/that/x.mp3",
    "top.mp3",
    "in/~tilde_(1)!*.mp3",
]
OTHERS = ["in/notes.txt", "in/LOUD.MP3", "in/x.mp3.tmp"]


def put(bench: Bench, keys: Iterable[str], body: bytes = b"audio") -> None:
    """Objects, and none of the events that S3 sent for them."""
    for key in keys:
        bench.s3.put_object(Bucket=bench.installation.bucket, Key=key, Body=body)
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)


def fill(bench: Bench, **options: Any) -> BackfillReport:
    keys = options.pop("keys", None)
    return backfill(
        bench.workbench, BackfillOptions(**options), cancel=threading.Event(), keys=keys
    )


def records(bench: Bench) -> list[dict[str, Any]]:
    """The records of all messages in the queue, which are then gone."""
    found = drain(bench, bench.queue.url)
    return [record for m in found for record in json.loads(m["Body"])["Records"]]


def sent_keys(bench: Bench) -> Counter[str]:
    return Counter(unquote_plus(r["s3"]["object"]["key"]) for r in records(bench))


def test_every_key_that_the_rule_matches_gets_one_event(bench: Bench) -> None:
    put(bench, [*KEYS, *OTHERS])
    report = fill(bench)
    assert (report.listed, report.matched, report.sent) == (15, 12, 12)
    assert (report.failed, report.possibly_duplicated, report.remaining) == (0, 0, 0)
    assert (report.state, report.reasons, report.dry_run) == ("done", (), False)
    assert sent_keys(bench) == Counter(KEYS)
    assert unfinished(bench.workbench) == ()


@pytest.mark.parametrize("versioned", [False, True])
def test_an_event_is_what_s3_sends(
    install: Callable[..., Installation], bench_on: Callable[..., Bench], versioned: bool
) -> None:
    bench = bench_on(install(versioned=versioned))
    for key in KEYS:
        bench.s3.put_object(Bucket=bench.installation.bucket, Key=key, Body=key.encode())
    real = {r["s3"]["object"]["key"]: r for r in records(bench)}
    fill(bench)
    replayed = {r["s3"]["object"]["key"]: r for r in records(bench)}
    assert replayed.keys() == real.keys()
    for key, record in replayed.items():
        assert as_s3_wrote_it(record) == as_s3_wrote_it(real[key])
        assert ("versionId" in record["s3"]["object"]) is versioned
        assert "sequencer" not in record["s3"]["object"]
        assert record["eventVersion"].split(".")[0] == "2"


def as_s3_wrote_it(record: dict[str, Any]) -> list[tuple[str, object]]:
    """Every name in its order with its value, except for what only S3 knows."""
    unknown = {"eventVersion", "eventTime", "principalId", "sourceIPAddress", "sequencer"}
    unknown |= {"x-amz-request-id", "x-amz-id-2"}

    def walk(value: Any, name: str) -> list[tuple[str, object]]:
        if isinstance(value, dict):
            return [pair for n, v in value.items() for pair in walk(v, n)]
        return [(name, "…" if name in unknown else value)] if name != "sequencer" else []

    return walk(record, "")


def test_the_body_is_compact_dated_and_tells_that_it_is_a_replay(
    bench: Bench,
) -> None:
    put(bench, ["in/a b.mp3"])
    report = fill(bench)
    (message,) = drain(bench, bench.queue.url)
    assert message["Body"].startswith('{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3",')
    assert '"key":"in/a+b.mp3","size":5,"eTag":"' in message["Body"]
    assert message["MessageAttributes"]["event-console.replay"] == {
        "DataType": "String",
        "StringValue": report.operation_id,
    }
    head = bench.s3.head_object(Bucket=bench.installation.bucket, Key="in/a b.mp3")
    told = json.loads(message["Body"])["Records"][0]["eventTime"]
    at = datetime.strptime(told, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs(at - head["LastModified"]) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("events", "name"),
    [
        (["s3:ObjectCreated:Copy"], "ObjectCreated:Copy"),
        (
            ["s3:ObjectCreated:CompleteMultipartUpload", "s3:ObjectCreated:Post"],
            "ObjectCreated:CompleteMultipartUpload",
        ),
    ],
)
def test_the_event_is_one_that_the_rule_covers(bench: Bench, events: list[str], name: str) -> None:
    put(bench, ["a.mp3"])
    rule(bench, events=events)
    fill(bench)
    (record,) = records(bench)
    assert (record["eventName"], record["s3"]["configurationId"]) == (name, "ours")


def rule(bench: Bench, events: list[str], suffix: str = ".mp3") -> None:
    """Replace the bucket's rules by one."""
    bench.s3.put_bucket_notification_configuration(
        Bucket=bench.installation.bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "Id": "ours",
                    "QueueArn": bench.queue.arn,
                    "Events": events,
                    "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": suffix}]}},
                }
            ]
        },
    )
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)


def test_without_a_rule_nothing_is_sent_unless_asked(bench: Bench) -> None:
    put(bench, ["a.mp3", "b.txt", "folder/"])
    rule(bench, events=["s3:ObjectRemoved:*"])
    with pytest.raises(UsageError, match="No rule"):
        fill(bench)
    assert bench.workbench.journal.operations() == ()
    report = fill(bench, any_key=True)
    assert (report.matched, report.sent) == (3, 3)
    assert sent_keys(bench).keys() == {"a.mp3", "b.txt", "folder/"}


def test_folder_markers_are_no_uploads(bench: Bench) -> None:
    put(bench, ["in/x"])
    bench.s3.put_object(Bucket=bench.installation.bucket, Key="in/", Body=b"")
    rule(bench, events=["s3:ObjectCreated:*"], suffix="")
    report = fill(bench)
    assert (report.listed, report.matched) == (2, 1)
    assert report.notes == ("Left out as folder markers, for which --any-key sends too: 1.",)
    assert sent_keys(bench) == {"in/x": 1}


def test_prefix_and_times_choose(bench: Bench) -> None:
    put(bench, KEYS)
    now = datetime.now(UTC)
    assert fill(bench, prefix="deep/").sent == 1
    assert fill(bench, since=now + timedelta(hours=1)).matched == 0
    assert fill(bench, until=now - timedelta(hours=1)).matched == 0
    assert fill(bench, since=now - timedelta(hours=1), until=now + timedelta(hours=1)).sent == 12


def test_deleted_and_older_versions_get_no_event(
    install: Callable[..., Installation], bench_on: Callable[..., Bench]
) -> None:
    bench = bench_on(install(versioned=True))
    bucket = bench.installation.bucket
    put(bench, ["gone.mp3", "twice.mp3"])
    newest = bench.s3.put_object(Bucket=bucket, Key="twice.mp3", Body=b"second")
    bench.s3.delete_object(Bucket=bucket, Key="gone.mp3")
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    report = fill(bench)
    (record,) = records(bench)
    assert (report.listed, report.sent) == (1, 1)
    assert record["s3"]["object"]["versionId"] == newest["VersionId"]
    assert record["s3"]["object"]["size"] == 6


def test_given_keys_are_looked_up(bench: Bench) -> None:
    put(bench, ["a.mp3", "b.txt"])
    report = fill(bench, keys=["a.mp3", "b.txt", "gone.mp3"])
    assert (report.listed, report.matched, report.sent, report.remaining) == (3, 2, 1, 0)
    assert report.reasons == ("1 key: the object does not exist any more",)
    (record,) = records(bench)
    assert (record["s3"]["object"]["size"], record["s3"]["object"]["key"]) == (5, "a.mp3")


def test_one_key_for_another_screen(bench: Bench) -> None:
    put(bench, KEYS)
    report = backfill(bench.workbench, BackfillOptions(), keys=[KEYS[1]], cancel=threading.Event())
    assert (report.sent, report.state) == (1, "done")
    done = perform(bench.workbench, Backfill(keys=(KEYS[2],)), threading.Event(), lambda _: None)
    assert isinstance(done, BackfillReport)
    assert sent_keys(bench) == {KEYS[1]: 1, KEYS[2]: 1}


def test_a_dry_run_changes_nothing_and_is_exact(bench: Bench) -> None:
    put(bench, [*KEYS, *OTHERS])
    cancel = threading.Event()
    told = count(bench.workbench, BackfillOptions(), cancel=cancel)
    named = count(bench.workbench, BackfillOptions(), cancel=cancel, keys=["top.mp3", "no.mp3"])
    assert (told.listed, told.matched, told.remaining) == (15, 12, 12)
    assert (named.listed, named.matched, named.remaining) == (2, 2, 1)
    assert (told.sent, told.operation_id, told.dry_run) == (0, "", True)
    assert bench.counts() == (0, 0)
    assert not bench.workbench.journal.path.exists()
    assert fill(bench).sent == 12


def test_a_key_that_is_given_twice_gets_one_event(bench: Bench) -> None:
    put(bench, KEYS[:3])
    given = [*KEYS[:3], KEYS[0], KEYS[2], KEYS[0]]
    cancel = threading.Event()
    told = count(bench.workbench, BackfillOptions(), cancel=cancel, keys=given)
    report = fill(bench, keys=given)
    for one in (told, report):
        assert (one.listed, one.matched) == (3, 3)
        assert one.notes == ("Left out as given before: 3.",)
    assert (told.remaining, report.sent) == (3, 3)
    assert sent_keys(bench) == Counter(KEYS[:3])


def test_a_fifo_queue_gets_no_events_of_s3(bench: Bench) -> None:
    fifo = QueueRef("q.fifo", "https://sqs/q.fifo", f"{bench.queue.arn}.fifo")
    workbench = replace(bench.workbench, pipeline=replace(bench.workbench.pipeline, queue=fifo))
    with pytest.raises(UsageError, match="FIFO"):
        fill(replace(bench, workbench=workbench))


class Impatient(SystemClock):
    """A clock that stands still and only remembers how long it should have waited."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def monotonic(self) -> float:
        return 1000.0

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        self.waited.append(seconds)
        return cancel.is_set()


def test_it_is_not_faster_than_asked_for(
    bench_on: Callable[..., Bench], installation: Installation
) -> None:
    clock = Impatient()
    bench = bench_on(installation, clock=clock)
    put(bench, [f"{n:02}.mp3" for n in range(20)])
    assert fill(bench, rate=5).sent == 20
    assert sorted(clock.waited) == [1, 2, 3]


def test_read_only_refuses(bench_on: Callable[..., Bench], installation: Installation) -> None:
    bench = bench_on(installation, mode=Mode(read_only=True))
    with pytest.raises(Refused):
        fill(bench)


def test_a_stopped_one_is_continued_by_its_id(bench: Bench) -> None:
    put(bench, [f"in/{n:03}.mp3" for n in range(60)])
    cancel = threading.Event()
    report = backfill(
        bench.workbench, BackfillOptions(rate=20), cancel=cancel, on_progress=lambda _: cancel.set()
    )
    assert report.state == "interrupted"
    assert report.sent < 60
    again = resume(bench.workbench, report.operation_id, cancel=threading.Event())
    assert isinstance(again, BackfillReport)
    assert (again.sent, again.remaining, again.state) == (60, 0, "done")
    assert sent_keys(bench) == Counter(f"in/{n:03}.mp3" for n in range(60))
