"""A bucket's notification rules: read them, match keys against them, compare with expectation.

Pure. Filters are compared case-sensitively, as S3 likely does: no sentence of AWS's that says so
was found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal
from urllib.parse import quote_plus, unquote_plus

from console.models.notification import (
    Difference,
    MatchResult,
    NotificationConfiguration,
    NotificationRule,
    Obstacle,
    RuleKind,
)

_DEFAULT_EVENTS = ("s3:ObjectCreated:*",)

# The keys of `GetBucketNotificationConfiguration`'s answer for each kind of destination.
_DESTINATIONS: tuple[tuple[RuleKind, str, str], ...] = (
    ("queue", "QueueConfigurations", "QueueArn"),
    ("topic", "TopicConfigurations", "TopicArn"),
    ("function", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
)

# S3 User Guide, object key naming: characters that are safe. All others must be percent-encoded
# in filters, and a space written as `+` (event notification filtering). `~` is not named there,
# and left alone by encoders.
_RAW_SPECIAL = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9!\-_.*'()/+%~]")

_EVENTBRIDGE_REASON = (
    "EventBridge gets every event of the bucket; where its own rules send them is not part of "
    "the bucket's configuration."
)

# What the wildcards stand for today (S3 User Guide, supported event types).
_MEMBERS = {
    "ObjectCreated:*": ("Put", "Post", "Copy", "CompleteMultipartUpload"),
    "ObjectRemoved:*": ("Delete", "DeleteMarkerCreated"),
    "ObjectRestore:*": ("Post", "Completed", "Delete"),
    "ObjectTagging:*": ("Put", "Delete"),
    "LifecycleExpiration:*": ("Delete", "DeleteMarkerCreated"),
    "Replication:*": (
        "OperationFailedReplication",
        "OperationMissedThreshold",
        "OperationReplicatedAfterThreshold",
        "OperationNotTracked",
    ),
}


def parse_configuration(response: Mapping[str, Any]) -> NotificationConfiguration:
    """Read the answer of boto3's `get_bucket_notification_configuration`."""
    rules = [
        _parse_rule(kind, item, arn)
        for kind, key, arn in _DESTINATIONS
        for item in response.get(key) or ()
    ]
    # An empty mapping means on; absent means off (S3 API Reference, EventBridgeConfiguration).
    if response.get("EventBridgeConfiguration") is not None:
        rules.append(NotificationRule("EventBridge", "eventbridge", None, ()))
    return NotificationConfiguration(tuple(rules))


def _parse_rule(kind: RuleKind, item: Mapping[str, Any], arn: str) -> NotificationRule:
    filters = {
        str(rule.get("Name", "")).lower(): str(rule.get("Value", ""))
        for rule in ((item.get("Filter") or {}).get("Key") or {}).get("FilterRules") or ()
    }
    return NotificationRule(
        id=str(item.get("Id", "")),
        kind=kind,
        destination=item.get(arn),
        events=tuple(item.get("Events") or ()),
        prefix=filters.get("prefix") or None,
        suffix=filters.get("suffix") or None,
    )


def event_matches(pattern: str, event_name: str) -> bool:
    """Whether a rule's event type such as `s3:ObjectCreated:*` covers an event or a narrower type.

    The `s3:` prefix is optional on both sides.
    """
    pattern, name = pattern.removeprefix("s3:"), event_name.removeprefix("s3:")
    if pattern.endswith(":*"):
        return name.startswith(pattern[:-1])
    # A type without members, such as s3:IntelligentTiering, has events with more to their name.
    return name == pattern or (":" not in pattern and name.startswith(pattern + ":"))


def members_of(event: str) -> tuple[str, ...]:
    """The single event types, without `s3:`, that a type stands for; a type without known members
    stands for itself."""
    name = event.removeprefix("s3:")
    family = name.partition(":")[0]
    return tuple(f"{family}:{member}" for member in _MEMBERS.get(name, ())) or (name,)


