"""The local backend as the console sees it: a running child with installation and traffic."""

from __future__ import annotations

import json
import os
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.errors import Cancelled, ConsoleError
from console.local.backend import LocalBackend, launch_backend, start_backend
from console.local.clients import Caller
from console.local.traffic import FIRST_POISON

SOON = 25.0


def eventually(found: Callable[[], Any], seconds: float = SOON) -> Any:
    """The first true answer of `found`; fails when there is none within `seconds`."""
    tick = threading.Event()
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        tick.wait(0.05)
    return answer


def caller(backend: LocalBackend) -> Caller:
    return Caller(backend.endpoint_url, backend.region, backend.access_key, backend.secret_key)


def attributes(sqs: Any, queue: str) -> dict[str, str]:
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
        "Attributes"
    ]
    return found


def points(cloudwatch: Any, queue: str, metric: str, since: timedelta, stat: str) -> list[float]:
    now = datetime.now(UTC)
    series = {
        "Namespace": "AWS/SQS",
        "MetricName": metric,
        "Dimensions": [{"Name": "QueueName", "Value": queue}],
    }
    query = {"Id": "m", "MetricStat": {"Metric": series, "Period": 60, "Stat": stat}}
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[query], StartTime=now - since, EndTime=now + timedelta(minutes=1)
    )
    values: list[float] = answer["MetricDataResults"][0]["Values"]
    return values


@pytest.fixture(scope="module")
def backend() -> Iterator[LocalBackend]:
    with start_backend() as running:
        yield running


def test_what_it_says_is_there_when_it_is_ready() -> None:
    with start_backend() as backend:
        assert attributes(caller(backend).client("sqs"), backend.queue)["QueueArn"]


def test_leaving_in_the_middle_of_a_long_poll_leaves_nothing_behind() -> None:
    backend = start_backend()
    backend.close()
    assert not backend.data_dir.exists()
    assert backend.process.poll() == 0


def test_its_folder_is_private(backend: LocalBackend) -> None:
    assert stat.S_IMODE(backend.data_dir.stat().st_mode) == 0o700
    assert backend.data_dir.parent == Path(tempfile.gettempdir())


def test_it_listens_on_the_loopback_interface_only(backend: LocalBackend) -> None:
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("no /proc/net/tcp on this system")
    port = int(backend.endpoint_url.rsplit(":", 1)[1])
    fields = [line.split() for line in table.read_text().splitlines()[1:]]
    listening = [row[1] for row in fields if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert listening == [f"0100007F:{port:04X}"]


def test_the_caller_is_a_person_in_a_believable_account(backend: LocalBackend) -> None:
    identity = caller(backend).client("sts").get_caller_identity()
    assert identity["Account"] == backend.account
    assert len(backend.account) == 12
    assert identity["Arn"] == f"arn:aws:iam::{backend.account}:user/on-call"


def test_wrong_credentials_are_refused(backend: LocalBackend) -> None:
    wrong = Caller(backend.endpoint_url, backend.region, backend.access_key, "wrong").client("sqs")
    with pytest.raises(wrong.exceptions.ClientError, match="SignatureDoesNotMatch"):
        wrong.list_queues()


def test_environment_is_what_aws_tools_read(backend: LocalBackend) -> None:
    assert backend.environment() == {
        "AWS_ENDPOINT_URL": backend.endpoint_url,
        "AWS_ACCESS_KEY_ID": backend.access_key,
        "AWS_SECRET_ACCESS_KEY": backend.secret_key,
        "AWS_REGION": "us-east-2",
    }


def test_the_reference_installation_is_complete(backend: LocalBackend) -> None:
    sqs, s3 = caller(backend).client("sqs"), caller(backend).client("s3")
    queue, dlq = attributes(sqs, backend.queue), attributes(sqs, backend.dlq)
    policy = json.loads(queue["Policy"])["Statement"][0]
    assert policy["Condition"] == {
        "ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{backend.bucket}"},
        "StringEquals": {"aws:SourceAccount": backend.account},
    }
    assert json.loads(queue["RedrivePolicy"]) == {
        "deadLetterTargetArn": dlq["QueueArn"],
        "maxReceiveCount": 5,
    }
    assert int(dlq["MessageRetentionPeriod"]) > int(queue["MessageRetentionPeriod"])
    rule = s3.get_bucket_notification_configuration(Bucket=backend.bucket)["QueueConfigurations"]
    assert rule[0]["QueueArn"] == queue["QueueArn"]
    assert rule[0]["Events"] == ["s3:ObjectCreated:*"]
    filters = rule[0]["Filter"]["Key"]["FilterRules"]
    # AWS answers "Suffix", the emulator "suffix".
    assert [(one["Name"].lower(), one["Value"]) for one in filters] == [("suffix", ".mp3")]


def test_poison_reaches_the_dlq_after_three_receives(backend: LocalBackend) -> None:
    sqs = caller(backend).client("sqs")
    url = sqs.get_queue_url(QueueName=backend.dlq)["QueueUrl"]
    eventually(
        lambda: int(attributes(sqs, backend.dlq)["ApproximateNumberOfMessages"]) >= FIRST_POISON
    )
    received = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, AttributeNames=["All"]
    )["Messages"]
    assert all(int(one["Attributes"]["ApproximateReceiveCount"]) > 3 for one in received)
    assert all(json.loads(one["Body"])["Records"][0]["s3"]["object"]["key"] for one in received)


