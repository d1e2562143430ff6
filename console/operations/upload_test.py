"""The end-to-end upload test: put an object, wait for its event, check both, clean up."""

from __future__ import annotations

import threading

from console.errors import AwsError, Cancelled, ConsoleError
from console.models.event import S3Event
from console.models.finding import Finding
from console.models.notification import NotificationConfiguration
from console.models.object import ObjectHead
from console.models.upload import StepName, UploadOptions, UploadReport
from console.operations import budget, upload_cleanup, upload_history
from console.operations.event_wait import MOST_FOREIGN
from console.operations.object_view import look_at_audio
from console.operations.upload_doctor import ask_doctor, in_words
from console.operations.upload_key import choose_key
from console.operations.upload_material import load_material
from console.operations.upload_report import report_on
from console.operations.upload_run import UploadRun
from console.operations.upload_steps import OnStep
from console.operations.workbench import Workbench, require_write

_EXPLAINED: tuple[StepName, ...] = ("upload", "event")
_OPEN = (
    "The doctor finds nothing that keeps it from the queue: it was delayed, or taken by a consumer "
    "that was not seen."
)


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
    return _run(run)


def _configuration(workbench: Workbench, bucket: str) -> NotificationConfiguration | None:
    try:
        return workbench.gateway.s3.notification(bucket)
    except AwsError as error:
        if error.kind == "access-denied":
            return None
        raise


def _run(run: UploadRun) -> UploadReport:
    """All steps in their order, the clean-up whatever happened before it."""
    try:
        refused = _why_not(run)
        if refused:
            _skip_all(run, refused)
        else:
            _path(run)
    except ConsoleError as error:
        run.steps.fail_open(error.sentence)
    except BaseException:
        _clean_up(run)
        upload_history.record(run.workbench, run.operation, report_on(run), "interrupted")
        raise
    _explain(run)
    _clean_up(run)
    report = report_on(run)
    state = "interrupted" if run.cancel.is_set() else "done"
    upload_history.record(run.workbench, run.operation, report, state)
    if run.cancel.is_set():
        raise Cancelled("The upload test")
    return report


def _explain(run: UploadRun) -> None:
    """Ask the doctor about an upload or an event that failed, unless it was asked already."""
    for name in _EXPLAINED:
        step = run.steps.get(name)
        if step and step.status == "fail" and run.causes is None and not run.cancel.is_set():
            run.causes = ask_doctor(run, name)
            if run.causes:
                run.steps.add(name, in_words(run.causes))


def _path(run: UploadRun) -> None:
    with run.watch.running():
        _upload(run)
        if run.uploaded and not run.cancel.is_set():
            _await_event(run)
    if run.uploaded and not run.cancel.is_set():
        _verify(run)
        _read(run)


def _why_not(run: UploadRun) -> str | None:
    """Why the event cannot be waited for; then nothing is uploaded either, because its event
    would be left to a consumer that finds no object."""
    if run.attributes.counts.visible > MOST_FOREIGN:
        return (
            f"About {run.attributes.counts.visible} messages wait in the queue; more than "
            f"{MOST_FOREIGN} of others are not hidden for a test."
        )
    if run.options.spend_last_attempt or not run.attributes.counts.visible:
        return None
    most = run.receiver.max_receive_count
    return budget.refusal(most, budget.at_risk(run.workbench, run.queue, most))


def _skip_all(run: UploadRun, reason: str) -> None:
    run.steps.end("upload", "skipped", "Not uploaded, because its event cannot be waited for.")
    run.steps.end("event", "skipped", reason)


def _upload(run: UploadRun) -> None:
    run.steps.start("upload", f"to s3://{run.bucket}/{run.chosen.key}")
    s3, log = run.workbench.gateway.s3, run.workbench.journal.log
    put = s3.put_presigned if run.options.presigned else s3.put
    number = log.intend(run.operation, "put-object", [run.chosen.key], run.workbench.clock.now())[
        run.chosen.key
    ]
    run.upload_tried = True
    try:
        run.uploaded = put(run.bucket, run.chosen.key, run.material.data, run.material.content_type)
    except AwsError as error:
        log.settle(run.operation, [(number, "failed", error.sentence)], run.workbench.clock.now())
        run.steps.end("upload", "fail", f"{error.sentence} {error.remedy}".strip())
        return
    run.upload_ended = run.workbench.clock.monotonic()
    log.settle(run.operation, [(number, "ok", None)], run.workbench.clock.now())
    how = " through a presigned URL" if run.options.presigned else ""
    run.steps.end("upload", "pass", f"{len(run.material.data)} bytes as {run.chosen.key}{how}")


