"""What the upload test leaves behind: nothing of its own, and everything of others visible."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from console.errors import AwsError
from console.models.message import Message
from console.models.object import ObjectHead
from console.models.upload import StepStatus
from console.notification import explain_match
from console.operations.event_wait import EventWait
from console.operations.upload_key import REMOVAL_EVENTS, fires
from console.operations.upload_run import UploadRun

_REMOVAL_SECONDS = 10.0
_LATE_EVENT_SECONDS = 2.0
_QUICK_RELEASE_SECONDS = 3.0


def clean_up(run: UploadRun) -> tuple[StepStatus, str]:
    """Delete message, object and removal event, then release what belongs to others.

    Returns the step's status and what was done in words. The messages of others are released
    last, because giving them back before would cost them a second attempt.
    """
    done: list[str] = []
    problems: list[str] = []
    try:
        _objects(run, done, problems)
    finally:
        _messages_of_others(run, done, problems)
    if problems:
        return "fail", " ".join(problems)
    return ("pass" if run.upload_tried else "skipped"), "; ".join(done) or "nothing to clean up"


def _objects(run: UploadRun, done: list[str], problems: list[str]) -> None:
    if run.options.keep:
        done.append("object and message kept")
        return
    head = _stored(run, problems)
    if head is not None and _event_not_awaited(run):
        _own_event(run, done, problems)
    _own_messages(run, done, problems)
    if head is None:
        return
    taken_at = run.taken_at
    if taken_at is not None and run.uploaded is not None:
        # The wait is long: what belongs to others must not stay hidden for it.
        _messages_of_others(run, done, problems)
        _let_consumer_read(run, taken_at, done)
    if not _delete_object(run, head, done, problems):
        return
    if run.event is None and run.wait.stopped:
        done.append("its event, if it comes, is left to the consumer")
    if not _causes_removal_event(run):
        return
    if taken_at is not None:
        done.append("the removal event is left to the consumer")
    else:
        _removal_event(run, done, problems)


def _own_messages(
    run: UploadRun, done: list[str], problems: list[str], what: str = "message"
) -> None:
    """Delete own messages through leases that are still valid, never through a stale handle."""
    if not run.wait.own:
        return
    bench, queue = run.workbench, run.queue
    valid = {m: lease for m in run.wait.own if (lease := bench.leases.valid(queue, m)) is not None}
    lost = [message_id for message_id in run.wait.own if message_id not in valid]
    at = bench.clock.now()
    numbers = bench.journal.log.intend(run.operation, "delete-message", list(valid), at)
    handles = {message_id: lease.receipt_handle for message_id, lease in valid.items()}
    try:
        failures = {f.message_id: f.reason for f in bench.gateway.sqs.delete(queue, handles)}
    except AwsError as error:
        # The object has to be removed all the same.
        failures = dict.fromkeys(valid, error.sentence.removesuffix("."))
    outcomes = [
        (number, "failed" if message_id in failures else "ok", failures.get(message_id))
        for message_id, number in numbers.items()
    ]
    bench.journal.log.settle(run.operation, outcomes, bench.clock.now())
    gone = [message_id for message_id in valid if message_id not in failures]
    bench.leases.drop(queue, gone)
    bench.journal.memory.forget(queue.arn, gone)
    run.wait.own.clear()
    if gone:
        done.append(f"{what} deleted" if len(gone) == 1 else f"{len(gone)} {what}s deleted")
    problems += [f"The {what} was not deleted: {reason}." for reason in failures.values()]
    problems += ["The lease on the test's own message ran out before it was deleted."] * bool(lost)


def _let_consumer_read(run: UploadRun, taken_at: float, done: list[str]) -> None:
    """Wait until one visibility timeout has passed since the event was taken, or a cancel."""
    clock = run.workbench.clock
    until = taken_at + run.attributes.visibility_timeout
    seconds = until - clock.monotonic()
    if seconds > 0 and not clock.wait(run.cancel, seconds):
        done.append("one visibility timeout waited for the consumer")


def _stored(run: UploadRun, problems: list[str]) -> ObjectHead | None:
    """What was uploaded. S3 itself is asked where the upload's answer may have been lost."""
    if run.uploaded is not None or not run.upload_tried:
        return run.uploaded
    try:
        return run.workbench.gateway.s3.head(run.bucket, run.chosen.key)
    except AwsError as error:
        if error.kind not in ("no-such-key", "access-denied", "no-such-bucket"):
            problems.append(f"Whether {run.chosen.key} was stored is unknown: {error.sentence}")
        return None


