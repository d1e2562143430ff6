"""Facts about the queue's place: how the bucket feeds it, and when the object came."""

from __future__ import annotations

import json
import shlex
from datetime import datetime, timedelta
from typing import Literal

from console.errors import AwsError, ConsoleError
from console.models.object import ObjectHead
from console.models.pipeline import QueueRef
from console.operations.doctor import object_facts
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import (
    bucket_name,
    dlq_attributes,
    notification,
    queue_attributes,
    queue_ref,
    rules_to_queue,
)
from console.operations.doctor.facts import Facts

Feeding = Literal["rule", "relay", "nothing"]

SLACK = timedelta(seconds=2)
"""How far the clocks of two services may differ."""

_RELAYS = ("topic", "function", "eventbridge")


def feeding(facts: Facts) -> Feeding:
    """Whether a rule sends straight to the queue, something in between may, or nothing does.

    Raises `AwsError`, and `NotApplicable` where there is no bucket.
    """
    try:
        rules = facts(notification).rules
    except AwsError as error:
        if error.kind == "no-such-bucket":
            raise NotApplicable from error
        raise
    if facts(rules_to_queue):
        return "rule"
    return "relay" if any(rule.kind in _RELAYS for rule in rules) else "nothing"


def bucket_region(facts: Facts) -> str | None:
    """The bucket's region, `None` where S3 does not tell. Raises `AwsError`, and `NotApplicable`
    where there is no bucket."""
    try:
        return facts.bench.gateway.s3.bucket_region(bucket_name(facts))
    except AwsError as error:
        if error.kind == "no-such-bucket":
            raise NotApplicable from error
        raise


def asked_object(facts: Facts) -> ObjectHead:
    """The object that is asked about. Raises `AwsError`, and `NotApplicable` where none is asked
    about or it does not exist."""
    head = facts(object_facts.asked_object)
    if head is None:
        raise NotApplicable
    return head


def object_age(facts: Facts) -> float:
    """Seconds since the object that is asked about was uploaded. Raises as `asked_object`."""
    uploaded = facts(asked_object).last_modified
    if uploaded is None:
        raise NotApplicable
    return (facts.at - uploaded).total_seconds()


def upload_time(facts: Facts) -> datetime | None:
    """When the object that is asked about was uploaded, `None` where that is not known."""
    try:
        return facts(asked_object).last_modified
    except (ConsoleError, NotApplicable):
        return None


def functions(facts: Facts) -> tuple[str, ...]:
    """The Lambda functions that receive from the queue. Raises `AwsError`, and as
    `with_queue`."""
    return tuple(facts.bench.gateway.sqs.event_source_mappings(facts(with_queue)))


def nothing_anywhere(facts: Facts) -> bool:
    """Whether neither the queue nor its DLQ counts any message; no where the DLQ hides it. Raises
    what hides the queue."""
    if facts(queue_attributes).counts.total:
        return False
    try:
        return not facts(dlq_attributes).counts.total
    except NotApplicable:
        return True
    except AwsError:
        return False


def messages(count: float) -> str:
    """So many messages, in words."""
    return "1 message" if count == 1 else f"{count:,.0f} messages"


def set_attribute(facts: Facts, queue: QueueRef, name: str, value: object) -> str:
    """The shell line that sets one attribute of a queue; what is no text or number is JSON."""
    text = json.dumps(value) if isinstance(value, dict) else str(value)
    words = ["aws", "sqs", "set-queue-attributes", "--queue-url", queue.url]
    words += ["--attributes", json.dumps({name: text}), "--region", queue.region]
    endpoint = facts.pipeline.endpoint_url
    return shlex.join([*words, "--endpoint-url", endpoint] if endpoint else words)


def console_line(facts: Facts, *words: str) -> str:
    """The shell line that lets this console do something to the pipeline."""
    pipeline, named = facts.pipeline, list[str]()
    if pipeline.bucket:
        named += ["--bucket", pipeline.bucket]
    if pipeline.queue:
        named += ["--queue", pipeline.queue.arn]
    if pipeline.endpoint_url:
        named += ["--endpoint-url", pipeline.endpoint_url]
    return shlex.join(["event-console", *words, *named])


def repair_line(facts: Facts, finding_id: str) -> str:
    """The shell line that shows and applies this console's own repair."""
    return console_line(facts, "doctor", "--repair", finding_id)


def with_queue(facts: Facts) -> QueueRef:
    """The queue, which exists. Raises as `queue_attributes`."""
    facts(queue_attributes)
    return queue_ref(facts)
