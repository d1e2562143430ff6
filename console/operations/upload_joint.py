"""Why no event came, as far as the bucket's configuration and the queue's policy alone prove it."""

from __future__ import annotations

from console.models.notification import NotificationConfiguration, NotificationRule
from console.models.queue import QueueAttributes
from console.notification import decode_filter, event_matches, explain_match
from console.operations.upload_key import PUT_EVENT


def broken_joint(
    configuration: NotificationConfiguration | None,
    queue: QueueAttributes | None,
    key: str,
    event: str = PUT_EVENT,
) -> tuple[tuple[str, ...], str]:
    """The ids of the causes that are proven, and one sentence that names the broken joint.

    `configuration` or `queue` is `None` where it may not be read, which proves nothing.
    """
    if configuration is None:
        return (), "The bucket's notification configuration cannot be read, so the cause is open."
    if not configuration.rules:
        return ("bucket.no-notification",), "The bucket has no notification configuration."
    arn = queue.arn if queue else None
    to_queue = [r for r in configuration.of_kind("queue") if r.destination == arn]
    if arn and not to_queue:
        return _elsewhere(configuration)
    if to_queue and not any(explain_match(r, key, event).matches for r in to_queue):
        return _no_rule_fires(to_queue, key, event)
    if queue and queue.policy is None:
        return ("policy.no-allow",), "The queue has no policy, so S3 may not send to it."
    return (), (
        "The rule fires for this key and names this queue: the event was delayed, refused by the "
        "queue's policy or encryption, or taken by a consumer."
    )


def _elsewhere(configuration: NotificationConfiguration) -> tuple[tuple[str, ...], str]:
    if configuration.of_kind("queue"):
        return ("bucket.other-queue",), "The bucket's rules send events to another queue."
    return (
        ("bucket.other-destination",),
        "The bucket's rules send events to another kind of destination, and to no queue.",
    )


def _no_rule_fires(
    rules: list[NotificationRule], key: str, event: str
) -> tuple[tuple[str, ...], str]:
    """The obstacle of the rule that came closest: the one with the fewest."""
    closest = min(rules, key=lambda rule: len(explain_match(rule, key, event).reasons))
    reasons = " ".join(explain_match(closest, key, event).reasons)
    return (_obstacle(closest, key, event),), f"No rule fires for this key. {reasons}"


def _obstacle(rule: NotificationRule, key: str, event: str) -> str:
    suffix, prefix = decode_filter(rule.suffix or ""), decode_filter(rule.prefix or "")
    if not any(event_matches(pattern, event) for pattern in rule.events):
        return "bucket.events-not-covered"
    if not key.startswith(prefix):
        return "filter.prefix"
    if key.lower().endswith(suffix.lower()) and not key.endswith(suffix):
        return "filter.suffix-case"
    if not key.endswith(suffix):
        return "filter.suffix"
    return "filter.unencoded-characters"
