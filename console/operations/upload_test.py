"""The end-to-end upload test: put an object, wait for its event, check both, clean up."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from console.errors import AwsError, Cancelled, ConsoleError
from console.models.event import S3Event
from console.models.message import Message
from console.models.notification import NotificationConfiguration
from console.models.object import ObjectHead
from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes
from console.models.upload import UploadOptions, UploadReport
from console.operations import budget, upload_cleanup, upload_history
from console.operations.count_watch import CountWatch
from console.operations.event_wait import MOST_FOREIGN, EventWait
from console.operations.object_view import look_at_audio
from console.operations.receiving import Receiver
from console.operations.upload_joint import broken_joint
from console.operations.upload_key import TestKey, choose_key
from console.operations.upload_material import Material, load_material
from console.operations.upload_report import report_on
from console.operations.upload_steps import OnStep, Steps
from console.operations.workbench import Workbench, require_write


def run_upload_test(
    workbench: Workbench,
    options: UploadOptions,
    *,
    cancel: threading.Event,
    on_step: OnStep,
) -> UploadReport:
    """Run the test; `on_step` hears each step when it starts (`running`) and when it ends.

    Costs a message of somebody else at most one attempt, and hides at most 100 of them for at
    most 60 s. Cleans up whatever happens: the message, the object (its version, in a versioned
    bucket) and the removal event that this causes.

    Raises `Refused` in read-only mode, `UsageError` where bucket, queue or file cannot be used,
    `JournalError` before anything is written, and `Cancelled` after a clean-up on cancel. An
    `AwsError` is a failed step in the report.
    """
    require_write(workbench, "The upload test")
    bucket, queue = workbench.need_bucket(), workbench.need_queue()
    material = load_material(options.file)
    attributes = workbench.gateway.sqs.attributes(queue)
    configuration = _configuration(workbench, bucket)
    chosen = choose_key(
        configuration,
        queue,
        prefix=options.prefix,
        expected_suffix=workbench.pipeline.expected_suffix,
        at=workbench.clock.now(),
    )
    intent = f"upload {chosen.key} to {bucket} and wait for its event"
    operation = workbench.begin("upload-test", queue, intent)
    run = UploadRun(
        workbench, options, cancel, on_step, operation, bucket, queue, material, attributes,
        configuration, chosen, workbench.clock.now(),
    )  # fmt: skip
    return run.run()


def _configuration(workbench: Workbench, bucket: str) -> NotificationConfiguration | None:
    try:
        return workbench.gateway.s3.notification(bucket)
    except AwsError as error:
        if error.kind == "access-denied":
            return None
        raise


@dataclass
class UploadRun:
    """One run: what is known before it, and what it has found so far."""

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

    def run(self) -> UploadReport:
        """All steps in their order, the clean-up whatever happened before it."""
        try:
            refused = self._why_not()
            if refused:
                self._skip_all(refused)
            else:
                self._path()
        except ConsoleError as error:
            self.steps.fail_open(error.sentence)
        except BaseException:
            self._clean_up()
            upload_history.record(self.workbench, self.operation, report_on(self), "interrupted")
            raise
        self._clean_up()
        report = report_on(self)
        state = "interrupted" if self.cancel.is_set() else "done"
        upload_history.record(self.workbench, self.operation, report, state)
        if self.cancel.is_set():
            raise Cancelled("The upload test")
        return report

    def _path(self) -> None:
        with self.watch.running():
            self._upload()
            if self.uploaded and not self.cancel.is_set():
                self._await_event()
        if self.uploaded and not self.cancel.is_set():
            self._verify()
            self._read()

    def _why_not(self) -> str | None:
        """Why the event cannot be waited for; then nothing is uploaded either, because its event
        would be left to a consumer that finds no object."""
        if self.attributes.counts.visible > MOST_FOREIGN:
            return (
                f"About {self.attributes.counts.visible} messages wait in the queue; more than "
                f"{MOST_FOREIGN} of others are not hidden for a test."
            )
        if self.options.spend_last_attempt or not self.attributes.counts.visible:
            return None
        most = self.receiver.max_receive_count
        return budget.refusal(most, budget.at_risk(self.workbench, self.queue, most))

    def _skip_all(self, reason: str) -> None:
        self.steps.end("upload", "skipped", "Not uploaded, because its event cannot be waited for.")
        self.steps.end("event", "skipped", reason)

    def _upload(self) -> None:
        self.steps.start("upload", f"to s3://{self.bucket}/{self.chosen.key}")
        s3, log = self.workbench.gateway.s3, self.workbench.journal.log
        put = s3.put_presigned if self.options.presigned else s3.put
        number = log.intend(
            self.operation, "put-object", [self.chosen.key], self.workbench.clock.now()
        )[self.chosen.key]
        self.upload_tried = True
        try:
            self.uploaded = put(
                self.bucket, self.chosen.key, self.material.data, self.material.content_type
            )
        except AwsError as error:
            log.settle(
                self.operation, [(number, "failed", error.sentence)], self.workbench.clock.now()
            )
            self.steps.end("upload", "fail", f"{error.sentence} {error.remedy}".strip())
            return
        self.upload_ended = self.workbench.clock.monotonic()
        log.settle(self.operation, [(number, "ok", None)], self.workbench.clock.now())
        how = " through a presigned URL" if self.options.presigned else ""
        self.steps.end(
            "upload", "pass", f"{len(self.material.data)} bytes as {self.chosen.key}{how}"
        )

    def _await_event(self) -> None:
        self.steps.start("event", f"for at most {self.options.timeout:g} s")
        found = self.wait.wait_for(self.is_own, self.upload_ended + self.options.timeout)
        if found is None:
            self._no_event()
            return
        self.message, arrived = found
        self.event = next(e for e in self.message.parsed.events if self._about_us(e))
        self.latency = max(0.0, arrived - self.upload_ended)
        again = (
            ""
            if self.message.receive_count == 1
            else (f", received {self.message.receive_count} times by now")
        )
        self.steps.end("event", "pass", f"{self.event.name} after {self.latency:.2f} s{again}")

    def _no_event(self) -> None:
        if self.cancel.is_set():
            self.steps.end("event", "skipped", "Cancelled.")
        elif self.wait.stopped:
            self.steps.end("event", "skipped", self.wait.stopped)
        elif self._taken():
            self.taken_at = self.watch.moved_at()
            self.steps.end("event", "skipped", "A live consumer was seen to take messages first.")
        else:
            self.steps.end("event", "fail", f"No event within {self.options.timeout:g} s.")

    def _taken(self) -> bool:
        """Whether somebody else was seen to take messages, and nothing proves that none came."""
        # A topic or EventBridge may lead to the queue too.
        proven = set(self.broken()[0]) - {"bucket.other-destination"}
        return not proven and self.watch.moved_at() is not None

    def is_own(self, message: Message) -> bool:
        """Whether the message is about the uploaded object being created, and nothing else."""
        events = message.parsed.events
        return bool(events) and all(
            self._about_us(e) and e.name.startswith("ObjectCreated") for e in events
        )

    def _about_us(self, event: S3Event) -> bool:
        return event.bucket == self.bucket and event.key == self.chosen.key

    def _verify(self) -> None:
        head = self.uploaded
        if self.event is None or head is None:
            self.steps.end("verify", "skipped", "There is no event to check.")
            return
        self.steps.start("verify")
        wrong = _differences(self.event, head, len(self.material.data))
        good = "bucket, key, size and ETag are those of the upload"
        self.steps.end("verify", "fail" if wrong else "pass", wrong or good)

    def _read(self) -> None:
        self.steps.start("read")
        head = self.workbench.gateway.s3.head(
            self.bucket, self.chosen.key, self.uploaded.version_id if self.uploaded else None
        )
        audio, problem = look_at_audio(self.workbench, head)
        wrong = self.material.difference(head.size, audio)
        if wrong:
            self.steps.end("read", "fail", f"{wrong} {problem or ''}".strip())
        elif audio is None:
            self.steps.end("read", "pass", f"{head.size} bytes; no audio to read: {problem}")
        else:
            self.steps.end(
                "read",
                "pass",
                f"{audio.duration_seconds:.1f} s at {audio.bit_rate // 1000} kbit/s, "
                f"{len(audio.tags)} tags",
            )

    def _clean_up(self) -> None:
        self.steps.skip_rest("Not reached.")
        waits = self.taken_at is not None and not self.options.keep
        timeout = self.attributes.visibility_timeout
        patience = f"after the consumer's visibility timeout of {timeout} s, while it may read"
        self.steps.start("clean-up", patience if waits else "")
        try:
            status, detail = upload_cleanup.clean_up(self)
        except ConsoleError as error:
            status, detail = "fail", f"{error.sentence} {error.remedy}".strip()
        self.steps.end("clean-up", status, detail)

    def broken(self) -> tuple[tuple[str, ...], str]:
        """Why no event came, as far as it is proven: ids of causes, and a sentence."""
        return broken_joint(self.configuration, self.attributes, self.chosen.key)


def _differences(event: S3Event, head: ObjectHead, size: int) -> str | None:
    """What the event says otherwise than the upload, in words; fields it leaves out say nothing."""
    wrong: list[str] = []
    if event.size is not None and event.size != size:
        wrong.append(f"size {event.size} instead of {size}")
    if event.etag is not None and event.etag.strip('"') != head.etag:
        wrong.append(f"ETag {event.etag} instead of {head.etag}")
    if None not in (event.version_id, head.version_id) and event.version_id != head.version_id:
        wrong.append(f"version {event.version_id} instead of {head.version_id}")
    return f"The event says {', '.join(wrong)}." if wrong else None
