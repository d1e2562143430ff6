"""Where SNS and EventBridge send a bucket's events on, typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.errors import AwsError
from console.models.routes import BusRule, Subscription, SubscriptionFilter


class Routes:
    """The calls that follow events past the bucket."""

    def __init__(self, clients: ClientFactory) -> None:
        self._clients = clients

    def subscriptions(self, topic_arn: str) -> list[Subscription]:
        """The subscriptions of an SNS topic, every page of them.

        Raises `AwsError`, of kind `no-such-key` where there is no such topic.
        """
        found: list[Subscription] = []
        with aws_call(self._clients.context("sns:ListSubscriptionsByTopic", f"topic {topic_arn}")):
            client = self._clients.client("sns", _region(topic_arn))
            for page in client.get_paginator("list_subscriptions_by_topic").paginate(
                TopicArn=topic_arn
            ):
                found += [_subscription(item) for item in page.get("Subscriptions", [])]
        return found

    def topic_policy(self, topic_arn: str) -> str | None:
        """A topic's policy as JSON text, `None` where it has none. Raises `AwsError`."""
        with aws_call(self._clients.context("sns:GetTopicAttributes", f"topic {topic_arn}")):
            client = self._clients.client("sns", _region(topic_arn))
            found = client.get_topic_attributes(TopicArn=topic_arn).get("Attributes", {})
        return found.get("Policy") or None

    def subscription_filter(self, arn: str) -> SubscriptionFilter:
        """Which messages a confirmed subscription gets. Raises `AwsError`."""
        with aws_call(
            self._clients.context("sns:GetSubscriptionAttributes", f"subscription {arn}")
        ):
            client = self._clients.client("sns", _region(arn))
            found = client.get_subscription_attributes(SubscriptionArn=arn).get("Attributes", {})
        return SubscriptionFilter(
            _json_object(found.get("FilterPolicy")) or {},
            found.get("FilterPolicyScope") == "MessageBody",
        )

    def bus_rules_to(self, queue_arn: str) -> list[BusRule]:
        """The EventBridge rules of the default bus, where S3's events go, that target a queue.

        A rule that is not there, as one of another bus or just deleted, is left out. Raises
        `AwsError`.
        """
        found = [self._rule(name, queue_arn) for name in self._rule_names(queue_arn)]
        return [rule for rule in found if rule is not None]

    def _rule_names(self, queue_arn: str) -> list[str]:
        with aws_call(self._clients.context("events:ListRuleNamesByTarget", f"queue {queue_arn}")):
            answer = self._events(queue_arn).list_rule_names_by_target(TargetArn=queue_arn)
        return [str(name) for name in answer.get("RuleNames", [])]

    def _rule(self, name: str, queue_arn: str) -> BusRule | None:
        try:
            with aws_call(self._clients.context("events:DescribeRule", f"EventBridge rule {name}")):
                answer = self._events(queue_arn).describe_rule(Name=name)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        return BusRule(
            name, answer.get("State") != "DISABLED", _json_object(answer.get("EventPattern"))
        )

    def _events(self, queue_arn: str) -> Any:
        return self._clients.client("events", _region(queue_arn))


def _region(arn: str) -> str | None:
    parts = arn.split(":", 5)
    return parts[3] or None if len(parts) == 6 else None


def _subscription(item: Mapping[str, Any]) -> Subscription:
    # SNS puts words in the place of the ARN until the endpoint's owner has agreed, or has left.
    arn = str(item.get("SubscriptionArn", ""))
    return Subscription(
        str(item.get("Protocol", "")),
        str(item.get("Endpoint", "")),
        arn if arn.startswith("arn:") else None,
    )


def _json_object(text: str | None) -> Mapping[str, Any] | None:
    try:
        read = json.loads(text or "")
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
