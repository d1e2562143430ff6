"""The rules themselves: do their queues exist, and could S3 take them as they are?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from console.errors import AwsError
from console.models.finding import Certainty, Finding
from console.models.notification import NotificationRule
from console.notification import decode_filter, event_matches
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import bucket_name, queue_answer
from console.operations.doctor.facts import Facts
from console.operations.doctor.matching import reach
from console.operations.doctor.paths import configuration, queue_arn, subscriptions
from console.operations.doctor.topic_policies import MISSING, topics_let_in
from console.operations.queues import queue_by_arn

_STALE = "bucket.stale-destinations"
_OVERLAP = "bucket.overlapping-rules"
_LOOK_AT = 20


def missing_queue(facts: Facts, arn: str) -> Certainty | None:
    """How certain it is that there is no queue of this ARN; `None` where there is one.

    Another account's queue that this identity may not see looks the same as none. Raises
    `AwsError`.
    """
    if arn.count(":") < 5:
        return "proven"
    try:
        if arn == facts(queue_arn) and _readable(facts):
            return None
        queue_by_arn(facts.bench, arn)
    except AwsError as error:
        if error.kind != "no-such-queue":
            raise
        return "proven" if _own_account(facts, arn) else "likely"
    return None


def _readable(facts: Facts) -> bool:
    """Whether the pipeline's own queue can be read, and so exists."""
    try:
        facts(queue_answer)
    except AwsError as error:
        if error.kind == "access-denied":
            return False
        raise
    return True


def _own_account(facts: Facts, arn: str | None) -> bool:
    own = facts.pipeline.identity
    return own is not None and (arn or "").split(":")[4:5] == [own.account]


def _gone(facts: Facts, rule: NotificationRule) -> Certainty | None:
    """How certain it is that the destination of a rule is missing."""
    arn = rule.destination or ""
    if rule.kind == "queue":
        return facts(missing_queue, arn)
    return "proven" if facts(subscriptions, arn) is None else None


def _destinations_exist(facts: Facts) -> Iterator[Finding]:
    rules = _that_matter(facts)[:_LOOK_AT]
    told = [facts(_gone, rule) for rule in rules]
    # A rule whose destination exists explains by itself why nothing comes here.
    if not rules or None in told:
        yield from topics_let_in(facts)
        return
    own = any(rule.destination == facts(queue_arn) for rule in rules)
    seen = "likely" not in told
    yield Finding(
        MISSING,
        "fail",
        "proven" if seen else "likely",
        "The bucket's rules name a destination that does not exist."
        if seen
        else "The bucket's rules name a queue that does not exist, or that this identity may not "
        "see.",
        {
            "bucket": facts(bucket_name),
            "rules": [rule.id for rule in rules],
            "destinations": [rule.destination for rule in rules],
        },
        "Create the destination with its policy, or name the right one in the rule.",
        because_of=_explained_by(own, seen),
    )


def _explained_by(own: bool, seen: bool) -> tuple[str, ...]:
    """What explains the finding: that the queue itself is missing, or, where another account's
    queue may only be hidden, that it is another queue at all."""
    if own:
        return ("queue.missing",)
    return () if seen else ("bucket.other-queue",)


def _that_matter(facts: Facts) -> list[NotificationRule]:
    """The rules that name this queue, or where nothing leads here, those that lead elsewhere."""
    found = facts(reach)
    if found.rules:
        return [rule for rule in found.rules if rule.kind == "queue"]
    for kind in ("queue", "topic"):
        if rules := [rule for rule in found.others if rule.kind == kind]:
            return rules
    return []


def _stale(facts: Facts) -> Iterator[Finding]:
    """Destinations of rules that have nothing to do with this queue: a hindrance, no cause."""
    found = facts(reach)
    if not found.rules:
        return
    # Another account's queue may only be hidden from this identity.
    queues = [r for r in found.others if r.kind == "queue" and _own_account(facts, r.destination)]
    gone = [rule for rule in queues[:_LOOK_AT] if facts(_gone, rule)]
    if gone:
        yield Finding(
            _STALE,
            "warn",
            "proven",
            "Other rules of the bucket name queues that do not exist; S3 refuses any new "
            "configuration that still holds them.",
            {
                "bucket": facts(bucket_name),
                "rules": [rule.id for rule in gone],
                "destinations": [rule.destination for rule in gone],
            },
            "Remove all of these rules in one change.",
        )


def _overlaps(facts: Facts) -> Iterator[Finding]:
    rules = [rule for rule in facts(configuration).rules if rule.kind != "eventbridge"]
    pairs = [(a, b) for a, b in combinations(rules, 2) if overlap(a, b)]
    if pairs:
        yield Finding(
            _OVERLAP,
            "fail",
            "proven",
            "Rules overlap: some keys fit two rules for the same event type, which S3 refuses as "
            "ambiguous.",
            {
                "bucket": facts(bucket_name),
                "pairs": [[_told(a), _told(b)] for a, b in pairs],
            },
            "Make prefixes or suffixes disjoint, or fan out from one rule by SNS or EventBridge.",
        )


def overlap(a: NotificationRule, b: NotificationRule) -> bool:
    """Whether two rules fit a common key and event type.

    S3 User Guide, event notification filtering: prefixes that overlap are fine where suffixes do
    not, and the other way round; a filter that is missing overlaps everything.
    """
    events = any(event_matches(x, y) or event_matches(y, x) for x in a.events for y in b.events)
    prefixes = decode_filter(a.prefix or ""), decode_filter(b.prefix or "")
    suffixes = decode_filter(a.suffix or ""), decode_filter(b.suffix or "")
    return (
        events
        and (prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0]))
        and (suffixes[0].endswith(suffixes[1]) or suffixes[1].endswith(suffixes[0]))
    )


def _told(rule: NotificationRule) -> dict[str, object]:
    return {
        "id": rule.id,
        "destination": rule.destination,
        "events": list(rule.events),
        "prefix": rule.prefix,
        "suffix": rule.suffix,
    }


DESTINATION_CHECKS = (
    Check({MISSING: "The queues that the rules name exist."}, _destinations_exist),
    Check(
        {_STALE: "No other rule of the bucket names a queue that does not exist."},
        _stale,
        essential=False,
    ),
    Check({_OVERLAP: "No two rules of the bucket overlap."}, _overlaps),
)
