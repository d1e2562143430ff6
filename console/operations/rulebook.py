"""Which event S3 would send to the pipeline's queue for a key, by the rules that lead there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from console.errors import AwsError, UsageError
from console.models.notification import NotificationRule
from console.notification import event_matches, explain_match
from console.operations.workbench import Workbench

CREATED = (
    "ObjectCreated:Put",
    "ObjectCreated:CompleteMultipartUpload",
    "ObjectCreated:Copy",
    "ObjectCreated:Post",
)
"""The events of a new object, the usual one first (S3 User Guide, supported event types)."""
NO_RULE = "event-console"
"""The rule id in events for keys that no rule matches."""


@dataclass(frozen=True, slots=True)
class Firing:
    """What a key fires: the rule's id, and the event's name without `s3:`."""

    rule_id: str
    event: str


class RuleBook:
    """The rules that send events of new objects to one queue. With `any_key` every key fires."""

    def __init__(self, rules: Sequence[NotificationRule], *, any_key: bool = False) -> None:
        self._rules = [
            (rule, Firing(rule.id, event)) for rule in rules if (event := covered(rule)) is not None
        ]
        first = self._rules[0][1] if self._rules else Firing(NO_RULE, CREATED[0])
        self._otherwise = first if any_key else None

    def __len__(self) -> int:
        return len(self._rules)

    def firing(self, key: str) -> Firing | None:
        """What a decoded key fires, `None` for nothing."""
        for rule, firing in self._rules:
            if explain_match(rule, key, firing.event).matches:
                return firing
        return self._otherwise


def covered(rule: NotificationRule) -> str | None:
    """The event of a new object that a rule covers, the usual one where it covers several."""
    fitting = (e for e in CREATED if any(event_matches(pattern, e) for pattern in rule.events))
    return next(fitting, None)


def rules_to_queue(workbench: Workbench) -> tuple[NotificationRule, ...]:
    """The bucket's rules that name the pipeline's queue. Raises `AwsError`, `UsageError`."""
    queue = workbench.need_queue()
    configuration = workbench.gateway.s3.notification(workbench.need_bucket())
    return tuple(r for r in configuration.of_kind("queue") if r.destination == queue.arn)


def expected_rulebook(workbench: Workbench) -> tuple[RuleBook, str | None]:
    """The rules to the queue, or where there are none, what the pipeline expects of one; and a
    note where it is that.

    Raises `UsageError` where there is no rule and nothing is expected, `AwsError` where the rules
    cannot be read and nothing is expected.
    """
    pipeline = workbench.pipeline
    expected = pipeline.expected_prefix is not None or pipeline.expected_suffix is not None
    try:
        return rulebook(workbench), None
    except (AwsError, UsageError) as error:
        if not expected:
            raise
        note = f"{error.sentence} Keys are matched with what the pipeline expects."
    rule = NotificationRule(
        id=NO_RULE,
        kind="queue",
        destination=workbench.need_queue().arn,
        events=pipeline.expected_events,
        prefix=quote_plus(pipeline.expected_prefix or "", safe="/") or None,
        suffix=quote_plus(pipeline.expected_suffix or "", safe="/") or None,
    )
    return RuleBook([rule]), note


def rulebook(workbench: Workbench, *, any_key: bool = False) -> RuleBook:
    """The rules by which events are sent again.

    Raises `UsageError` where no rule sends events of new objects to the queue, and `AwsError`
    where they cannot be read, both unless `any_key`.
    """
    try:
        rules = rules_to_queue(workbench)
    except AwsError:
        if not any_key:
            raise
        rules = ()
    book = RuleBook(rules, any_key=any_key)
    if not len(book) and not any_key:
        raise UsageError(
            "No rule",
            f"No rule of bucket {workbench.need_bucket()} sends events of new objects to "
            f"{workbench.need_queue().name}.",
            "doctor tells why; --any-key sends events for keys that no rule matches.",
        )
    return book
