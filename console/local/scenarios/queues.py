"""A queue that is missing, of the wrong kind, or set so that it loses or delays messages."""

from __future__ import annotations

from console.local.reference import queue_attributes
from console.local.scenarios.model import Scenario, rest
from console.local.scenarios.stage import NOTICEABLE_SECONDS, Stage

_LONG_NAME = f"uploads/acme/{'interview-with-a-very-long-title-' * 25}final.mp3"
_SMALLEST_MESSAGE = "1024"
_LONGEST_DELAY = "900"
_SHORTEST_RETENTION = "60"
_OTHER_REGION = "us-west-2"


def _missing(stage: Stage) -> None:
    stage.sqs.delete_queue(QueueUrl=stage.built.queue_url)
    stage.upload()


def _fifo(stage: Stage) -> None:
    """AWS refuses the rule when it is put; the console of the pipeline names the FIFO queue."""
    fifo = {"FifoQueue": "true"}
    plan = _FIFO.shown(stage.plan)
    if plan.dlq is not None:
        stage.sqs.create_queue(QueueName=plan.dlq, Attributes=fifo)
    stage.sqs.create_queue(QueueName=plan.queue, Attributes=queue_attributes(plan) | fifo)
    stage.change_rule(QueueArn=plan.queue_arn(plan.queue))
    stage.upload()


def _other_region(stage: Stage) -> None:
    """The bucket was made anew elsewhere, where no rule can name this queue."""
    stage.s3.delete_bucket(Bucket=stage.plan.bucket)
    stage.client("s3", region=_OTHER_REGION).create_bucket(
        Bucket=stage.plan.bucket,
        CreateBucketConfiguration={"LocationConstraint": _OTHER_REGION},
    )
    stage.upload()


def _max_message_size(stage: Stage) -> None:
    stage.set_queue(MaximumMessageSize=_SMALLEST_MESSAGE)
    stage.upload(_LONG_NAME)


def _delay(stage: Stage) -> None:
    stage.set_queue(DelaySeconds=_LONGEST_DELAY)
    stage.upload()


def _purged(stage: Stage) -> None:
    stage.upload()
    stage.wait_for(1)
    stage.pass_time(NOTICEABLE_SECONDS)
    stage.sqs.purge_queue(QueueUrl=stage.built.queue_url)


def _recreated(stage: Stage) -> None:
    stage.upload()
    stage.wait_for(1)
    stage.pass_time(NOTICEABLE_SECONDS)
    stage.sqs.delete_queue(QueueUrl=stage.built.queue_url)
    stage.sqs.create_queue(QueueName=stage.plan.queue, Attributes=queue_attributes(stage.plan))


def _retention_lowered(stage: Stage) -> None:
    stage.upload()
    stage.set_queue(MessageRetentionPeriod=_SHORTEST_RETENTION)


_FIFO = Scenario("queue.fifo", "The queue is a FIFO queue.", _fifo, ending=".fifo")

QUEUES = (
    Scenario("queue.missing", "The queue was deleted.", _missing),
    _FIFO,
    Scenario("queue.other-region", "The bucket lies in another region.", _other_region),
    Scenario(
        "queue.max-message-size",
        "The queue takes messages of 1 KiB only, and keys are long.",
        _max_message_size,
        key=_LONG_NAME,
    ),
    Scenario("queue.delay", "The queue delays every message by 15 minutes.", _delay),
    Scenario("queue.purged", "Somebody purged the queue.", _purged),
    Scenario(
        "queue.retention-lowered",
        "Somebody let the queue keep messages for a minute only, and no consumer runs.",
        _retention_lowered,
        turn=rest,
    ),
    Scenario("queue.recreated", "The queue was deleted and made anew.", _recreated),
)