def _await_event(run: UploadRun) -> None:
    if run.configuration is not None and not run.configuration.rules:
        # Receiving could bring nothing but messages of others, and would cost them an attempt.
        run.steps.end("event", "fail", "No event can come, so nothing was received.")
        return
    run.steps.start("event", f"for at most {run.options.timeout:g} s")
    found = run.wait.wait_for(run.is_own, run.upload_ended + run.options.timeout)
    if found is None:
        _no_event(run)
        return
    run.message, arrived = found
    run.event = next(e for e in run.message.parsed.events if run.is_about_us(e))
    run.latency = max(0.0, arrived - run.upload_ended)
    again = (
        ""
        if run.message.receive_count == 1
        else (f", received {run.message.receive_count} times by now")
    )
    run.steps.end("event", "pass", f"{run.event.name} after {run.latency:.2f} s{again}")


def _no_event(run: UploadRun) -> None:
    if run.cancel.is_set():
        run.steps.end("event", "skipped", "Cancelled.")
        return
    if run.wait.stopped:
        run.steps.end("event", "skipped", run.wait.stopped)
        return
    moved_at = run.watch.moved_at()
    said = f"No event within {run.options.timeout:g} s."
    run.steps.stop(f"{said} Asking the doctor why.")
    causes = ask_doctor(run, "event")
    if run.cancel.is_set():
        run.steps.end("event", "skipped", "Cancelled.")
    elif moved_at is not None and not _proven(causes):
        run.taken_at = moved_at
        run.steps.end("event", "skipped", "A live consumer was seen to take messages first.")
    else:
        run.causes = causes
        why = in_words(causes) or _OPEN
        run.steps.end("event", "fail", f"{said} {why}")


def _proven(causes: tuple[Finding, ...]) -> bool:
    """Whether it is proven that no event came, though somebody else took messages."""
    # A topic or EventBridge may lead to the queue too.
    return any(c.certainty == "proven" and c.id != "bucket.other-destination" for c in causes)


def _verify(run: UploadRun) -> None:
    head = run.uploaded
    if run.event is None or head is None:
        run.steps.end("verify", "skipped", "There is no event to check.")
        return
    run.steps.start("verify")
    wrong = _differences(run.event, head, len(run.material.data))
    good = "bucket, key, size and ETag are those of the upload"
    run.steps.end("verify", "fail" if wrong else "pass", wrong or good)


def _read(run: UploadRun) -> None:
    run.steps.start("read")
    head = run.workbench.gateway.s3.head(
        run.bucket, run.chosen.key, run.uploaded.version_id if run.uploaded else None
    )
    audio, problem = look_at_audio(run.workbench, head)
    wrong = run.material.difference(head.size, audio)
    if wrong:
        run.steps.end("read", "fail", f"{wrong} {problem or ''}".strip())
    elif audio is None:
        run.steps.end("read", "pass", f"{head.size} bytes; no audio to read: {problem}")
    else:
        run.steps.end(
            "read",
            "pass",
            f"{audio.duration_seconds:.1f} s at {audio.bit_rate // 1000} kbit/s, "
            f"{len(audio.tags)} tags",
        )


def _clean_up(run: UploadRun) -> None:
    run.steps.skip_rest("Not reached.")
    waits = run.taken_at is not None and not run.options.keep
    timeout = run.attributes.visibility_timeout
    patience = f"after the consumer's visibility timeout of {timeout} s, while it may read"
    run.steps.start("clean-up", patience if waits else "")
    try:
        status, detail = upload_cleanup.clean_up(run)
    except ConsoleError as error:
        status, detail = "fail", f"{error.sentence} {error.remedy}".strip()
    run.steps.end("clean-up", status, detail)


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
