"""Missing against the emulator: by every sign, with and without a backlog."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.aws.cloudwatch import AGE
from console.errors import AwsError, UsageError
from console.models.backfill import BackfillOptions
from console.models.handling import Handled
from console.models.message import Message
from console.models.missing import MissingOptions, MissingSummary, Unprocessed
from console.models.moving import ProcessOptions
from console.models.signs import Signs
from console.operations.backfill import backfill
from console.operations.backfill_count import count
from console.operations.missing import missing
from console.operations.process import process
from tests.emulator.conftest import Bench
from tests.emulator.test_backfill import put, sent_keys

KEYS = ["in/a.mp3", "in/b c.mp3", "c.mp3"]


def signed(bench: Bench, **signs: Any) -> Bench:
    """The same bench on a pipeline with signs."""
    workbench = bench.workbench
    pipeline = replace(workbench.pipeline, signs=Signs(**signs))
    return replace(bench, workbench=replace(workbench, pipeline=pipeline))


def look(bench: Bench, **options: Any) -> tuple[MissingSummary, dict[str, Unprocessed]]:
    found: dict[str, Unprocessed] = {}
    summary = missing(
        bench.workbench,
        MissingOptions(**options),
        cancel=threading.Event(),
        on_object=lambda one: found.update({one.found.key: one}),
    )
    return summary, found


def fates(found: dict[str, Unprocessed]) -> dict[str, str]:
    return {key: one.fate for key, one in found.items()}


def age(bench: Bench, aws: Callable[[str], Any], seconds: float) -> None:
    """Let CloudWatch say how old the oldest message is."""
    aws("cloudwatch").put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[
            {
                "MetricName": AGE,
                "Dimensions": [{"Name": "QueueName", "Value": bench.queue.name}],
                "Timestamp": datetime.now(UTC),
                "Value": seconds,
                "Unit": "Seconds",
            }
        ],
    )


def test_another_object_is_the_sign(bench: Bench) -> None:
    bench = signed(bench, object="results/{dir}/{stem}.json")
    put(bench, ["x.txt", "results/in/a.json", "results/c.json"])
    put(bench, KEYS[1:])
    put(bench, KEYS[:1])
    bucket = bench.installation.bucket
    bench.s3.put_object(Bucket=bucket, Key="results/in/a.json", Body=b"{}")
    summary, found = look(bench)
    assert fates(found) == {"in/b c.mp3": "missing"}
    assert found["in/b c.mp3"].reason.startswith("there is no results/in/b c.json; its event is")
    assert (summary.listed, summary.matched, summary.processed) == (6, 3, 2)
    assert (summary.missing, summary.waiting, summary.unknown) == (1, 0, 0)


def test_signs_of_a_whole_page_are_listed_and_not_asked_for_one_by_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = signed(bench, object="results/{stem}.json")
    keys = [f"in/{n:02}.mp3" for n in range(40)]
    put(bench, keys)
    for n in range(0, 40, 2):
        bench.s3.put_object(Bucket=bench.installation.bucket, Key=f"results/{n:02}.json", Body=b"x")
    monkeypatch.delattr(type(bench.workbench.gateway.s3), "head")
    summary, found = look(bench)
    assert sorted(found) == keys[1::2]
    assert (summary.processed, summary.missing) == (20, 20)


def test_tag_and_metadata_are_signs(bench: Bench) -> None:
    put(bench, KEYS)
    bucket = bench.installation.bucket
    for key, value in ((KEYS[0], "done"), (KEYS[1], "failed")):
        tags = {"TagSet": [{"Key": "status", "Value": value}]}
        bench.s3.put_object_tagging(Bucket=bucket, Key=key, Tagging=tags)
    _, found = look(signed(bench, tag="status=done"))
    assert fates(found) == {KEYS[1]: "missing", KEYS[2]: "missing"}
    assert found[KEYS[1]].reason.startswith("its tag status is failed, not done")
    bench.s3.put_object(Bucket=bucket, Key=KEYS[2], Body=b"x", Metadata={"Processed": "yes"})
    bench.sqs.purge_queue(QueueUrl=bench.queue.url)
    _, found = look(signed(bench, metadata="processed"))
    assert fates(found) == {KEYS[0]: "missing", KEYS[1]: "missing"}
    _, found = look(signed(bench, metadata="processed", tag="status=done"))
    assert fates(found) == {KEYS[1]: "missing"}


class Done:
    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        return Handled("done")


def test_what_this_console_processed_is_in_its_journal(bench: Bench) -> None:
    bench = signed(bench, journal=True)
    assert fates(look(bench)[1]) == {}
    assert not bench.workbench.journal.path.exists()
    put(bench, KEYS[:2])
    bench.s3.put_object(Bucket=bench.installation.bucket, Key=KEYS[2], Body=b"audio")
    process(
        bench.workbench, bench.queue, Done(), ProcessOptions(drain=True),
        cancel=threading.Event(), on_result=lambda _: None,
    )  # fmt: skip
    assert fates(look(bench)[1]) == dict.fromkeys(KEYS[:2], "missing")


def test_with_a_backlog_its_age_tells(bench: Bench, aws: Callable[[str], Any]) -> None:
    bench = signed(bench, object="results/{stem}.json")
    put(bench, KEYS)
    bench.send(1)
    summary, found = look(bench)
    assert set(fates(found).values()) == {"unknown"}
    assert (summary.missing, summary.unknown) == (0, 3)
    age(bench, aws, 3600)
    summary, found = look(bench)
    assert set(fates(found).values()) == {"waiting"}
    assert (summary.waiting, summary.missing) == (3, 0)
    assert any("1 messages are waiting, sent since" in note for note in summary.notes)


def test_without_a_sign_it_says_what_it_cannot_know(bench: Bench) -> None:
    put(bench, KEYS[:1])
    summary, found = look(bench)
    assert fates(found) == {KEYS[0]: "unknown"}
    assert found[KEYS[0]].reason.startswith("no sign of processing is configured")
    assert summary.notes[0].startswith("No sign of processing is configured")
    with pytest.raises(UsageError, match="No sign"):
        backfill(bench.workbench, BackfillOptions(missing=True), cancel=threading.Event())


def test_backfill_sends_for_what_is_missing(bench: Bench) -> None:
    bench = signed(bench, object="results/{stem}.json")
    put(bench, [*KEYS, "results/a.json"])
    put(bench, ["results/a.json"])
    options, cancel = BackfillOptions(missing=True), threading.Event()
    assert count(bench.workbench, options, cancel=cancel).remaining == 2
    report = backfill(bench.workbench, options, cancel=cancel)
    assert (report.matched, report.sent, report.state) == (2, 2, "done")
    again = count(bench.workbench, options, cancel=cancel, keys=KEYS)
    assert again.remaining == 0
    assert sent_keys(bench) == {"in/b c.mp3": 1, "c.mp3": 1}


def test_a_denied_look_is_unknown_and_names_the_permission(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = signed(bench, tag="status=done")
    put(bench, KEYS[:1])
    denied = AwsError(
        "access-denied", "Denied", "It may not be read.", "Allow s3:GetObjectTagging."
    )

    def refuse(*_: object) -> None:
        raise denied

    monkeypatch.setattr(bench.workbench.gateway.s3, "tags", refuse)
    summary, found = look(bench)
    assert fates(found) == {KEYS[0]: "unknown"}
    assert "s3:GetObjectTagging" in found[KEYS[0]].reason
    assert summary.unknown == 1
    report = backfill(bench.workbench, BackfillOptions(missing=True), cancel=threading.Event())
    assert report.matched == 0
    assert report.reasons[0].startswith("1 object may be missing and got no event")


def test_without_a_rule_the_expectation_counts(bench: Bench) -> None:
    put(bench, ["a.mp3", "b.txt"])
    bucket = bench.installation.bucket
    bench.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    with pytest.raises(UsageError, match="No rule"):
        look(bench)
    workbench = bench.workbench
    pipeline = replace(
        workbench.pipeline, expected_suffix=".mp3", signs=Signs(object="results/{stem}.json")
    )
    summary, found = look(replace(bench, workbench=replace(workbench, pipeline=pipeline)))
    assert fates(found) == {"a.mp3": "missing"}
    assert "what the pipeline expects" in summary.notes[0]


def test_times_and_prefix_choose(bench: Bench) -> None:
    bench = signed(bench, object="results/{stem}.json")
    put(bench, KEYS)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert look(bench, since=later)[0].matched == 0
    assert look(bench, until=later, prefix="in/")[0].missing == 2
