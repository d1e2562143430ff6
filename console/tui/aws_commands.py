"""What is on the screen as commands of the aws CLI, quoted for a shell. Nothing secret in them."""

from __future__ import annotations

import shlex

from console.journal.log import OperationRecord
from console.models.event import S3Event
from console.models.pipeline import Pipeline, QueueRef


def _command(pipeline: Pipeline, *words: str) -> str:
    more = ["--region", pipeline.region] if pipeline.region else []
    if pipeline.endpoint_url:
        more += ["--endpoint-url", pipeline.endpoint_url]
    return shlex.join(["aws", *words, *more])


def queue_attributes_command(pipeline: Pipeline, queue: QueueRef) -> str:
    """Shows a queue's attributes, counts among them."""
    return _command(
        pipeline,
        *("sqs", "get-queue-attributes", "--queue-url", queue.url, "--attribute-names", "All"),
    )


def notification_command(pipeline: Pipeline, bucket: str) -> str:
    """Shows a bucket's notification configuration."""
    return _command(pipeline, "s3api", "get-bucket-notification-configuration", "--bucket", bucket)


def receive_command(pipeline: Pipeline, queue: QueueRef, visibility: int) -> str:
    """Receives up to ten messages. Like every receive it costs each of them an attempt."""
    return _command(
        pipeline,
        *("sqs", "receive-message", "--queue-url", queue.url),
        *("--max-number-of-messages", "10", "--visibility-timeout", str(visibility)),
        *("--wait-time-seconds", "1", "--attribute-names", "All"),
        *("--message-attribute-names", "All"),
    )


def purge_command(pipeline: Pipeline, queue: QueueRef) -> str:
    """Empties a queue. Unlike the console it copies nothing first."""
    return _command(pipeline, "sqs", "purge-queue", "--queue-url", queue.url)


def move_task_command(pipeline: Pipeline, dlq_arn: str) -> str:
    """Lets SQS move everything of a DLQ back."""
    return _command(pipeline, "sqs", "start-message-move-task", "--source-arn", dlq_arn)


def operation_command(pipeline: Pipeline, operation: OperationRecord) -> str | None:
    """What an operation of the journal is as one command; `None` where aws has none, as for what
    moves message by message."""
    known = [q for q in (pipeline.queue, pipeline.dlq) if q and q.arn == operation.queue_arn]
    if not known:
        return None
    if operation.kind == "peek":
        return receive_command(pipeline, known[0], 5)
    if operation.kind == "purge":
        return purge_command(pipeline, known[0])
    if operation.kind == "redrive" and operation.parameters.get("mode") == "server":
        return move_task_command(pipeline, known[0].arn)
    return None


def head_object_command(pipeline: Pipeline, event: S3Event) -> str:
    """Shows the object of an event as it is in S3."""
    version = ["--version-id", event.version_id] if event.version_id else []
    return _command(
        pipeline, "s3api", "head-object", "--bucket", event.bucket, "--key", event.key, *version
    )


def head_key_command(pipeline: Pipeline, bucket: str, key: str) -> str:
    """Shows an object by bucket and key."""
    return _command(pipeline, "s3api", "head-object", "--bucket", bucket, "--key", key)


def lookup_event_command(pipeline: Pipeline, event_id: str) -> str:
    """Shows one event of CloudTrail's event history in full."""
    attribute = f"AttributeKey=EventId,AttributeValue={event_id}"
    return _command(pipeline, "cloudtrail", "lookup-events", "--lookup-attributes", attribute)