def _event_not_awaited(run: UploadRun) -> bool:
    """Whether the run ended before its event came, though it may come still."""
    event = run.steps.get("event")
    ended_early = run.message is None and event is not None and event.status == "skipped"
    undecided = run.wait.stopped is None and run.taken_at is None
    possible = run.configuration is None or bool(run.configuration.rules)
    return ended_early and undecided and possible


def _own_event(run: UploadRun, done: list[str], problems: list[str]) -> None:
    """Receive the event of an upload that was cancelled before it came, so that it is deleted."""
    try:
        found = _wait_again(run, run.is_own, _LATE_EVENT_SECONDS)
    except AwsError as error:
        problems.append(f"Its event was not looked for: {error.sentence}")
        return
    if found is None:
        done.append("its event had not come, and may still reach the queue")


def _delete_object(run: UploadRun, head: ObjectHead, done: list[str], problems: list[str]) -> bool:
    """Delete what was uploaded, for good; whether that worked."""
    bench, key = run.workbench, run.chosen.key
    number = bench.journal.log.intend(run.operation, "delete-object", [key], bench.clock.now())[key]
    try:
        marker = bench.gateway.s3.delete(run.bucket, key, head.version_id)
        if marker is not None:
            bench.gateway.s3.delete(run.bucket, key, marker)
    except AwsError as error:
        at = bench.clock.now()
        bench.journal.log.settle(run.operation, [(number, "failed", error.sentence)], at)
        problems.append(f"{key} was not deleted: {error.sentence}")
        return False
    bench.journal.log.settle(run.operation, [(number, "ok", None)], bench.clock.now())
    done.append("version deleted" if head.version_id else "object deleted")
    return True


def _causes_removal_event(run: UploadRun) -> bool:
    key, configuration = run.chosen.key, run.configuration
    if configuration and run.event and run.event.wrapped_by:
        # The event came by SNS or EventBridge, and what goes there may come the same way.
        detours = [rule for rule in configuration.rules if rule.kind != "queue"]
        return any(
            explain_match(r, key, event).matches for r in detours for event in REMOVAL_EVENTS
        )
    return any(fires(configuration, run.queue, key, event) for event in REMOVAL_EVENTS)


def _removal_event(run: UploadRun, done: list[str], problems: list[str]) -> None:
    """Wait for the event that deleting the object caused, and delete it too."""
    found = _wait_again(run, lambda message: _is_removal(run, message), _REMOVAL_SECONDS)
    if found is not None:
        _own_messages(run, done, problems, "removal event")
    elif run.wait.stopped:
        problems.append(f"The removal event stays in the queue. {run.wait.stopped}")
    else:
        done.append(f"no removal event within {_REMOVAL_SECONDS:.0f} s")


def _wait_again(
    run: UploadRun, is_own: Callable[[Message], bool], seconds: float
) -> tuple[Message, float] | None:
    """Wait for one more message of the run's own, under the bounds that are used up already.

    A cancel has been heard by now, and must not keep the clean-up from ending.
    """
    receiver = replace(run.receiver, cancel=threading.Event())
    wait = EventWait(receiver, run.watch, run.options.spend_last_attempt)
    wait.continue_after(run.wait)
    run.wait = wait
    return wait.wait_for(is_own, run.workbench.clock.monotonic() + seconds)


def _is_removal(run: UploadRun, message: Message) -> bool:
    events = message.parsed.events
    return bool(events) and all(
        e.bucket == run.bucket and e.key == run.chosen.key and e.name.startswith("ObjectRemoved")
        for e in events
    )


def _messages_of_others(run: UploadRun, done: list[str], problems: list[str]) -> None:
    """Release everything this run still holds."""
    bench, queue = run.workbench, run.queue
    held = bench.leases.held(queue)
    ids = [lease.message_id for lease in held if lease.operation_id == run.operation]
    seconds = _QUICK_RELEASE_SECONDS if run.cancel.is_set() else None
    result = bench.leases.release(queue, ids, seconds=seconds)
    others = [m for m in result.released if m in run.wait.foreign]
    if others:
        done.append(f"{len(others)} of others released")
    spent = [m for m in others if m in run.wait.spent]
    if spent:
        done.append(f"{len(spent)} of these on no attempt now: its next receive dead-letters it")
    if result.failed:
        problems.append(
            f"{len(result.failed)} messages could not be released ({result.reason}); they "
            f"reappear by {result.reappear_at:%H:%M:%S} UTC."
        )
