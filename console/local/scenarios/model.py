"""What a scenario is, and the stage that it acts on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from console.local.reference import Built, Plan, notification_configuration

_NEVER = threading.Event()
NOTICEABLE_SECONDS = 3.0
"""More than the times of different services may differ by."""

KEY = "uploads/acme/board-meeting.mp3"
"""The upload that somebody misses, unless a scenario is about another one."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A built installation and who acts on it.

    `client` makes the administrator's boto3 clients by service, and by region where it is
    another; `producer` is the client of S3 of the service that uploads.
    """

    built: Built
    client: Callable[..., Any]
    producer: Any

    @property
    def plan(self) -> Plan:
        """What the installation was built from."""
        return self.built.plan

    @property
    def sqs(self) -> Any:
        """A client of SQS."""
        return self.client("sqs")

    @property
    def s3(self) -> Any:
        """A client of S3."""
        return self.client("s3")

    def upload(self, key: str = KEY) -> None:
        """Put a small MP3 under `key`, as the producer."""
        # Listing the scenarios must not load what makes MP3s.
        from console.audio import make_mp3

        body = make_mp3(title="Interview", artist="Mara Lindqvist", album="Uploads", seconds=1.0)
        self.producer.put_object(
            Bucket=self.plan.bucket, Key=key, Body=body, ContentType="audio/mpeg"
        )

    def notify(self, configuration: dict[str, Any], *, skip_validation: bool = False) -> None:
        """Replace the bucket's notification configuration."""
        self.s3.put_bucket_notification_configuration(
            Bucket=self.plan.bucket,
            NotificationConfiguration=configuration,
            SkipDestinationValidation=skip_validation,
        )

    def change_rule(self, **changes: Any) -> None:
        """Replace the one rule by another that differs in these keys of the API's."""
        rule = notification_configuration(self.plan)["QueueConfigurations"][0]
        self.notify({"QueueConfigurations": [rule | changes]}, skip_validation=True)

    def set_queue(self, **attributes: str) -> None:
        """Set attributes of the queue."""
        self.sqs.set_queue_attributes(QueueUrl=self.built.queue_url, Attributes=attributes)

    def set_policy(self, policy: dict[str, Any]) -> None:
        """Replace the queue's policy."""
        self.set_queue(Policy=json.dumps(policy))

    def receive(self, **options: Any) -> list[dict[str, Any]]:
        """Receive up to ten messages from the queue, waiting a second for the first."""
        answer = self.sqs.receive_message(
            QueueUrl=self.built.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1, **options
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def delete(self, message: dict[str, Any]) -> None:
        """Delete a received message."""
        self.sqs.delete_message(
            QueueUrl=self.built.queue_url, ReceiptHandle=message["ReceiptHandle"]
        )

    def pass_time(self, seconds: float) -> None:
        """Let times differ by more than those of different services may."""
        _NEVER.wait(seconds)

    def give_back(self, messages: list[dict[str, Any]]) -> None:
        """Make received messages visible at once."""
        for message in messages:
            self.sqs.change_message_visibility(
                QueueUrl=self.built.queue_url,
                ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=0,
            )


def _as_planned(plan: Plan) -> Plan:
    return plan


@dataclass(frozen=True, slots=True)
class Scenario:
    """One known way for events to go missing; its name is the cause's slug.

    `break_it` does what went wrong to a fresh installation, and leaves behind what there is to
    see of the upload `key`, which somebody misses, where it is about one upload. Where `turn` is
    given, it runs again and again in the place of the usual consumer. `change` makes the plan that
    is built. `ending` is what the names of the pipeline's queues have more than the plan's.
    """

    name: str
    line: str
    break_it: Callable[[Stage], None]
    key: str | None = KEY
    turn: Callable[[Stage], None] | None = None
    change: Callable[[Plan], Plan] = _as_planned
    ending: str = ""

    def shown(self, plan: Plan) -> Plan:
        """The plan with the queues that the pipeline has."""
        dlq = None if plan.dlq is None else plan.dlq + self.ending
        return replace(plan, queue=plan.queue + self.ending, dlq=dlq)

    def consuming(self, stage: Stage) -> Callable[[threading.Event], None] | None:
        """What runs until its event is set in the place of the usual consumer; None for that."""
        turn = self.turn
        if turn is None:
            return None

        def run(stop: threading.Event) -> None:
            while not stop.is_set():
                turn(stage)

        return run


def rest(stage: Stage) -> None:
    """The turn of a consumer that does not run."""
    stage.pass_time(1.0)


def _leave(stage: Stage) -> None:
    del stage


NOTHING_BROKEN = Scenario("none", "Everything is as it should be.", _leave, key=None)
"""The usual installation."""