def test_uploads_are_processed_and_leave_the_queue(backend: LocalBackend) -> None:
    sqs, s3 = caller(backend).client("sqs"), caller(backend).client("s3")
    eventually(lambda: s3.list_objects_v2(Bucket=backend.bucket)["KeyCount"] > FIRST_POISON)
    eventually(lambda: int(attributes(sqs, backend.queue)["ApproximateNumberOfMessages"]) < 20)
    listed = s3.list_objects_v2(Bucket=backend.bucket)["Contents"]
    bodies = [s3.get_object(Bucket=backend.bucket, Key=one["Key"])["Body"].read() for one in listed]
    assert any(body.startswith(b"ID3") for body in bodies)


@pytest.mark.parametrize(
    ("metric", "stat"),
    [
        ("ApproximateAgeOfOldestMessage", "Maximum"),
        ("ApproximateNumberOfMessagesVisible", "Average"),
        ("ApproximateNumberOfMessagesNotVisible", "Average"),
        ("ApproximateNumberOfMessagesDelayed", "Average"),
        ("NumberOfMessagesSent", "Sum"),
        ("NumberOfMessagesReceived", "Sum"),
        ("NumberOfMessagesDeleted", "Sum"),
        ("NumberOfEmptyReceives", "Sum"),
        ("SentMessageSize", "Average"),
    ],
)
def test_the_last_three_hours_of_every_metric_are_there_at_once(
    backend: LocalBackend, metric: str, stat: str
) -> None:
    cloudwatch = caller(backend).client("cloudwatch")
    recent = timedelta(hours=3)
    eventually(lambda: len(points(cloudwatch, backend.queue, metric, recent, stat)) >= 175)
    assert len(points(cloudwatch, backend.queue, metric, timedelta(minutes=20), stat)) >= 19


def test_two_weeks_of_history_follow(backend: LocalBackend) -> None:
    cloudwatch = caller(backend).client("cloudwatch")
    metric, fortnight = "NumberOfMessagesSent", timedelta(days=14, hours=-1)
    assert eventually(
        lambda: len(points(cloudwatch, backend.queue, metric, fortnight, "Sum")) > 180 + 800 + 1000
    )


def test_only_the_alarm_of_the_dlq_goes_off(backend: LocalBackend) -> None:
    """The queue has waiting messages as well: the alarm judges its own queue's figures."""
    cloudwatch = caller(backend).client("cloudwatch")

    def states() -> dict[str, str]:
        alarms = cloudwatch.describe_alarms()["MetricAlarms"]
        return {one["AlarmName"]: one["StateValue"] for one in alarms}

    eventually(lambda: states().get(f"{backend.dlq}-not-empty") == "ALARM", 40.0)
    assert states()[f"{backend.queue}-depth"] == "OK"
    assert states()[f"{backend.queue}-oldest-message-age"] == "OK"


def test_an_upload_test_sees_its_event_although_there_is_a_consumer(
    backend: LocalBackend,
) -> None:
    sqs, s3 = caller(backend).client("sqs"), caller(backend).client("s3")
    url = sqs.get_queue_url(QueueName=backend.queue)["QueueUrl"]
    key = "event-console-test/seen.mp3"
    s3.put_object(Bucket=backend.bucket, Key=key, Body=b"test")

    def own_event() -> bool:
        for one in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
            mine = key in one["Body"]
            if mine:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
                return True
            sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0
            )
        return False

    assert eventually(own_event)


def test_without_traffic_the_installation_is_quiet() -> None:
    with start_backend(traffic=False) as backend:
        sqs, s3 = caller(backend).client("sqs"), caller(backend).client("s3")
        assert s3.list_objects_v2(Bucket=backend.bucket)["KeyCount"] == 0
        assert attributes(sqs, backend.queue)["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_without_installation_the_emulator_is_empty() -> None:
    with start_backend(installation=False) as backend:
        assert backend.access_key == backend.account
        assert not caller(backend).client("sqs").list_queues().get("QueueUrls")


def test_two_at_once_do_not_collide() -> None:
    with start_backend() as first, start_backend() as second:
        assert first.endpoint_url != second.endpoint_url
        assert first.data_dir != second.data_dir
        first.close()
        assert second.data_dir.exists()
        assert attributes(caller(second).client("sqs"), second.queue)["QueueArn"]


def test_a_cancelled_start_leaves_nothing() -> None:
    cancel = threading.Event()
    cancel.set()
    backend = launch_backend()
    with backend, pytest.raises(Cancelled):
        backend.wait_ready(cancel=cancel)
    assert backend.process.poll() is not None
    assert not backend.data_dir.exists()


def test_a_child_that_dies_at_the_start_is_told_with_its_reason() -> None:
    backend = launch_backend()
    with backend:
        backend.process.kill()
        backend.process.wait()
        with pytest.raises(ConsoleError, match="ended before it was ready"):
            backend.wait_ready()
    assert not backend.data_dir.exists()


def test_a_killed_child_leaves_its_folder_to_the_parent() -> None:
    """The journal lies there too, and must outlast an emulator that was killed."""
    with start_backend() as backend:
        backend.process.terminate()
        backend.process.wait()
        assert backend.data_dir.exists()
        (backend.data_dir / "journal.sqlite3").write_bytes(b"")
    assert not backend.data_dir.exists()


def test_the_users_own_settings_do_not_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("GATEWAY_PORT", "1")
    with start_backend() as backend:
        assert os.fspath(backend.data_dir)
        assert backend.endpoint_url != "http://127.0.0.1:1"
