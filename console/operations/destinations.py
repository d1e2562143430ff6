"""Where redriven messages go."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from console.errors import AwsError
from console.models.message import Message
from console.models.moving import Effect
from console.models.outgoing import Outgoing
from console.models.pipeline import QueueRef
from console.operations.queues import queue_by_arn
from console.operations.sending import MOST_BYTES, Sender, Sent, outgoing
from console.operations.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where messages go: to one queue, or each back to the queue it was dead-lettered from.

    `without_origin` takes the messages that never were in another queue, as after a re-send; they
    are skipped where it is `None`.
    """

    workbench: Workbench
    operation: str
    cancel: threading.Event
    to: QueueRef | None
    without_origin: QueueRef | None
    senders: dict[str, Sender | str] = field(default_factory=dict[str, "Sender | str"])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, messages: Sequence[Message]) -> Sent:
        """Send each message to its destination. Raises nothing that AWS answers: it stands in the
        result."""
        whole = Sent()
        routes: dict[str, tuple[Sender, list[Outgoing]]] = {}
        for message in messages:
            try:
                sender = self._sender(message)
            except AwsError as error:
                whole.fatal = error
                break
            if isinstance(sender, str):
                whole.effects[message.message_id] = Effect("skipped", sender)
                continue
            route = routes.setdefault(sender.queue.arn, (sender, []))
            route[1].append(outgoing(message, sender.queue, self.operation))
        for sender, mail in routes.values():
            if whole.fatal is not None:
                whole.all_are(mail, "left")
                continue
            sent = sender.send(mail)
            whole.effects.update(sent.effects)
            whole.fatal = sent.fatal
        return whole

    @property
    def queues(self) -> tuple[QueueRef, ...]:
        """The queues that something was sent to so far."""
        with self.lock:
            return tuple(s.queue for s in self.senders.values() if isinstance(s, Sender))

    def _sender(self, message: Message) -> Sender | str:
        """The sender for a message, or the sentence why there is none."""
        if self.to is not None:
            return self._to(self.to.arn, self.to)
        origin = message.system_attributes.get("DeadLetterQueueSourceArn")
        if origin:
            return self._to(origin, None)
        if self.without_origin is not None:
            return self._to(self.without_origin.arn, self.without_origin)
        return "it does not say which queue it came from; name one with --to"

    def _to(self, arn: str, queue: QueueRef | None) -> Sender | str:
        with self.lock:
            if arn not in self.senders:
                self.senders[arn] = self._opened(arn, queue)
            return self.senders[arn]

    def _opened(self, arn: str, queue: QueueRef | None) -> Sender | str:
        try:
            queue = queue or queue_by_arn(self.workbench, arn)
            largest = self.workbench.gateway.sqs.attributes(queue).maximum_message_size
        except AwsError as error:
            if error.kind in ("access-denied", "no-such-queue"):
                return self._unread(arn, queue, error)
            raise
        return Sender(self.workbench, queue, largest, self.cancel)

    def _unread(self, arn: str, queue: QueueRef | None, error: AwsError) -> Sender | str:
        """Who may send to a queue need not be allowed to read its attributes."""
        if queue is not None and error.kind == "access-denied":
            return Sender(self.workbench, queue, MOST_BYTES, self.cancel)
        return f"its queue {arn} cannot be reached: {error.sentence}"
