"""By which of the bucket's rules do events reach the queue, straight or through SNS or
EventBridge?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from console.errors import AwsError
from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.routes import BusRule, Subscription
from console.operations.doctor.bus_patterns import as_rules, carries
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import bucket_name, notification
from console.operations.doctor.facts import Facts

# S3 User Guide, directory bucket naming rules: the suffix is theirs alone.
_DIRECTORY_BUCKET = re.compile(r"--[a-z0-9-]+--x-s3$")
_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{3,255}", re.ASCII)


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


def is_bucket_name(text: str) -> bool:
    """Whether a bucket can have this name, of today or of the older ones in us-east-1 (S3 User
    Guide, bucket naming rules)."""
    return _BUCKET_NAME.fullmatch(text) is not None


def cannot_notify(bucket: str) -> bool:
    """Whether no bucket of this name has event notifications."""
    return is_directory_bucket(bucket) or not is_bucket_name(bucket)


def configuration(facts: Facts) -> NotificationConfiguration:
    """The bucket's notification configuration. Raises `NotApplicable` where there is no such
    bucket, and `AwsError`."""
    if cannot_notify(facts(bucket_name)):
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
            led = facts(leading_rules, rule)
        except AwsError as error:
            unread, led = unread or error, ()
        found += led
        others += () if led else (rule,)
    return Reach(tuple(found), tuple(others), bool(straight), unread)


def leading_rules(facts: Facts, rule: NotificationRule) -> tuple[NotificationRule, ...]:
    """What of a topic's or EventBridge's events comes to the queue, as rules; none where nothing
    does. Raises `AwsError`."""
    arn = facts(queue_arn)
    if arn is None:
        return ()
    if rule.kind == "topic":
        subscribed = facts(subscriptions, rule.destination or "") or ()
        gets = any(
            s.protocol == "sqs" and s.endpoint == arn and s.arn and facts(passes_filter, s.arn)
            for s in subscribed
        )
        return (rule,) if gets else ()
    if rule.kind == "eventbridge":
        bucket = facts(bucket_name)
        return tuple(
            taken
            for bus_rule in facts(bus_rules)
            if carries(bus_rule, bucket)
            for taken in as_rules(bus_rule)
        )
    return ()


def passes_filter(facts: Facts, subscription_arn: str) -> bool:
    """Whether S3's events pass a subscription's filter policy, as far as that can be told.

    S3's messages have no message attributes, so a policy on attributes passes them only where it
    asks for an absence (SNS Developer Guide, filter policy constraints).
    """
    try:
        found = facts.bench.gateway.routes.subscription_filter(subscription_arn)
    except AwsError:
        return True
    absent = {"exists": False}
    return found.on_body or all(
        isinstance(wanted, list) and absent in wanted for wanted in found.policy.values()
    )


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
