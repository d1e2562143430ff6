"""SQS's own message move tasks: whole DLQs redriven by the server.

Raises `AwsError` throughout; of kind `unsupported` where the endpoint does not know these calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast, get_args

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.models.move_task import MoveState, MoveTask
from console.models.pipeline import QueueRef

_LISTED = 10
"""`ListMessageMoveTasks` returns at most so many (SQS API Reference)."""


class MoveTasks:
    """Starts, lists and cancels move tasks, and tells which queues a DLQ serves."""

    def __init__(self, clients: ClientFactory) -> None:
        self._clients = clients

    def start(
        self, source: QueueRef, destination_arn: str | None = None, rate: int | None = None
    ) -> str:
        """Start moving every message of a DLQ; returns the task's handle.

        Each goes back to its own source queue where no destination is named. `rate` is in messages
        a second, at most 500. Not repeated behind the caller's back.
        """
        more: dict[str, Any] = {}
        if destination_arn is not None:
            more["DestinationArn"] = destination_arn
        if rate is not None:
            more["MaxNumberOfMessagesPerSecond"] = rate
        with self._call("StartMessageMoveTask", source):
            client = self._clients.client("sqs", source.region, attempts=1)
            answer = client.start_message_move_task(SourceArn=source.arn, **more)
        return str(answer.get("TaskHandle", ""))

    def tasks(self, source: QueueRef) -> tuple[MoveTask, ...]:
        """The newest tasks of a DLQ, at most ten, the newest first."""
        with self._call("ListMessageMoveTasks", source):
            client = self._clients.client("sqs", source.region)
            answer = client.list_message_move_tasks(SourceArn=source.arn, MaxResults=_LISTED)
        tasks = [_task(source, raw) for raw in answer.get("Results", [])]
        return tuple(sorted(tasks, key=_age, reverse=True))

    def cancel(self, source: QueueRef, handle: str) -> int:
        """Cancel a task; what it has moved stays moved. Returns SQS's approximate count of it."""
        with self._call("CancelMessageMoveTask", source):
            client = self._clients.client("sqs", source.region)
            answer = client.cancel_message_move_task(TaskHandle=handle)
        return int(answer.get("ApproximateNumberOfMessagesMoved", 0))

    def sources(self, dlq: QueueRef) -> tuple[str, ...]:
        """The URLs of the queues whose redrive policy names this DLQ."""
        with self._call("ListDeadLetterSourceQueues", dlq):
            client = self._clients.client("sqs", dlq.region)
            pages = client.get_paginator("list_dead_letter_source_queues")
            return tuple(
                str(url)
                for page in pages.paginate(QueueUrl=dlq.url)
                for url in page.get("queueUrls", [])
            )

    def _call(self, name: str, queue: QueueRef) -> Any:
        return aws_call(self._clients.context(f"sqs:{name}", f"queue {queue.name}"))


def _task(source: QueueRef, raw: Mapping[str, Any]) -> MoveTask:
    state = str(raw.get("Status", "UNKNOWN"))
    to_move, rate = raw.get("ApproximateNumberOfMessagesToMove"), None
    if "MaxNumberOfMessagesPerSecond" in raw:
        rate = int(raw["MaxNumberOfMessagesPerSecond"])
    return MoveTask(
        source_arn=source.arn,
        state=cast(MoveState, state if state in get_args(MoveState) else "UNKNOWN"),
        moved=int(raw.get("ApproximateNumberOfMessagesMoved", 0)),
        to_move=None if to_move is None else int(to_move),
        handle=raw.get("TaskHandle") or None,
        destination_arn=raw.get("DestinationArn") or None,
        rate=rate,
        failure=raw.get("FailureReason") or None,
        started_at=_started(raw.get("StartedTimestamp")),
    )


def _started(milliseconds: Any) -> datetime | None:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC) if milliseconds else None


def _age(task: MoveTask) -> datetime:
    return task.started_at or datetime.min.replace(tzinfo=UTC)
