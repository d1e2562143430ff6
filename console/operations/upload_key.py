"""Under which key the upload test puts its object, so that the pipeline's rule fires for it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.pipeline import QueueRef
from console.notification import decode_filter, event_matches, explain_match

TEST_PREFIX = "event-console-test/"
PUT_EVENT = "ObjectCreated:Put"
REMOVAL_EVENTS = ("ObjectRemoved:Delete", "ObjectRemoved:DeleteMarkerCreated")


@dataclass(frozen=True, slots=True)
class TestKey:
    """The chosen key, and the rule it was made for; `None` where no rule leads to the queue."""

    key: str
    rule: NotificationRule | None


def choose_key(
    configuration: NotificationConfiguration | None,
    queue: QueueRef,
    *,
    prefix: str | None,
    expected_suffix: str | None,
    at: datetime,
) -> TestKey:
    """A unique key under `prefix`, or under `event-console-test/`, that fires the queue's rule.

    The rule's own prefix comes first where it wants another; its suffix ends the key. Without a
    readable configuration the suffix is the expected one, or `.mp3`.
    """
    stem = f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    rules = _rules_to(configuration, queue)
    fallback = f"{prefix or TEST_PREFIX}{stem}{expected_suffix or '.mp3'}"
    for rule in rules:
        if explain_match(rule, fallback, PUT_EVENT).matches:
            return TestKey(fallback, rule)
    if not rules:
        return TestKey(fallback, None)
    rule = next((r for r in rules if _covers_put(r)), rules[0])
    return TestKey(_fitting(rule, stem, prefix), rule)


def fires(
    configuration: NotificationConfiguration | None, queue: QueueRef, key: str, event: str
) -> bool:
    """Whether a rule sends `event` on `key` to the queue, as far as the configuration is known."""
    return any(explain_match(rule, key, event).matches for rule in _rules_to(configuration, queue))


def _rules_to(
    configuration: NotificationConfiguration | None, queue: QueueRef
) -> Sequence[NotificationRule]:
    if configuration is None:
        return ()
    return [rule for rule in configuration.of_kind("queue") if rule.destination == queue.arn]


def _covers_put(rule: NotificationRule) -> bool:
    return any(event_matches(pattern, PUT_EVENT) for pattern in rule.events)


def _fitting(rule: NotificationRule, stem: str, prefix: str | None) -> str:
    wanted = decode_filter(rule.prefix or "")
    start = prefix if prefix is not None else TEST_PREFIX
    if prefix is None and not start.startswith(wanted):
        start = f"{wanted}{TEST_PREFIX}"
    suffix = decode_filter(rule.suffix) if rule.suffix is not None else ".mp3"
    return f"{start}{stem}{suffix}"
