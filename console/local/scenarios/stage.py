"""What scenarios act on: a built installation, and who does what there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from console.local.reference import Built, Plan, notification_configuration

_NEVER = threading.Event()
_LOOK_SECONDS = 0.02
_LOOKS = 250
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

    def wait_for(self, messages: int) -> None:
        """Wait until so many messages can be received, for a few seconds at most."""
        name = "ApproximateNumberOfMessages"
        for _ in range(_LOOKS):
            found = self.sqs.get_queue_attributes(
                QueueUrl=self.built.queue_url, AttributeNames=[name]
            )
            if int(found["Attributes"][name]) >= messages:
                return
            self.pass_time(_LOOK_SECONDS)

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
