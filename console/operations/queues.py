"""Find a queue by what it was called: an ARN, or whatever the user said."""

from __future__ import annotations

from console.journal.log import OperationRecord
from console.models.pipeline import QueueRef
from console.operations.naming import parse_queue
from console.operations.workbench import Workbench


def queue_by_arn(workbench: Workbench, arn: str) -> QueueRef:
    """The queue an ARN names. Raises `AwsError`."""
    _, _, _, region, account, name = arn.split(":", 5)
    own = workbench.pipeline.identity
    owner = None if own and own.account == account else account
    url = workbench.gateway.sqs.queue_url(name, account=owner, region=region)
    return QueueRef(name, url, arn)


def queue_named(workbench: Workbench, text: str) -> QueueRef:
    """The queue that a name, URL or ARN means, in the pipeline's region unless it says another.

    Raises `AwsError` where there is none or it may not be read.
    """
    named = parse_queue(text)
    region = named.region or workbench.pipeline.region
    sqs = workbench.gateway.sqs
    url = named.url or sqs.queue_url(named.name, account=named.account, region=region)
    return QueueRef(named.name, url, sqs.attributes_of_url(url, region=region).arn)


def queue_of(workbench: Workbench, operation: OperationRecord) -> QueueRef:
    """The queue an operation worked on. Raises `AwsError` where it cannot be found."""
    return known_queue(workbench, operation.queue_arn or "")


def known_queue(workbench: Workbench, arn: str) -> QueueRef:
    """The pipeline's queue or DLQ where the ARN is theirs, else the one it names. Raises
    `AwsError` where it cannot be found."""
    for queue in (workbench.pipeline.queue, workbench.pipeline.dlq):
        if queue is not None and queue.arn == arn:
            return queue
    return queue_by_arn(workbench, arn)
