"""The local consumer, step by step, against a real queue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from console.local.consumer import GIVE_BACKS, TEST_PAUSE_SECONDS, Consumer
from console.local.material import Maker

if TYPE_CHECKING:
    from tests.conftest import Installation

TEST_KEY = "event-console-test/abc/test.mp3"


class SteppedClock:
    """Time passes only while somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        self.seconds += seconds
        return cancel.is_set()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def consumer(
    installation: Installation, aws: Callable[[str], Any], clock: SteppedClock
) -> Consumer:
    return make_consumer(installation, aws, clock)


def make_consumer(
    installation: Installation, aws: Callable[[str], Any], clock: SteppedClock, **options: Any
) -> Consumer:
    return Consumer(
        aws("sqs"),
        aws("s3"),
        installation.queue_url,
        poll_seconds=0,
        work_seconds=(0.0, 0.0),
        clock=clock,
        **options,
    )


def step(consumer: Consumer) -> int:
    return consumer.step(threading.Event())


def counts(aws: Callable[[str], Any], url: str | None) -> tuple[int, int]:
    """Visible and in flight."""
    found = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    visible = int(found["ApproximateNumberOfMessages"])
    return visible, int(found["ApproximateNumberOfMessagesNotVisible"])


def test_it_processes_and_deletes_a_real_mp3(
    installation: Installation, aws: Callable[[str], Any], consumer: Consumer
) -> None:
    good = Maker(1).good(datetime.now(UTC))
    aws("s3").put_object(Bucket=installation.bucket, Key=good.key, Body=good.body)
    assert step(consumer) == 1
    assert counts(aws, installation.queue_url) == (0, 0)
    assert counts(aws, installation.dlq_url) == (0, 0)


def test_every_awkward_key_is_found_again(
    installation: Installation, aws: Callable[[str], Any], consumer: Consumer
) -> None:
    body = Maker(1).good(datetime.now(UTC)).body
    for key in ("a b.mp3", "grüße [x].mp3", "rock+roll.mp3", "voice@home 50%.mp3"):
        aws("s3").put_object(Bucket=installation.bucket, Key=key, Body=body)
    assert step(consumer) == 4
    assert counts(aws, installation.queue_url) == (0, 0)


def test_poison_is_left_for_another_attempt(
    installation: Installation, aws: Callable[[str], Any], consumer: Consumer
) -> None:
    poison = Maker(1).poison(datetime.now(UTC))
    aws("s3").put_object(Bucket=installation.bucket, Key=poison.key, Body=poison.body)
    assert step(consumer) == 1
    assert sum(counts(aws, installation.queue_url)) == 1


def test_a_test_event_is_deleted(
    install: Callable[..., Installation], aws: Callable[[str], Any], clock: SteppedClock
) -> None:
    installation = install(keep_test_event=True)
    assert counts(aws, installation.queue_url) == (1, 0)
    assert step(make_consumer(installation, aws, clock)) == 1
    assert counts(aws, installation.queue_url) == (0, 0)


def test_an_upload_test_is_given_back_twice_then_left_alone_for_ten_seconds(
    installation: Installation,
    aws: Callable[[str], Any],
    consumer: Consumer,
    clock: SteppedClock,
) -> None:
    aws("s3").put_object(Bucket=installation.bucket, Key=TEST_KEY, Body=b"test")
    for _ in range(GIVE_BACKS):
        assert step(consumer) == 1
        assert counts(aws, installation.queue_url) == (1, 0)
    assert step(consumer) == 0
    assert clock.seconds == TEST_PAUSE_SECONDS
    received = aws("sqs").receive_message(
        QueueUrl=installation.queue_url, AttributeNames=["ApproximateReceiveCount"]
    )["Messages"]
    assert received[0]["Attributes"]["ApproximateReceiveCount"] == str(GIVE_BACKS + 1)


def test_after_the_pause_it_is_no_longer_given_back(
    installation: Installation, aws: Callable[[str], Any], consumer: Consumer
) -> None:
    body = Maker(1).good(datetime.now(UTC)).body
    aws("s3").put_object(Bucket=installation.bucket, Key=TEST_KEY, Body=body)
    assert [step(consumer) for _ in range(GIVE_BACKS + 2)] == [1, 1, 0, 1]
    assert counts(aws, installation.queue_url) == (0, 0)


def test_with_take_tests_the_upload_test_is_taken(
    installation: Installation, aws: Callable[[str], Any], clock: SteppedClock
) -> None:
    body = Maker(1).good(datetime.now(UTC)).body
    aws("s3").put_object(Bucket=installation.bucket, Key=TEST_KEY, Body=body)
    assert step(make_consumer(installation, aws, clock, take_tests=True)) == 1
    assert counts(aws, installation.queue_url) == (0, 0)


def test_uploads_beside_a_test_are_processed_as_usual(
    installation: Installation, aws: Callable[[str], Any], consumer: Consumer
) -> None:
    good = Maker(1).good(datetime.now(UTC))
    for key in (TEST_KEY, good.key):
        aws("s3").put_object(Bucket=installation.bucket, Key=key, Body=good.body)
    assert step(consumer) == 2
    assert counts(aws, installation.queue_url) == (1, 0)


def test_it_outlives_a_message_that_somebody_else_deleted(
    installation: Installation,
    aws: Callable[[str], Any],
    clock: SteppedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = Maker(1).good(datetime.now(UTC))
    aws("s3").put_object(Bucket=installation.bucket, Key=good.key, Body=good.body)
    purging = make_consumer(installation, aws, clock)

    def purge_meanwhile(cancel: threading.Event, seconds: float) -> bool:
        aws("sqs").purge_queue(QueueUrl=installation.queue_url)
        return False

    monkeypatch.setattr(clock, "wait", purge_meanwhile)
    assert step(purging) == 1
    assert counts(aws, installation.queue_url) == (0, 0)
