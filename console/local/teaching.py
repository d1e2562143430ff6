"""What the emulator is taught about S3's deliveries, so that they fail where AWS's would.

ministack 1.5.33 delivers to every queue whose policy allows it: whatever key encrypts the queue,
however small its messages must be, and to FIFO queues; it compares a rule's filters with the
raw key, and a thread of its own delivers each event.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from console.local.emulator import service

_S3 = "s3.amazonaws.com"
_NEEDED_OF_KEY = ("kms:GenerateDataKey", "kms:Decrypt")
_LARGEST = "1048576"
_log = logging.getLogger(__name__)


def teach_filters() -> None:
    """Compare filters with the encoded key: a raw special character in a filter never fires.

    S3 User Guide, event notification filtering: such characters must be percent-encoded in the
    value of a filter, and a space written as `+`.
    """
    s3 = service("s3")
    matches = s3._key_matches_filter

    def matches_encoded(key: str, prefix: str | None, suffix: str | None) -> bool:
        return bool(matches(s3._event_object_key(key), prefix, suffix))

    s3._key_matches_filter = matches_encoded


def teach_deliveries() -> None:
    """Drop what AWS's SQS would not take from S3, as S3 drops it: without a sign to anybody."""
    s3 = service("s3")
    deliver = s3._deliver_event_to_sqs

    def deliver_where_it_may(
        arn: str, event: dict[str, Any], region: str, bucket_name: str = ""
    ) -> None:
        queue = service("sqs")._queue_by_arn(arn)
        obstacle = _obstacle(queue, event, bucket_name) if queue else None
        if obstacle is None:
            deliver(arn, event, region, bucket_name=bucket_name)
        else:
            _log.warning("not delivered to %s: %s", arn, obstacle)

    s3._deliver_event_to_sqs = deliver_where_it_may


def teach_promptness() -> None:
    """Deliver an event before the upload is answered.

    A thread of its own may deliver it seconds later on a busy machine, after the queue was
    purged or its policy taken away, which is then no fault that a scenario shows.
    """
    s3 = service("s3")

    def fire(bucket: str, key: str, event_name: str, *details: Any, **more: Any) -> None:
        sequencer = s3._next_event_sequencer(event_name)
        s3._fire_s3_event(bucket, key, event_name, *details, sequencer=sequencer, **more)

    s3._fire_s3_event_async = fire


def _obstacle(queue: dict[str, Any], event: dict[str, Any], bucket: str) -> str | None:
    attributes = queue["attributes"]
    if queue.get("is_fifo"):
        return "a FIFO queue"
    if len(json.dumps(event)) > int(attributes.get("MaximumMessageSize", _LARGEST)):
        return "larger than MaximumMessageSize"
    key = attributes.get("KmsMasterKeyId")
    if key and not _may_encrypt(key, attributes["QueueArn"], bucket):
        return "its key does not let S3 encrypt"
    return None


def _may_encrypt(key: str, queue_arn: str, bucket: str) -> bool:
    """Whether S3 may use the key, by its state and its policy.

    The aws/sqs key of AWS, which the emulator does not have, never lets S3 in (SQS Developer
    Guide, key management).
    """
    record = service("kms")._resolve_key(key)
    if record is None or record["KeyState"] != "Enabled":
        return False
    owner = queue_arn.split(":")[4]
    return all(_key_allows(record, action, bucket, owner) for action in _NEEDED_OF_KEY)


def _key_allows(record: dict[str, Any], action: str, bucket: str, owner: str) -> bool:
    from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy

    source = {"aws:sourcearn": f"arn:aws:s3:::{bucket}", "aws:sourceaccount": owner}
    context = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=record["Arn"],
        region=record["Arn"].split(":")[3],
        service_context=source,
    )
    policy = record.get("Policy") or ""
    return bool(evaluate_resource_policy(policy, context, service=_S3).decision == "Allow")
