"""By which of the bucket's rules do events reach the queue, straight or through SNS or
EventBridge?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from console.errors import AwsError
from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.routes import BusRule, Subscription
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import bucket_name, notification
from console.operations.doctor.facts import Facts

# S3 User Guide, directory bucket naming rules: the suffix is theirs alone.
_DIRECTORY_BUCKET = re.compile(r"--[a-z0-9-]+--x-s3$")
_SOURCE = "aws.s3"
_CREATED = "Object Created"


@dataclass(frozen=True, slots=True)
class Reach:
    """The rules whose events reach the queue, and `others`, which lead elsewhere.

    `straight` says that the bucket's own rules name the queue, so nothing had to be followed.
    `unread` is what kept a topic or EventBridge from being followed.
    """

    rules: tuple[NotificationRule, ...]
    others: tuple[NotificationRule, ...]
    straight: bool
    unread: AwsError | None = None


def is_directory_bucket(bucket: str) -> bool:
    """Whether it is a directory bucket, which has no event notifications."""
    return _DIRECTORY_BUCKET.search(bucket) is not None


def configuration(facts: Facts) -> NotificationConfiguration:
    """The bucket's notification configuration. Raises `NotApplicable` where there is no such
    bucket, and `AwsError`."""
    if is_directory_bucket(facts(bucket_name)):
        raise NotApplicable
    try:
        return facts(notification)
    except AwsError as error:
        if error.kind == "no-such-bucket":
            raise NotApplicable from None
        raise


def queue_arn(facts: Facts) -> str | None:
    """The queue's ARN, `None` where none was named and the bucket's rules name none. Raises what
    hides it."""
    unknown = facts.pipeline.unknown_field("queue")
    if facts.pipeline.queue is None and unknown and unknown.error is None:
        return None
    return facts.bench.need_queue().arn


def straight_rules(facts: Facts) -> tuple[NotificationRule, ...]:
    """The rules that name the queue itself. Raises `AwsError`."""
    rules, arn = facts(configuration).of_kind("queue"), facts(queue_arn)
    return tuple(rule for rule in rules if arn is not None and rule.destination == arn)


def followed(facts: Facts) -> Reach:
    """The paths to the queue; SNS and EventBridge are asked only where no rule names the queue.

    Raises `AwsError` where the configuration cannot be read.
    """
    straight = facts(straight_rules)
    rules = facts(configuration).rules
    if straight:
        return Reach(straight, tuple(r for r in rules if r not in straight), True)
    return facts(all_paths)


def all_paths(facts: Facts) -> Reach:
    """Every path to the queue, topics and EventBridge followed too. Raises `AwsError` where the
    configuration cannot be read."""
    straight = facts(straight_rules)
    found = list(straight)
    unread: AwsError | None = None
    others: list[NotificationRule] = []
    for rule in facts(configuration).rules:
        if rule in straight:
            continue
        try:
            (found if leads_here(facts, rule) else others).append(rule)
        except AwsError as error:
            unread = unread or error
            others.append(rule)
    return Reach(tuple(found), tuple(others), bool(straight), unread)


def leads_here(facts: Facts, rule: NotificationRule) -> bool:
    """Whether a topic's subscriptions or EventBridge's rules bring a rule's events to the queue.

    Raises `AwsError`.
    """
    arn = facts(queue_arn)
    if arn is None:
        return False
    if rule.kind == "topic":
        return any(
            s.protocol == "sqs" and s.endpoint == arn and s.confirmed
            for s in facts(subscriptions, rule.destination or "") or ()
        )
    if rule.kind == "eventbridge":
        bucket = facts(bucket_name)
        return any(carries(bus_rule, bucket) for bus_rule in facts(bus_rules))
    return False


def subscriptions(facts: Facts, topic_arn: str) -> list[Subscription] | None:
    """A topic's subscriptions; `None` where there is no such topic. Raises `AwsError`."""
    try:
        return facts.bench.gateway.routes.subscriptions(topic_arn)
    except AwsError as error:
        if error.kind == "no-such-key":
            return None
        raise


def bus_rules(facts: Facts) -> list[BusRule]:
    """EventBridge's rules that target the queue. Raises `AwsError`."""
    arn = facts(queue_arn)
    return facts.bench.gateway.routes.bus_rules_to(arn) if arn else []


def carries(rule: BusRule, bucket: str) -> bool:
    """Whether an EventBridge rule takes the bucket's `Object Created` events, as far as its
    pattern says so in plain values."""
    if not rule.enabled or rule.pattern is None:
        return False
    detail = _mapping(rule.pattern.get("detail"))
    return (
        _may_be(rule.pattern.get("source"), _SOURCE)
        and _may_be(rule.pattern.get("detail-type"), _CREATED)
        and _may_be(_mapping(detail.get("bucket")).get("name"), bucket)
    )


def _may_be(wanted: object, value: str) -> bool:
    """Whether a part of a pattern may match: it is absent, lists the value, or holds a content
    filter, which is not evaluated here."""
    if not isinstance(wanted, list):
        return True
    choices = cast("list[object]", wanted)
    return value in choices or any(isinstance(choice, dict) for choice in choices)


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
