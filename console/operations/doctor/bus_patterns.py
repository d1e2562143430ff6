"""EventBridge's rules read as notification rules, as far as their patterns say so plainly. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote_plus

from console.models.notification import NotificationRule
from console.models.routes import BusRule

_SOURCE = "aws.s3"
_CREATED = "Object Created"

# EventBridge names the API call, S3 the kind of event (S3 User Guide, EventBridge event mapping).
_REASONS = {
    "PutObject": "s3:ObjectCreated:Put",
    "POST Object": "s3:ObjectCreated:Post",
    "CopyObject": "s3:ObjectCreated:Copy",
    "CompleteMultipartUpload": "s3:ObjectCreated:CompleteMultipartUpload",
}


def carries(rule: BusRule, bucket: str) -> bool:
    """Whether an EventBridge rule takes the bucket's `Object Created` events.

    Content filters are not evaluated: they may match.
    """
    if not rule.enabled or rule.pattern is None:
        return False
    detail = _mapping(rule.pattern.get("detail"))
    return (
        _may_be(rule.pattern.get("source"), _SOURCE)
        and _may_be(rule.pattern.get("detail-type"), _CREATED)
        and _may_be(_mapping(detail.get("bucket")).get("name"), bucket)
    )


def as_rules(rule: BusRule) -> tuple[NotificationRule, ...]:
    """What an EventBridge rule takes: one notification rule for each of the filters that its
    pattern has on keys, with a prefix or suffix where the filter is one.

    Without event types it takes every event.
    """
    detail = _mapping(rule.pattern.get("detail")) if rule.pattern else {}
    reasons = _list(detail.get("reason"))
    known = [_REASONS[r] for r in reasons if isinstance(r, str) and r in _REASONS]
    events = tuple(known) if len(known) == len(reasons) else ()
    return tuple(
        NotificationRule(rule.name, "eventbridge", None, events, *_ends(choice))
        for choice in _list(_mapping(detail.get("object")).get("key")) or [None]
    )


def _ends(choice: object) -> tuple[str | None, str | None]:
    """Prefix and suffix of one filter on keys, encoded as in notification rules."""
    found = _mapping(choice)
    prefix, suffix, pattern = (found.get(name) for name in ("prefix", "suffix", "wildcard"))
    if isinstance(pattern, str) and pattern.count("*") == 1 and "\\" not in pattern:
        prefix, _, suffix = pattern.partition("*")
    return _encoded(prefix), _encoded(suffix)


def _encoded(value: object) -> str | None:
    return quote_plus(value, safe="/") if isinstance(value, str) and value else None


def _may_be(wanted: object, value: str) -> bool:
    """Whether a part of a pattern may match: it is absent, lists the value, or holds a content
    filter."""
    if not isinstance(wanted, list):
        return True
    choices = _list(wanted)
    return value in choices or any(isinstance(choice, dict) for choice in choices)


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
