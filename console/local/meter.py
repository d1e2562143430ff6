"""Counts what happens at the queues, for every caller, as AWS does for its metrics.

The emulator publishes no `AWS/SQS` metrics of its own. The meter sits around its receive and
delete actions, and looks at the queues' messages for arrivals, ages and counts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.local.emulator import service

_AGE_LIMIT_RECEIVES = 3


@dataclass(slots=True)
class Flow:
    """What happened at one queue since it was last taken."""

    sent_sizes: list[float] = field(default_factory=list[float])
    received: int = 0
    deleted: int = 0
    empty_receives: int = 0


@dataclass(frozen=True, slots=True)
class Gauges:
    """One queue now. `oldest_age` is in seconds, 0 for an empty queue, as CloudWatch has it."""

    visible: int
    in_flight: int
    delayed: int
    oldest_age: float


class Meter:
    """Flows and gauges of some queues of the emulator in this process.

    Safe to read from any thread.
    """

    def __init__(self, queue_arns: Sequence[str]) -> None:
        self._sqs = service("sqs")
        self._arns = {arn.rsplit(":", 1)[-1]: arn for arn in queue_arns}
        self._flows = {name: Flow() for name in self._arns}
        self._arrivals: dict[str, dict[str, float]] = {name: {} for name in self._arns}
        self._lock = threading.Lock()

    def install(self) -> None:
        """Put the meter around the emulator's actions."""
        handlers = self._sqs._HANDLERS
        receive = handlers["ReceiveMessage"]
        handlers["ReceiveMessage"] = self._around_receive(receive)
        for action in ("DeleteMessage", "DeleteMessageBatch"):
            handlers[action] = self._around_delete(handlers[action])

    def look(self) -> None:
        """Notice new messages; each is counted as sent unless a redrive policy moved it."""
        with self._lock:
            for name in self._arns:
                self._notice(name)

    def take(self, name: str) -> Flow:
        """What happened at this queue since the last call."""
        self.look()
        with self._lock:
            flow = self._flows[name]
            self._flows[name] = Flow()
        return flow

    def gauges(self, name: str) -> Gauges:
        """Count the messages of this queue as they are now."""
        self.look()
        now = time.time()
        messages = self._messages(name)
        visible = [one for one in messages if one["visible_at"] <= now]
        hidden = [one for one in messages if one["visible_at"] > now]
        delayed = sum(1 for one in hidden if one["receive_count"] == 0)
        return Gauges(len(visible), len(hidden) - delayed, delayed, self._oldest_age(name, now))

    def _oldest_age(self, name: str, now: float) -> float:
        """Seconds; a dead-lettered message counts from its move, others from their sending.

        CloudWatch leaves out what was received three times or more, except in a DLQ.
        """
        moved = self._arrivals[name]
        since = [
            moved.get(one["id"], now) if _was_moved(one) else one["sent_at"]
            for one in self._messages(name)
            if _was_moved(one) or one["receive_count"] < _AGE_LIMIT_RECEIVES
        ]
        return max(0.0, now - min(since, default=now))

    def _messages(self, name: str) -> list[dict[str, Any]]:
        queue = self._sqs._queue_by_arn(self._arns[name])
        return [] if queue is None else list(queue["messages"])

    def _notice(self, name: str) -> None:
        now = time.time()
        known = self._arrivals[name]
        present: dict[str, float] = {}
        for message in self._messages(name):
            if message["id"] not in known and not _was_moved(message):
                self._flows[name].sent_sizes.append(float(len(message["body"].encode())))
            present[message["id"]] = known.get(message["id"], now)
        self._arrivals[name] = present

    def _around_receive(
        self, receive: Callable[..., Awaitable[dict[str, Any]]]
    ) -> Callable[..., Awaitable[dict[str, Any]]]:
        async def metered(data: dict[str, Any], url: str) -> dict[str, Any]:
            result = await receive(data, url)
            count = len(result.get("Messages", ()))
            self._count(data, url, received=count, empty=0 if count else 1)
            return result

        return metered

    def _around_delete(
        self, delete: Callable[..., dict[str, Any]]
    ) -> Callable[..., dict[str, Any]]:
        def metered(data: dict[str, Any], url: str) -> dict[str, Any]:
            self.look()
            result = delete(data, url)
            self._count(data, url, deleted=len(result.get("Successful", (None,))))
            return result

        return metered

    def _count(
        self, data: dict[str, Any], url: str, *, received: int = 0, empty: int = 0, deleted: int = 0
    ) -> None:
        name = str(data.get("QueueUrl", url)).rsplit("/", 1)[-1]
        with self._lock:
            flow = self._flows.get(name)
            if flow is None:
                return
            self._notice(name)
            flow.received += received
            flow.empty_receives += empty
            flow.deleted += deleted


def _was_moved(message: dict[str, Any]) -> bool:
    return "DeadLetterQueueSourceArn" in message.get("sys", {})
