"""How long the oldest message has been waiting, and what that says of an object's event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from console.aws.cloudwatch import AGE
from console.errors import AwsError
from console.models.pipeline import QueueRef
from console.operations.status import FRESH
from console.operations.workbench import Workbench

SLACK = timedelta(seconds=2)
_WINDOW = timedelta(minutes=30)

Whereabouts = Literal["gone", "waiting", "unknown"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """The messages in a queue, in whatever state; `None` where that is not known. `oldest` is the
    earliest time at which one of them can have been sent; `why_not` tells why it is not known."""

    messages: int | None
    oldest: datetime | None = None
    why_not: str | None = None

    def whereabouts(self, changed: datetime | None) -> Whereabouts:
        """Whether the event of an object, changed then, can still be in the queue."""
        if self.messages == 0:
            return "gone"
        if self.messages is None or self.oldest is None or changed is None:
            return "unknown"
        return "waiting" if changed + SLACK >= self.oldest else "gone"


def read_backlog(workbench: Workbench, queue: QueueRef) -> Backlog:
    """The backlog of a queue as SQS and CloudWatch tell it; never raises `AwsError`."""
    try:
        messages = workbench.gateway.sqs.attributes(queue).counts.total
    except AwsError as error:
        return Backlog(None, why_not=f"{error.sentence} {error.remedy}".strip())
    return read_age(workbench, queue, messages) if messages else Backlog(0)


def read_age(workbench: Workbench, queue: QueueRef, messages: int) -> Backlog:
    """A point is about the minute that it begins, and its age the greatest in it, so the oldest
    message was sent no earlier than that (SQS Developer Guide, available CloudWatch metrics)."""
    now = workbench.clock.now()
    try:
        cloudwatch = workbench.gateway.cloudwatch(queue.region)
        metrics = cloudwatch.metrics([queue.name], start=now - _WINDOW, end=now)
    except AwsError as error:
        return Backlog(messages, why_not=f"{error.sentence} {error.remedy}".strip())
    point = metrics[queue.name].latest(AGE)
    if point is None or now - point.at > FRESH:
        return Backlog(messages, why_not="CloudWatch has no recent age of the oldest message.")
    return Backlog(messages, point.at - timedelta(seconds=point.value))
