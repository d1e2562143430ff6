"""By which of the bucket's rules do events reach the queue, straight or through SNS or
EventBridge?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from console.errors import AwsError
from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.routes import BusRule, Subscription
from console.notification import members_of
from console.operations.doctor.bus_patterns import taken
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import bucket_name, notification
from console.operations.doctor.event_patterns import SNS, Judgement, any_judgement, judge
from console.operations.doctor.facts import Facts
from console.operations.doctor.known_events import in_the_body
from console.operations.doctor.upload_facts import upload_for

# S3 User Guide, directory bucket naming rules: the suffix is theirs alone.
_DIRECTORY_BUCKET = re.compile(r"--[a-z0-9-]+--x-s3$")
_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{3,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Gate:
    """What lets only some events on: an EventBridge rule by its pattern, or a subscription by its
    filter policy; `rules` are the notification rules that it comes to."""

    name: str
    judgement: Judgement
    rules: tuple[NotificationRule, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """The rules whose events reach the queue, and `others`, which lead elsewhere.

    `straight` says that the bucket's own rules name the queue, so nothing had to be followed.
    `unread` is what kept a topic or EventBridge from being followed. `gates` are what was met
    before the queue.
    """

    rules: tuple[NotificationRule, ...]
    others: tuple[NotificationRule, ...]
    straight: bool
    unread: AwsError | None = None
    gates: tuple[Gate, ...] = ()

    @property
    def unsure(self) -> tuple[NotificationRule, ...]:
        """Those of the rules of which it cannot be told whether their events pass a gate."""
        return tuple(
            rule for gate in self.gates if gate.judgement.matches is None for rule in gate.rules
        )


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
    gates: list[Gate] = []
    for rule in facts(configuration).rules:
        if rule in straight:
            continue
        try:
            met = facts(gates_behind, rule)
        except AwsError as error:
            unread, met = unread or error, ()
        led = [one for gate in met for one in gate.rules]
        gates += met
        found += led
        others += () if led else (rule,)
    return Reach(tuple(found), tuple(others), bool(straight), unread, tuple(gates))


def gates_behind(facts: Facts, rule: NotificationRule) -> tuple[Gate, ...]:
    """What stands between a topic or EventBridge and the queue, and what of the events comes
    through as rules; none where there is no way. Raises `AwsError`."""
    arn = facts(queue_arn)
    if arn is None:
        return ()
    if rule.kind == "topic":
        subscribed = facts(subscriptions, rule.destination or "") or ()
        return tuple(
            facts(passes_filter, rule, s.arn)
            for s in subscribed
            if s.protocol == "sqs" and s.endpoint == arn and s.arn
        )
    if rule.kind == "eventbridge":
        return tuple(facts(passes_pattern, place) for place in range(len(facts(bus_rules))))
    return ()


def passes_pattern(facts: Facts, place: int) -> Gate:
    """What one of EventBridge's rules lets on, by its place among them. Raises `AwsError`."""
    rule = facts(bus_rules)[place]
    found = taken(rule, upload_for(facts, rule.pattern or {}, _partition(facts)))
    return Gate(f"EventBridge rule {rule.name}", found.judgement, found.rules)


def passes_filter(facts: Facts, rule: NotificationRule, subscription_arn: str) -> Gate:
    """What a subscription's filter policy lets on of a rule's events. Raises `AwsError`.

    S3's messages have no message attributes, so a policy on attributes passes them only where it
    asks for an absence (SNS Developer Guide, filter policy constraints).
    """
    found = facts.bench.gateway.routes.subscription_filter(subscription_arn)
    name = f"subscription {subscription_arn}"
    if found.on_body and found.policy:
        return _passes_body(facts, rule, name, found.policy)
    absent = {"exists": False}
    refused = tuple(
        attribute
        for attribute, wanted in found.policy.items()
        if not (isinstance(wanted, list) and absent in wanted)
    )
    return Gate(name, Judgement(not refused, refused), () if refused else (rule,))


def _passes_body(
    facts: Facts, rule: NotificationRule, name: str, policy: Mapping[str, Any]
) -> Gate:
    upload = upload_for(facts, policy, _partition(facts))
    events = dict.fromkeys(single for event in rule.events for single in members_of(event))
    judged = {event: judge(policy, in_the_body(upload, rule.id, event), SNS) for event in events}
    passing = [event for event, one in judged.items() if one.matches is not False]
    found = any_judgement(judged.values())
    if len(passing) in (0, len(judged)):
        return Gate(name, found, (rule,) if passing else ())
    narrowed = replace(rule, events=tuple(f"s3:{event}" for event in passing))
    return Gate(name, found, (narrowed,))


def _partition(facts: Facts) -> str:
    return (facts(queue_arn) or "arn:aws").split(":")[1]


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
