"""SQS calls, typed. Batch answers are read entry by entry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from sys import intern
from typing import Any

from console.aws.errors import aws_call
from console.aws.session import ATTEMPTS, ClientFactory
from console.events import parsed_body
from console.models.message import EntryFailure, Message, MessageAttribute
from console.models.outgoing import Outgoing, SendAnswer
from console.models.pipeline import QueueRef
from console.models.queue import QueueAttributes, QueueCounts, RedrivePolicy

BATCH = 10
"""Entries in one batch call, and messages in one receive (SQS quotas)."""
NOT_TOLD = "NotTold"
"""The console's own code for a batch entry that stands in neither list of the answer."""


class Sqs:
    """The SQS calls the console makes."""

    def __init__(self, clients: ClientFactory) -> None:
        self._clients = clients

    def _client(self, queue: QueueRef) -> Any:
        return self._clients.client("sqs", queue.region)

    def queue_url(self, name: str, *, account: str | None = None, region: str | None = None) -> str:
        """The URL of the queue called `name`, in `account` where it is not the caller's.

        Raises `AwsError` of kind `no-such-queue` where it does not exist or may not be seen.
        """
        owner = {"QueueOwnerAWSAccountId": account} if account else {}
        with aws_call(self._clients.context("sqs:GetQueueUrl", f"queue {name}")):
            client = self._clients.client("sqs", region)
            return str(client.get_queue_url(QueueName=name, **owner)["QueueUrl"])

    def attributes_of_url(self, url: str, *, region: str | None = None) -> QueueAttributes:
        """All attributes of the queue at `url`."""
        name = url.rstrip("/").rpartition("/")[2]
        with aws_call(self._clients.context("sqs:GetQueueAttributes", f"queue {name}")):
            client = self._clients.client("sqs", region)
            answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return parse_attributes(url, answer.get("Attributes", {}))

    def attributes(self, queue: QueueRef) -> QueueAttributes:
        """All attributes of `queue`, counts included. Raises `AwsError`."""
        return self.attributes_of_url(queue.url, region=queue.region)

    def receive(
        self,
        queue: QueueRef,
        *,
        limit: int,
        visibility: int,
        wait: int,
        max_receive_count: int | None,
    ) -> list[Message]:
        """Receive at most `limit` messages (1 to 10), hidden for `visibility` s, waiting `wait` s.

        Every receive raises the receive counts: it is a write. `max_receive_count` is the queue's
        budget, from which `receives_left` is counted. Never retried by itself: the messages of a
        lost answer are hidden already, and the second try would cost others an attempt.
        """
        with aws_call(self._clients.context("sqs:ReceiveMessage", f"queue {queue.name}")):
            client = self._clients.client("sqs", queue.region, attempts=1)
            answer = client.receive_message(
                QueueUrl=queue.url,
                MaxNumberOfMessages=limit,
                VisibilityTimeout=visibility,
                WaitTimeSeconds=wait,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
        return [
            parse_message(queue.arn, raw, max_receive_count) for raw in answer.get("Messages", [])
        ]

    def change_visibility(
        self, queue: QueueRef, handles: Mapping[str, str], seconds: int
    ) -> list[EntryFailure]:
        """Set the visibility of messages (message id to receipt handle); 0 releases them.

        Returns the entries that AWS refused or said nothing of. Batches of ten; a batch that
        fails as a whole raises `AwsError`.
        """
        return self._batched(
            queue,
            handles,
            operation="ChangeMessageVisibilityBatch",
            permission="ChangeMessageVisibility",
            extra={"VisibilityTimeout": seconds},
        )

    def delete(
        self, queue: QueueRef, handles: Mapping[str, str], *, once: bool = False
    ) -> list[EntryFailure]:
        """Delete messages through their receipt handles; returns the entries that AWS refused or
        said nothing of.

        `once` is for callers that have to know of every answer that was lost.
        """
        return self._batched(
            queue,
            handles,
            operation="DeleteMessageBatch",
            permission="DeleteMessage",
            extra={},
            attempts=1 if once else ATTEMPTS,
        )

    def send(self, queue: QueueRef, batch: Sequence[Outgoing]) -> SendAnswer:
        """Send one batch: at most ten messages, in all at most `MaximumMessageSize`.

        Never retried by itself: after a lost answer the messages may be there already, and the
        second try would make them twice. Raises `AwsError`.
        """
        ids = {str(index): message.message_id for index, message in enumerate(batch)}
        entries = [_entry(str(index), message) for index, message in enumerate(batch)]
        with aws_call(self._clients.context("sqs:SendMessage", f"queue {queue.name}")):
            client = self._clients.client("sqs", queue.region, attempts=1)
            answer = client.send_message_batch(QueueUrl=queue.url, Entries=entries)
            good, bad = answer.get("Successful", []), answer.get("Failed", [])
            return SendAnswer(
                sent={ids[str(e["Id"])]: str(e.get("MessageId", "")) for e in good},
                failed=_failures(bad, ids),
            )

    def purge(self, queue: QueueRef) -> None:
        """Destroy every message of `queue`, in flight and delayed ones too, and what is sent in
        the next 60 s. Raises `AwsError`, with code `PurgeQueueInProgress` within 60 s of another
        purge (SQS API Reference, PurgeQueue). It is tried once: another try after a lost answer
        would be told that a purge is in progress."""
        with aws_call(self._clients.context("sqs:PurgeQueue", f"queue {queue.name}")):
            self._clients.client("sqs", queue.region, attempts=1).purge_queue(QueueUrl=queue.url)

    def _batched(
        self,
        queue: QueueRef,
        handles: Mapping[str, str],
        *,
        operation: str,
        permission: str,
        extra: Mapping[str, Any],
        attempts: int = ATTEMPTS,
    ) -> list[EntryFailure]:
        failures: list[EntryFailure] = []
        method = {
            "ChangeMessageVisibilityBatch": "change_message_visibility_batch",
            "DeleteMessageBatch": "delete_message_batch",
        }[operation]
        for chunk in _chunks(list(handles.items()), BATCH):
            ids = {str(index): message_id for index, (message_id, _) in enumerate(chunk)}
            entries = [
                {"Id": str(index), "ReceiptHandle": handle, **extra}
                for index, (_, handle) in enumerate(chunk)
            ]
            with aws_call(self._clients.context(f"sqs:{permission}", f"queue {queue.name}")):
                client = self._clients.client("sqs", queue.region, attempts=attempts)
                answer = getattr(client, method)(QueueUrl=queue.url, Entries=entries)
                failures += _not_done(answer, ids)
        return failures

    def event_source_mappings(self, queue: QueueRef) -> list[str]:
        """Names of the Lambda functions that poll `queue` (`lambda:ListEventSourceMappings`)."""
        context = self._clients.context("lambda:ListEventSourceMappings", f"queue {queue.name}")
        with aws_call(context):
            client = self._clients.client("lambda", queue.region)
            pages = client.get_paginator("list_event_source_mappings")
            mappings = [
                mapping
                for page in pages.paginate(EventSourceArn=queue.arn)
                for mapping in page.get("EventSourceMappings", [])
            ]
        return [str(m.get("FunctionArn") or m.get("UUID")) for m in mappings if _polls(m)]


def _entry(number: str, message: Outgoing) -> dict[str, Any]:
    """One entry of `SendMessageBatch`."""
    entry: dict[str, Any] = {"Id": number, "MessageBody": message.body}
    if message.attributes:
        entry["MessageAttributes"] = {
            name: {
                "DataType": a.type,
                ("BinaryValue" if isinstance(a.value, bytes) else "StringValue"): a.value,
            }
            for name, a in message.attributes.items()
        }
    if message.trace_header is not None:
        entry["MessageSystemAttributes"] = {
            "AWSTraceHeader": {"DataType": "String", "StringValue": message.trace_header}
        }
    if message.group_id is not None:
        entry["MessageGroupId"] = message.group_id
    if message.deduplication_id is not None:
        entry["MessageDeduplicationId"] = message.deduplication_id
    return entry


def _polls(mapping: Mapping[str, Any]) -> bool:
    return str(mapping.get("State", "Enabled")) not in {"Disabled", "Deleting"}


def _failures(failed: Iterable[Mapping[str, Any]], ids: Mapping[str, str]) -> list[EntryFailure]:
    return [
        EntryFailure(
            message_id=ids[str(entry["Id"])],
            code=str(entry.get("Code", "")),
            reason=str(entry.get("Message") or entry.get("Code", "")),
            sender_fault=bool(entry.get("SenderFault", False)),
        )
        for entry in failed
    ]


def _not_done(answer: Mapping[str, Any], ids: Mapping[str, str]) -> list[EntryFailure]:
    """The entries of a batch that are not known to be done: those that failed, and those that the
    answer does not speak of, whose fate is unknown."""
    failures = _failures(answer.get("Failed", []), ids)
    told = {failure.message_id for failure in failures}
    told |= {ids[str(entry["Id"])] for entry in answer.get("Successful", [])}
    silent = [message_id for message_id in ids.values() if message_id not in told]
    return failures + [
        EntryFailure(message_id, NOT_TOLD, "AWS's answer does not speak of it", sender_fault=False)
        for message_id in silent
    ]


def _chunks(items: Sequence[tuple[str, str]], size: int) -> Iterable[Sequence[tuple[str, str]]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def parse_message(queue_arn: str, raw: Mapping[str, Any], max_receive_count: int | None) -> Message:
    """A `Message` from one entry of `ReceiveMessage`'s answer."""
    # Names and many values are the same in every message: a hundred thousand share one.
    system = {intern(str(k)): _shared(k, str(v)) for k, v in raw.get("Attributes", {}).items()}
    count = int(system.get("ApproximateReceiveCount", "1"))
    body = str(raw.get("Body", ""))
    left = None if max_receive_count is None else max(0, max_receive_count - count)
    return Message(
        queue_arn=queue_arn,
        message_id=str(raw["MessageId"]),
        receipt_handle=str(raw["ReceiptHandle"]),
        body=body,
        attributes={
            intern(str(name)): _attribute(value)
            for name, value in raw.get("MessageAttributes", {}).items()
        },
        system_attributes=system,
        receive_count=count,
        receives_left=left,
        sent_at=_milliseconds(system.get("SentTimestamp")),
        first_received_at=_milliseconds(system.get("ApproximateFirstReceiveTimestamp")),
        parse=parsed_body,
    )


_OF_ITS_OWN = {"SentTimestamp", "ApproximateFirstReceiveTimestamp", "SequenceNumber",
               "MessageDeduplicationId", "AWSTraceHeader"}  # fmt: skip
_SHORT = 40


def _shared(name: str, value: str) -> str:
    return value if name in _OF_ITS_OWN else intern(value)


def _attribute(raw: Mapping[str, Any]) -> MessageAttribute:
    kind = str(raw.get("DataType", "String"))
    if kind.partition(".")[0] == "Binary":
        return MessageAttribute(intern(kind), bytes(raw.get("BinaryValue", b"")))
    value = str(raw.get("StringValue", ""))
    return MessageAttribute(intern(kind), intern(value) if len(value) <= _SHORT else value)


def _milliseconds(text: str | None) -> datetime | None:
    return datetime.fromtimestamp(int(text) / 1000, UTC) if text and text.isdigit() else None


def _seconds(text: str | None) -> datetime | None:
    return datetime.fromtimestamp(float(text), UTC) if text else None


def parse_attributes(url: str, raw: Mapping[str, str]) -> QueueAttributes:
    """`QueueAttributes` from `GetQueueAttributes`' answer; AWS's documented defaults fill gaps."""
    arn = raw.get("QueueArn", "")
    return QueueAttributes(
        url=url,
        arn=arn,
        counts=QueueCounts(
            visible=int(raw.get("ApproximateNumberOfMessages", 0)),
            in_flight=int(raw.get("ApproximateNumberOfMessagesNotVisible", 0)),
            delayed=int(raw.get("ApproximateNumberOfMessagesDelayed", 0)),
        ),
        visibility_timeout=int(raw.get("VisibilityTimeout", 30)),
        retention=int(raw.get("MessageRetentionPeriod", 345_600)),
        delay=int(raw.get("DelaySeconds", 0)),
        receive_wait=int(raw.get("ReceiveMessageWaitTimeSeconds", 0)),
        maximum_message_size=int(raw.get("MaximumMessageSize", 1_048_576)),
        redrive=_redrive(raw.get("RedrivePolicy")),
        redrive_allow_policy=raw.get("RedriveAllowPolicy") or None,
        policy=raw.get("Policy") or None,
        sse_sqs=raw.get("SqsManagedSseEnabled", "false").lower() == "true",
        kms_key_id=raw.get("KmsMasterKeyId") or None,
        fifo=raw.get("FifoQueue", "false").lower() == "true" or arn.endswith(".fifo"),
        created_at=_seconds(raw.get("CreatedTimestamp")),
        modified_at=_seconds(raw.get("LastModifiedTimestamp")),
    )


def _redrive(text: str | None) -> RedrivePolicy | None:
    if not text:
        return None
    policy = json.loads(text)
    return RedrivePolicy(
        dlq_arn=str(policy["deadLetterTargetArn"]),
        max_receive_count=int(policy["maxReceiveCount"]),
    )