def decode_filter(value: str) -> str:
    """The text that a filter value stands for: percent-decoded, `+` read as a space."""
    return unquote_plus(value)


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a key, where a filter compares it."""

    name: Literal["prefix", "suffix"]
    verb: str
    verb_of_one: str
    found: Callable[[str, str], bool]


_PREFIX = _End("prefix", "start with", "starts with", str.startswith)
_SUFFIX = _End("suffix", "end with", "ends with", str.endswith)


def explain_match(rule: NotificationRule, key: str, event_name: str) -> MatchResult:
    """Whether an event about `key` (decoded) fires `rule`; one reason for each obstacle.

    Where an EventBridge rule matches, its reason says what cannot be known here. Reasons quote the
    rule's filters, which are hostile text.
    """
    reasons = tuple(obstacle.reason for obstacle in obstacles(rule, key, event_name))
    if rule.kind == "eventbridge" and not reasons:
        return MatchResult(True, (_EVENTBRIDGE_REASON,))
    return MatchResult(not reasons, reasons)


def obstacles(rule: NotificationRule, key: str, event_name: str | None) -> tuple[Obstacle, ...]:
    """What keeps an event about `key` (decoded) from firing `rule`: nothing where it fires.

    An `event_name` of `None` leaves the event type aside. EventBridge gets events of every type,
    where the rule names none.
    """
    found = (
        _event_obstacle(rule, event_name),
        _filter_obstacle(_PREFIX, rule.prefix, key),
        _filter_obstacle(_SUFFIX, rule.suffix, key),
    )
    return tuple(obstacle for obstacle in found if obstacle is not None)


def raw_special(value: str) -> str | None:
    """The first character of a filter value that should have been percent-encoded."""
    found = _RAW_SPECIAL.search(value)
    return found[0] if found else None


def encoded_filter(value: str) -> str:
    """A filter value as S3 wants it written: what is encoded in it already stays so."""
    return quote_plus(decode_filter(value), safe="/!*'()~")


def _event_obstacle(rule: NotificationRule, event_name: str | None) -> Obstacle | None:
    if event_name is None or (rule.kind == "eventbridge" and not rule.events):
        return None
    if any(event_matches(pattern, event_name) for pattern in rule.events):
        return None
    name = event_name.removeprefix("s3:")
    reason = f"The rule does not cover {name} events, only {_listed(rule.events)}."
    return Obstacle("events", "event", reason)


def _filter_obstacle(end: _End, value: str | None, key: str) -> Obstacle | None:
    if not value:
        return None
    wanted = decode_filter(value)
    if (raw := _never_fires(end, value)) is not None:
        meant = "wildcard" if _as_wildcard(end, wanted, key) else "other"
        return Obstacle(end.name, "encoding" if end.found(key, wanted) else meant, raw)
    if end.found(key, wanted):
        return None
    if end.found(key.lower(), wanted.lower()):
        reason = (
            f"The key's {end.name} and the rule's \"{value}\" differ only in upper and lower "
            "case, and S3 likely tells these apart."
        )
        return Obstacle(end.name, "case", reason)
    if "*" in value:
        meant = "wildcard" if _as_wildcard(end, wanted, key) else "other"
        reason = f'The {end.name} "{value}" holds a *, which S3 takes literally: it is no wildcard.'
        return Obstacle(end.name, meant, reason)
    if "+" in value and end.found(key, value):
        reason = f'In the {end.name} "{value}" the + stands for a space; a plus is written %2B.'
        return Obstacle(end.name, "encoding", reason)
    return Obstacle(end.name, "other", f'The key does not {end.verb} the {end.name} "{value}".')


def _as_wildcard(end: _End, wanted: str, key: str) -> bool:
    """Whether the key has the end that is wanted, were `*` a wildcard."""
    if "*" not in wanted:
        return False
    pattern = wanted.lower().replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(key.lower(), f"{pattern}*" if end is _PREFIX else f"*{pattern}")


def _never_fires(end: _End, value: str) -> str | None:
    special = raw_special(value)
    if special is None:
        return None
    return (
        f'The {end.name} "{value}" holds "{special}" as it is: S3 accepts that, and the rule '
        f'then never fires. It must be written "{encoded_filter(value)}".'
    )


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values) or "none"


def matches_pipeline(
    rule: NotificationRule,
    *,
    queue_arn: str | None,
    events: tuple[str, ...] = _DEFAULT_EVENTS,
    prefix: str | None = None,
    suffix: str | None = None,
) -> bool:
    """Whether one rule is all that the pipeline expects.

    It sends to the queue, covers every expected event, and has the expected filters. `None`
    expects nothing in particular; an empty prefix or suffix expects that there is none.
    """
    return (
        _sends_to(rule, queue_arn)
        and not uncovered(events, rule.events)
        and _filter_is(rule.prefix, prefix)
        and _filter_is(rule.suffix, suffix)
    )


def _sends_to(rule: NotificationRule, queue_arn: str | None) -> bool:
    return rule.kind == "queue" and (queue_arn is None or rule.destination == queue_arn)


def _filter_is(actual: str | None, expected: str | None) -> bool:
    actual = actual or ""
    return expected is None or expected in (actual, decode_filter(actual))


def uncovered(expected: Iterable[str], actual: Iterable[str]) -> tuple[str, ...]:
    """Those of the expected event types that the actual ones do not cover, or not all of."""
    patterns = tuple(actual)

    def covered(event: str) -> bool:
        if any(event_matches(pattern, event) for pattern in patterns):
            return True
        name = event.removeprefix("s3:")
        members = [f"{name[:-1]}{member}" for member in _MEMBERS.get(name, ())]
        return bool(members) and all(covered(member) for member in members)

    return tuple(event for event in expected if not covered(event))


def differences(
    configuration: NotificationConfiguration,
    *,
    queue_arn: str | None,
    events: tuple[str, ...] = _DEFAULT_EVENTS,
    prefix: str | None = None,
    suffix: str | None = None,
) -> tuple[Difference, ...]:
    """What the bucket's rules lack of what the pipeline expects, each with its meaning.

    Empty where events arrive as expected. Arguments as for `matches_pipeline`; several rules to
    the queue may cover the events together.
    """
    ours = [rule for rule in configuration.rules if _sends_to(rule, queue_arn)]
    if not ours:
        return (_no_rule(configuration, queue_arn),)
    fitting = [r for r in ours if _filter_is(r.prefix, prefix) and _filter_is(r.suffix, suffix)]
    found: list[Difference] = []
    if not fitting:
        nearest = max(
            ours, key=lambda r: _filter_is(r.prefix, prefix) + _filter_is(r.suffix, suffix)
        )
        found += _filter_differences(nearest, prefix, suffix, len(ours))
        fitting = [nearest]
    found += _event_differences(fitting, events)
    for rule in fitting:
        found += _encoding_differences(rule)
    return tuple(found)


def _no_rule(configuration: NotificationConfiguration, queue_arn: str | None) -> Difference:
    rules = configuration.rules
    actual = _listed(rule.destination or "EventBridge" for rule in rules) if rules else None
    if not rules:
        meaning = "The bucket has no notification configuration, so S3 sends no events at all."
    elif configuration.of_kind("queue"):
        meaning = "The bucket's events go to other queues, and none to this one."
    else:
        kinds = _listed(dict.fromkeys(_KIND_WORDS[rule.kind] for rule in rules))
        meaning = (
            f"The bucket sends no events to a queue itself, only to {kinds}; whether they reach "
            "this queue from there cannot be seen in the bucket's configuration."
        )
    field = "destination" if rules else "notification"
    return Difference(field, queue_arn or "a queue", actual, meaning)


_KIND_WORDS = {
    "queue": "a queue",
    "topic": "an SNS topic",
    "function": "a Lambda function",
    "eventbridge": "EventBridge",
}


def _event_differences(
    rules: list[NotificationRule], expected: tuple[str, ...]
) -> tuple[Difference, ...]:
    actual = tuple(dict.fromkeys(event for rule in rules for event in rule.events))
    missing = uncovered(expected, actual)
    if not missing:
        return ()
    meaning = f"Not every {_listed(missing)} event is covered, so some changes send no message."
    return (Difference("events", _listed(expected), _listed(actual), meaning),)


def _filter_differences(
    rule: NotificationRule, prefix: str | None, suffix: str | None, rules: int
) -> list[Difference]:
    several = f" Of the {rules} rules for this queue, {rule.id} is nearest." if rules > 1 else ""
    return [
        Difference(
            end.name, expected or None, actual, _filter_meaning(end, expected, actual) + several
        )
        for end, expected, actual in (
            (_PREFIX, prefix, rule.prefix),
            (_SUFFIX, suffix, rule.suffix),
        )
        if expected is not None and not _filter_is(actual, expected)
    ]


def _filter_meaning(end: _End, expected: str, actual: str | None) -> str:
    keys = f'keys that {end.verb} "{expected}"' if expected else "all keys"
    if not actual:
        return f"The rule has no {end.name}: events of all keys come, not only of {keys}."
    decoded = decode_filter(actual)
    if expected and end.found(expected, decoded):
        return f'The rule is wider: it fires for every key that {end.verb_of_one} "{actual}".'
    if end.found(decoded, expected):
        return f'The rule is narrower: of {keys}, only those with "{actual}" fire it.'
    if decoded.lower() == expected.lower():
        return (
            "They differ only in upper and lower case, which S3 likely tells apart: "
            f"{keys} do not fire the rule."
        )
    return f'{keys[0].upper()}{keys[1:]} do not fire the rule, only those with "{actual}".'


def _encoding_differences(rule: NotificationRule) -> list[Difference]:
    return [
        Difference(end.name, encoded_filter(value), value, meaning)
        for end, value in ((_PREFIX, rule.prefix), (_SUFFIX, rule.suffix))
        if value and (meaning := _never_fires(end, value)) is not None
    ]
