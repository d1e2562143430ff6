"""Reading configuration to write it back changed: whole documents, as AWS has them.

Raises `AwsError` throughout. Writes are tried once: a second try after a lost answer could undo
what somebody else has put in between.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.models.pipeline import QueueRef


class Configuring:
    """The calls behind repairs, for a bucket in `bucket_region`."""

    def __init__(
        self, queue_clients: ClientFactory, bucket_clients: ClientFactory, bucket_region: str | None
    ) -> None:
        self._clients = queue_clients
        self._bucket_clients = bucket_clients
        self._bucket_region = bucket_region

    def notification(self, bucket: str) -> dict[str, Any]:
        """The bucket's notification configuration, whole."""
        call = "s3:GetBucketNotificationConfiguration"
        with aws_call(self._bucket_clients.context(call, f"bucket {bucket}")):
            answer = self._s3().get_bucket_notification_configuration(Bucket=bucket)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def put_notification(self, bucket: str, configuration: Mapping[str, Any]) -> None:
        """Replace the bucket's whole notification configuration. S3 checks every destination and
        sends each a TestEvent (S3 API Reference, PutBucketNotificationConfiguration)."""
        call = "s3:PutBucketNotificationConfiguration"
        with aws_call(self._bucket_clients.context(call, f"bucket {bucket}")):
            self._s3(attempts=1).put_bucket_notification_configuration(
                Bucket=bucket, NotificationConfiguration=dict(configuration)
            )

    def attributes(self, queue: QueueRef) -> dict[str, str]:
        """The queue's attributes as AWS writes them."""
        with aws_call(self._clients.context("sqs:GetQueueAttributes", f"queue {queue.name}")):
            client = self._clients.client("sqs", queue.region)
            answer = client.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])
        return {str(k): str(v) for k, v in answer.get("Attributes", {}).items()}

    def set_attributes(self, queue: QueueRef, attributes: Mapping[str, str]) -> None:
        """Set some of the queue's attributes; takes effect within 60 s, retention within 15
        minutes (SQS API Reference, SetQueueAttributes)."""
        with aws_call(self._clients.context("sqs:SetQueueAttributes", f"queue {queue.name}")):
            self._clients.client("sqs", queue.region, attempts=1).set_queue_attributes(
                QueueUrl=queue.url, Attributes=dict(attributes)
            )

    def put_key_policy(self, key_id: str, region: str, policy: Mapping[str, Any]) -> None:
        """Replace the policy of a KMS key. KMS refuses one that would lock its caller out."""
        with aws_call(self._clients.context("kms:PutKeyPolicy", f"key {key_id}")):
            self._clients.client("kms", region, attempts=1).put_key_policy(
                KeyId=key_id, PolicyName="default", Policy=json.dumps(policy)
            )

    def _s3(self, **how: Any) -> Any:
        return self._bucket_clients.client("s3", self._bucket_region, **how)
