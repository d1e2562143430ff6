"""Send messages again as they were: all they carry, in batches that fit, every answer read."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from console.aws.sqs import BATCH
from console.errors import AwsError
from console.journal.moves import MessageCopy
from console.models.message import EntryFailure, Message
from console.models.moving import Effect
from console.models.outgoing import Outgoing
from console.models.pipeline import QueueRef
from console.operations.workbench import Workbench

MOST_BYTES = 1_048_576
"""All messages of one batch together (SQS quotas)."""
WAITS = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between tries."""
_MOST_UNANSWERED = 3
"""Every try without an answer may bring messages there once more, so there are few."""
NO_DOUBTS: Mapping[str, int] = {}
THROTTLED_CODES = ("RequestThrottled", "ThrottlingException", "Throttling")


def outgoing(message: Message | MessageCopy, queue: QueueRef, operation: str) -> Outgoing:
    """What to send to `queue` so that it gets the message as it was.

    A group id is kept on standard queues too, where it makes fair queues; a FIFO queue needs one,
    and a message without gets its own. Within five minutes SQS accepts a known deduplication id
    and delivers nothing, so the copy gets a new one, which stays the same however often the same
    operation sends it (SQS Developer Guide, exactly-once processing).
    """
    system = message.system_attributes
    group = system.get("MessageGroupId")
    return Outgoing(
        message_id=message.message_id,
        body=message.body,
        attributes=message.attributes,
        trace_header=system.get("AWSTraceHeader"),
        group_id=(group or message.message_id) if queue.fifo else group,
        deduplication_id=_stable_id(operation, message.message_id) if queue.fifo else None,
    )


def _stable_id(operation: str, message_id: str) -> str:
    return hashlib.sha256(f"{operation}/{message_id}".encode()).hexdigest()


@dataclass
class Sent:
    """What came of sending: a fate for every message by id, and the failure that ends it all."""

    effects: dict[str, Effect] = field(default_factory=dict[str, Effect])
    fatal: AwsError | None = None

    def all_are(
        self,
        messages: Sequence[Outgoing],
        fate: Literal["left", "failed"],
        reason: str | None = None,
        doubts: Mapping[str, int] = NO_DOUBTS,
    ) -> None:
        """These messages share a fate, unless one has its own already. Of the doubted nobody knows
        whether they were sent."""
        for message in messages:
            twice = doubts.get(message.message_id, 0)
            effect = Effect("unknown" if twice else fate, reason, twice=twice)
            self.effects.setdefault(message.message_id, effect)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends to one queue. `largest` is what the queue takes as one message, in bytes."""

    workbench: Workbench
    queue: QueueRef
    largest: int
    cancel: threading.Event

    def send(self, messages: Sequence[Outgoing]) -> Sent:
        """Send messages in batches of ten and 1 MiB.

        What helps is tried again: throttling, a lost answer, a fault of AWS's own. Every try that
        may have brought a message there once more is counted in `twice`. Raises nothing that AWS
        answers: it stands in the result.
        """
        done = Sent()
        fitting: list[Outgoing] = []
        for message in messages:
            if message.size <= self.largest:
                fitting.append(message)
                continue
            too_long = f"{message.size} bytes are more than {self.queue.name} takes: {self.largest}"
            done.effects[message.message_id] = Effect("failed", too_long)
        for batch in batches(fitting):
            if done.fatal is not None:
                done.all_are(batch, "left")
            else:
                self._batch(batch, Counter(), done)
        return done

    def _batch(self, batch: Sequence[Outgoing], doubts: Counter[str], done: Sent) -> None:
        """Send one batch until every entry has its answer or the tries are used up."""
        left = list(batch)
        problem, last, unanswered = "cancelled", None, 0
        for wait in (*WAITS, None):
            try:
                answer = self.workbench.gateway.sqs.send(self.queue, left)
            except AwsError as error:
                problem, last = error.sentence, error
                if error.maybe_done:
                    doubts.update(m.message_id for m in left)
                    unanswered += 1
                elif error.kind == "invalid" and len(left) > 1:
                    self._halves(left, doubts, done)
                    return
                elif error.kind == "invalid":
                    done.all_are(left, "failed", error.sentence, doubts)
                    return
                elif error.kind not in ("throttled", "unreachable"):
                    done.fatal = error
                    break
            else:
                last = None
                for message_id, new_id in answer.sent.items():
                    done.effects[message_id] = Effect(
                        "through", new_id=new_id, twice=doubts[message_id]
                    )
                left = _to_retry(left, answer.failed, doubts, done)
                problem = answer.failed[0].reason if answer.failed else problem
            if not left or wait is None or unanswered == _MOST_UNANSWERED:
                break
            if self.workbench.clock.wait(self.cancel, wait):
                break
        # Who answers nothing but faults after all these tries will not do better on the next batch.
        done.fatal = done.fatal or (None if self.cancel.is_set() else last)
        stopping = done.fatal is not None or self.cancel.is_set()
        done.all_are(left, "left" if stopping else "failed", problem, doubts)

    def _halves(self, batch: Sequence[Outgoing], doubts: Counter[str], done: Sent) -> None:
        """SQS refuses a whole batch for one bad or too large entry: find it."""
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            if done.fatal is None:
                self._batch(half, doubts, done)
        done.all_are(batch, "left", None, doubts)


def _to_retry(
    batch: Sequence[Outgoing], failed: Sequence[EntryFailure], doubts: Counter[str], done: Sent
) -> list[Outgoing]:
    """Keep the reasons of entries that a second try does not help; returns the others.

    An entry that is neither in `Successful` nor in `Failed` has an unknown fate.
    """
    reasons = {failure.message_id: failure for failure in failed}
    again: list[Outgoing] = []
    for message in batch:
        failure = reasons.get(message.message_id)
        if failure is None and message.message_id not in done.effects:
            doubts[message.message_id] += 1
            again.append(message)
        elif failure is not None and helps_again(failure):
            # A fault of AWS's own says nothing of whether the message was stored.
            if failure.code not in THROTTLED_CODES:
                doubts[message.message_id] += 1
            again.append(message)
        elif failure is not None:
            twice = doubts[message.message_id]
            done.effects[message.message_id] = Effect(
                "unknown" if twice else "failed", failure.reason, twice=twice
            )
    return again


def helps_again(failure: EntryFailure) -> bool:
    """Whether a second try may help a batch entry: AWS's own fault, or throttling."""
    return not failure.sender_fault or failure.code in THROTTLED_CODES


def batches(messages: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Batches in order, of at most ten messages and 1 MiB in all.

    For a FIFO queue each has a message group once: an entry that has to be sent a second time
    would come after the later ones of its group.
    """
    batch: list[Outgoing] = []
    size = 0
    for message in messages:
        full = len(batch) == BATCH or size + message.size > MOST_BYTES
        if batch and (full or _has_group_of(batch, message)):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += message.size
    if batch:
        yield batch


def _has_group_of(batch: Sequence[Outgoing], message: Outgoing) -> bool:
    fifo = message.deduplication_id is not None
    return fifo and any(m.group_id == message.group_id for m in batch)
