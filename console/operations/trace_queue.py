"""The queues in a trace: is the event waiting, in flight, or in the DLQ?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from console.errors import Cancelled, ConsoleError
from console.models.finding import Diagnosis
from console.models.message import Message
from console.models.queue import QueueCounts
from console.models.trace import TraceStep
from console.operations.doctor.common_facts import queue_ref
from console.operations.doctor.facts import Facts
from console.operations.trace_object import why_unknown
from console.operations.trace_scan import Scan, scan

_RECEIVE = "sqs:ReceiveMessage"
_ATTRIBUTES = "sqs:GetQueueAttributes"
_DOCTOR = "doctor"
_DEAD = "consumer.dead-lettered"
_NO_QUEUE = "The queue does not exist, so nothing is in it."


@dataclass(frozen=True, slots=True)
class Seen:
    """The counts of the queue as they were read for the trace, and the scan where one was made.

    `in_flight` is the most that were in flight before or after the scan: what a consumer held
    while it went on may be back behind it. `error` is the sentence why there are no counts, and
    `missing` says that it is because there is no queue.
    """

    counts: QueueCounts | None
    in_flight: int = 0
    scan: Scan | None = None
    error: str | None = None
    missing: bool = False


def look(facts: Facts, *, scanning: bool) -> Seen:
    """Read the queue's counts, and scan it where that is wanted. Raises `Cancelled`.

    To be called before the DLQ is looked at: a message that leaves the queue in between is seen
    there then.
    """
    bench, scanned = facts.bench, None
    try:
        queue = facts(queue_ref)
        counts = before = bench.gateway.sqs.attributes(queue).counts
        if scanning:
            scanned = scan(bench, queue, bench.need_bucket(), facts.key or "", facts.cancel)
            counts = bench.gateway.sqs.attributes(queue).counts
    except Cancelled:
        raise
    except ConsoleError as error:
        return Seen(None, 0, scanned, why_unknown(error))
    return Seen(counts, max(before.in_flight, counts.in_flight), scanned)


def as_diagnosed(seen: Seen, diagnosis: Diagnosis) -> Seen:
    """The same, where the doctor has proven that there is no queue to look into."""
    finding = diagnosis.finding("queue.missing")
    proven = finding and finding.status == "fail" and finding.certainty == "proven"
    return replace(seen, missing=True) if proven and seen.counts is None else seen


def waiting(seen: Seen) -> TraceStep:
    """Whether the event was seen in the queue."""
    if seen.missing:
        return TraceStep("waiting", "no", _DOCTOR, _NO_QUEUE)
    if seen.scan is not None:
        done = _scanned(seen.scan)
        delayed = seen.counts.delayed if seen.counts else 0
        return _delayed(delayed) if done.status == "no" and delayed else done
    if seen.counts is None:
        return TraceStep("waiting", "unknown", _ATTRIBUTES, seen.error or "Nothing is known.")
    there = seen.counts.visible + seen.counts.delayed
    if not there:
        return TraceStep("waiting", "no", _ATTRIBUTES, "No message waits in the queue.")
    detail = f"{_messages(there)} in the queue, and it may be among them: --scan looks."
    return TraceStep("waiting", "unknown", _ATTRIBUTES, detail)


def _delayed(count: int) -> TraceStep:
    """A scan sees nothing of what the queue holds back."""
    detail = f"{_messages(count)} delayed by the queue, and it may be among them."
    return TraceStep("waiting", "unknown", _ATTRIBUTES, detail)


def _scanned(done: Scan) -> TraceStep:
    if done.message is not None:
        return TraceStep("waiting", "yes", _RECEIVE, _told(done.message), done.message.sent_at)
    if done.why_not:
        detail = f"Not found in {_messages(done.read)}. {done.why_not}"
        return TraceStep("waiting", "unknown", _RECEIVE, detail)
    return TraceStep("waiting", "no", _RECEIVE, f"Not found in {_messages(done.read)}, all there.")


def _told(message: Message) -> str:
    times = "once" if message.receive_count == 1 else f"{message.receive_count} times"
    return f"Message {message.message_id}, received {times}, this scan included."


def in_flight(seen: Seen) -> TraceStep:
    """Whether a consumer may hold it: nobody can look into what is in flight."""
    if seen.missing:
        return TraceStep("in_flight", "no", _DOCTOR, _NO_QUEUE)
    if seen.counts is None:
        return TraceStep("in_flight", "unknown", _ATTRIBUTES, seen.error or "Nothing is known.")
    if not seen.in_flight:
        return TraceStep("in_flight", "no", _ATTRIBUTES, "No message is in flight.")
    detail = f"{_messages(seen.in_flight)} in flight with consumers, and it may be among them."
    return TraceStep("in_flight", "unknown", _ATTRIBUTES, detail)


def dead_lettered(diagnosis: Diagnosis) -> TraceStep:
    """Whether it is in the DLQ, as the doctor's own look has found."""
    finding = diagnosis.finding(_DEAD)
    if finding is None:
        return TraceStep("dead_lettered", "unknown", _DOCTOR, "The DLQ was not looked at.")
    evidence: Mapping[str, Any] = finding.evidence
    if finding.status == "fail" and "message_id" in evidence:
        at = _moment(evidence.get("sent_at"))
        return TraceStep("dead_lettered", "yes", _RECEIVE, finding.title, at)
    if finding.status == "pass" or (finding.status == "warn" and finding.certainty == "proven"):
        return TraceStep("dead_lettered", "no", _DOCTOR, finding.title)
    return TraceStep("dead_lettered", "unknown", _DOCTOR, finding.title)


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"
