"""A workbench on an installation, and the few things tests ask of queues and buckets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from console.aws.gateway import open_gateway
from console.models.clock import Clock
from console.models.message import Message
from console.models.peek import PeekOptions, PeekSummary
from console.models.pipeline import JournalSettings, Mode, PipelineSettings, QueueRef
from console.models.selection import Filter
from console.operations.discover import discover
from console.operations.peek import peek
from console.operations.workbench import Workbench, open_workbench
from tests.conftest import Installation


@dataclass(frozen=True, slots=True)
class Bench:
    """A workbench, with raw clients beside it to play everybody else."""

    workbench: Workbench
    installation: Installation
    sqs: Any
    s3: Any

    @property
    def queue(self) -> QueueRef:
        return self.workbench.need_queue()

    @property
    def dlq(self) -> QueueRef:
        return self.workbench.need_dlq()

    def send(self, count: int, queue: QueueRef | None = None, **more: Any) -> None:
        """Send so many messages with the bodies `message 0`, `message 1`, …"""
        url = (queue or self.queue).url
        for start in range(0, count, 10):
            entries = [
                {"Id": str(i), "MessageBody": f"message {i}", **more}
                for i in range(start, min(count, start + 10))
            ]
            assert not self.sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")

    def queue_at(self, url: str) -> QueueRef:
        """The queue at a URL."""
        name = url.rpartition("/")[2]
        return QueueRef(name, url, self.queue.arn.rpartition(":")[0] + f":{name}")

    def counts(self, queue: QueueRef | None = None) -> tuple[int, int]:
        """Visible and in flight, now."""
        counts = self.workbench.gateway.sqs.attributes(queue or self.queue).counts
        return counts.visible, counts.in_flight

    def keys(self) -> list[str]:
        """The keys in the bucket."""
        listed = self.s3.list_objects_v2(Bucket=self.installation.bucket)
        return [item["Key"] for item in listed.get("Contents", [])]

    def peek(
        self,
        queue: QueueRef | None = None,
        cancel: threading.Event | None = None,
        match: str | None = None,
        **options: Any,
    ) -> tuple[PeekSummary, list[Message]]:
        """One peek with its messages."""
        seen: list[Message] = []
        summary = peek(
            self.workbench,
            queue or self.queue,
            PeekOptions(where=Filter(match=match), **options),
            cancel=cancel or threading.Event(),
            on_message=seen.append,
        )
        return summary, seen

    def settings(self, **more: Any) -> PipelineSettings:
        """What a user would name."""
        named = PipelineSettings(
            bucket=self.installation.bucket,
            queue=self.installation.queue,
            region=self.installation.region,
            endpoint_url=self.installation.endpoint_url,
        )
        return replace(named, **more)


@pytest.fixture(autouse=True)
def _cloudtrail_without_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS allows two look-ups a second, the emulator any number."""
    monkeypatch.setattr("console.aws.cloudtrail.CALLS_PER_SECOND", 10_000.0)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Callable[[Installation], None]:
    """Put an installation's credentials, and nothing else of it, into the environment."""

    def use(installation: Installation) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", installation.access_key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", installation.secret_key)

    return use


@pytest.fixture
def bench_on(
    credentials: Callable[[Installation], None], aws: Callable[[str], Any], tmp_path: Path
) -> Iterator[Callable[..., Bench]]:
    """Open a workbench: `bench_on(installation, mode=…)`. All share one journal."""
    opened: list[Workbench] = []

    def open_on(
        installation: Installation,
        mode: Mode | None = None,
        clock: Clock | None = None,
        bodies: bool = True,
    ) -> Bench:
        credentials(installation)
        settings = PipelineSettings(
            bucket=installation.bucket,
            queue=installation.queue,
            region=installation.region,
            endpoint_url=installation.endpoint_url,
        )
        gateway = open_gateway(settings)
        pipeline = discover(gateway, settings, mode or Mode())
        workbench = open_workbench(
            gateway, pipeline, tmp_path / "journal.sqlite3", clock, JournalSettings(bodies=bodies)
        )
        opened.append(workbench)
        return Bench(workbench, installation, aws("sqs"), aws("s3"))

    yield open_on
    for workbench in opened:
        workbench.close()


@pytest.fixture
def bench(bench_on: Callable[..., Bench], installation: Installation) -> Bench:
    """A workbench on an installation like the reference one, maxReceiveCount 3."""
    return bench_on(installation)
