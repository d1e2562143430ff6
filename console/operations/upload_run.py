"""One upload test under way: what is known before it, and what it has found so far."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from console.models.event import S3Event
from console.models.finding import Finding
from console.models.message import Message
from console.models.notification import NotificationConfiguration
from console.models.object import ObjectHead
from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes
from console.models.upload import UploadOptions
from console.operations.count_watch import CountWatch
from console.operations.event_wait import EventWait
from console.operations.receiving import Receiver
from console.operations.upload_key import TestKey
from console.operations.upload_material import Material
from console.operations.upload_steps import OnStep, Steps
from console.operations.workbench import Workbench


@dataclass
class UploadRun:
    """The state of one run. `upload_ended` and `taken_at` are on the monotonic clock; `latency`
    is in seconds. `causes` is what the doctor says of a failure, `None` while it was not asked."""

    workbench: Workbench
    options: UploadOptions
    cancel: threading.Event
    on_step: OnStep
    operation: str
    bucket: str
    queue: QueueRef
    material: Material
    attributes: QueueAttributes
    configuration: NotificationConfiguration | None
    chosen: TestKey
    started_at: datetime
    uploaded: ObjectHead | None = None
    upload_tried: bool = False
    upload_ended: float = 0.0
    event: S3Event | None = None
    message: Message | None = None
    latency: float | None = None
    taken_at: float | None = None
    causes: tuple[Finding, ...] | None = None

    def __post_init__(self) -> None:
        bench, most = self.workbench, self.attributes.redrive
        self.steps = Steps(bench.clock, self.on_step)
        self.receiver = Receiver(
            bench,
            self.queue,
            self.operation,
            most.max_receive_count if most else None,
            self.attributes.retention,
            self.cancel,
        )
        self.watch = CountWatch(bench, self.queue, self.attributes.counts)
        self.wait = EventWait(self.receiver, self.watch, self.options.spend_last_attempt)

    def is_own(self, message: Message) -> bool:
        """Whether the message is about the uploaded object being created, and nothing else."""
        events = message.parsed.events
        return bool(events) and all(
            self.is_about_us(e) and e.name.startswith("ObjectCreated") for e in events
        )

    def is_about_us(self, event: S3Event) -> bool:
        """Whether an event is about the uploaded object."""
        return event.bucket == self.bucket and event.key == self.chosen.key
