"""The bucket: is it the right one, does it tell anybody about its objects, and is it this queue?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from console.errors import AwsError, ConsoleError
from console.models.finding import Certainty, Finding
from console.models.notification import NotificationRule
from console.operations.doctor.check import Check, NotApplicable, Omit
from console.operations.doctor.common_facts import bucket_name, notification, queue_policy
from console.operations.doctor.destination_checks import DESTINATION_CHECKS
from console.operations.doctor.event_checks import EVENT_CHECKS
from console.operations.doctor.facts import Facts
from console.operations.doctor.matching import asked, concerns, fits, reach
from console.operations.doctor.paths import (
    Gate,
    bus_rules,
    configuration,
    is_bucket_name,
    is_directory_bucket,
    queue_arn,
)
from console.operations.doctor.repairs import rule_repair
from console.operations.naming import buckets_in_policy

_WRONG = "bucket.wrong-bucket"
_OTHER_QUEUE = "bucket.other-queue"
_ELSEWHERE = "bucket.other-destination"
# S3 refuses a rule to such a queue when it is put, so that there is none, or one to another queue.
_REFUSED = ("queue.fifo", "queue.other-region")
_NAMES = {
    "queue": "another queue",
    "topic": "an SNS topic",
    "function": "a Lambda function",
    "eventbridge": "EventBridge",
}


def _right_bucket(facts: Facts) -> Iterator[Finding]:
    bucket = facts(bucket_name)
    if is_directory_bucket(bucket):
        yield Finding(
            _WRONG,
            "fail",
            "proven",
            "This is a directory bucket, and those send no event notifications.",
            {"bucket": bucket},
            "Upload to a general purpose bucket, and name that one with --bucket.",
        )
    elif not is_bucket_name(bucket):
        yield Finding(
            _WRONG,
            "fail",
            "proven",
            "No bucket can have this name.",
            {"bucket": bucket},
            "Name the bucket alone with --bucket, without s3:// or arn: before it.",
        )
    elif not _exists(facts, bucket):
        yield Finding(
            _WRONG,
            "fail",
            "proven",
            "There is no bucket of this name.",
            {"bucket": bucket, "error": "NoSuchBucket"},
            "Name the right bucket with --bucket; check the endpoint and the name's spelling.",
            ("aws s3api list-buckets",),
        )
    elif feeding := facts(feeding_bucket):
        yield Finding(
            _WRONG,
            "fail",
            "likely",
            "No rule of this bucket leads to the queue, and its policy admits another bucket, "
            "whose rules do.",
            {"bucket": bucket, "queue": facts(queue_arn), "feeding_bucket": feeding},
            "Upload to that bucket, or ask about it with --bucket.",
        )


def _exists(facts: Facts, bucket: str) -> bool:
    """Whether there is such a bucket. Raises `AwsError` where S3 does not tell."""
    try:
        facts(notification)
    except AwsError as error:
        if error.kind == "no-such-bucket":
            return False
        # Who may not read the configuration is told the bucket's region all the same.
        if error.kind != "access-denied" or facts.bench.gateway.s3.bucket_region(bucket) is None:
            raise
    return True


def feeding_bucket(facts: Facts) -> str | None:
    """Another bucket whose rules name the queue, where the asked one has none that lead there and
    the queue policy names only others; `None` where that is not so or cannot be read."""
    bucket = facts(bucket_name)
    try:
        if facts(reach).rules:
            return None
        named = buckets_in_policy(facts(queue_policy) or {})
        if bucket in named:
            return None
        return next((other for other in named if _feeds(facts, other)), None)
    except (ConsoleError, NotApplicable, ValueError):
        return None


def _feeds(facts: Facts, bucket: str) -> bool:
    arn = facts(queue_arn)
    rules = facts.bench.gateway.s3.notification(bucket).of_kind("queue")
    return any(rule.destination == arn for rule in rules)


def _any_rule(facts: Facts) -> Iterator[Finding]:
    if facts(configuration).rules:
        return
    yield Finding(
        "bucket.no-notification",
        "fail",
        "proven",
        "The bucket has no notification configuration, so S3 sends no events at all.",
        {"bucket": facts(bucket_name), "rules": []},
        "Put a rule for the queue into the bucket's notification configuration.",
        (rule_repair(facts, "bucket.no-notification"),),
        because_of=(_WRONG, *_REFUSED),
    )


def _leads_here(facts: Facts) -> Iterator[Finding | Omit]:
    """Answers for `other-queue` and `other-destination`."""
    if not facts(configuration).rules:
        yield from (Omit(_OTHER_QUEUE), Omit(_ELSEWHERE))
        return
    found = facts(reach)
    if found.rules:
        yield from _told_elsewhere(facts)
        yield from _unsure(facts)
        return
    # Rules for other keys or events tell less of where these ones go.
    told = tuple(rule for rule in found.others if fits(facts, rule)) or found.others
    if queues := [rule for rule in told if rule.kind == "queue"]:
        yield _other_queue(facts, queues, "proven" if found.unread is None else "likely")
        return
    if found.unread:
        raise found.unread
    yield _other_destination(facts, told)


def _told_elsewhere(facts: Facts) -> Iterator[Finding]:
    """Rules lead here, but what is asked fires none of them: does it fire another one?"""
    found = facts(reach)
    if any(fits(facts, rule) for rule in found.rules):
        return
    # Nothing asked, nothing missed: unless no rule here covers the events that others do.
    if not facts(asked).anything and any(concerns(facts, rule) for rule in found.rules):
        return
    fired = [r for r in found.others if r.kind != "eventbridge" and fits(facts, r)]
    if queues := [rule for rule in fired if rule.kind == "queue"]:
        yield _other_queue(facts, queues, "proven")
    elif fired:
        yield _other_destination(facts, tuple(fired))


def _unsure(facts: Facts) -> Iterator[Finding]:
    """Nothing is certain to come here, as far as can be told of what lets events on."""
    found = facts(reach)
    fitting = [rule for rule in found.rules if fits(facts, rule)]
    if not fitting or any(rule not in found.unsure for rule in fitting):
        return
    gates = _told(found.gates, None)
    yield Finding(
        _ELSEWHERE,
        "unknown",
        "likely",
        f"Whether these events come to this queue cannot be told: it depends on {_parts(gates)}.",
        {"bucket": facts(bucket_name), "queue": facts(queue_arn), "depends_on": gates},
        "Compare these parts of the pattern with an event of the bucket.",
    )


def _told(gates: Iterable[Gate], matches: bool | None) -> list[dict[str, object]]:
    """What of each pattern or filter policy decides that it does not match, or may not."""
    return [
        {"name": gate.name, "parts": list(gate.judgement.parts)}
        for gate in gates
        if gate.judgement.matches is matches and gate.judgement.parts
    ]


def _parts(gates: Sequence[Mapping[str, Any]]) -> str:
    """The same in words."""
    return ", and ".join(f"{', '.join(gate['parts'])} of {gate['name']}" for gate in gates)


def _other_queue(facts: Facts, rules: list[NotificationRule], certainty: Certainty) -> Finding:
    return Finding(
        _OTHER_QUEUE,
        "fail",
        certainty,
        "The bucket's rules send these events to another queue, and not to this one.",
        {
            "bucket": facts(bucket_name),
            "expected": facts(queue_arn),
            "actual": [rule.destination for rule in rules],
            "rules": [rule.id for rule in rules],
        },
        "Name this queue's ARN in the rule, or look at the queue that the rule names.",
        (rule_repair(facts, _OTHER_QUEUE),),
        because_of=(_WRONG, "bucket.destination-missing", *_REFUSED),
    )


def _other_destination(facts: Facts, rules: tuple[NotificationRule, ...]) -> Finding:
    kinds = ", ".join(dict.fromkeys(_NAMES[rule.kind] for rule in rules))
    evidence: dict[str, object] = {
        "bucket": facts(bucket_name),
        "queue": facts(queue_arn),
        "destinations": [rule.destination or "EventBridge" for rule in rules],
    }
    refusing = _told(facts(reach).gates, False)
    if refusing:
        evidence["mismatches"] = refusing
    on_the_bus = any(rule.kind == "eventbridge" for rule in rules)
    if on_the_bus:
        evidence["eventbridge_rules"] = [
            {"name": rule.name, "enabled": rule.enabled, "pattern": rule.pattern}
            for rule in facts(bus_rules)
        ]
    # A function may send on, and EventBridge's targets may too: only a topic's path is known whole.
    known = all(rule.kind == "topic" for rule in rules)
    return Finding(
        _ELSEWHERE,
        "fail",
        "proven" if known else "likely",
        f"The bucket sends these events only to {kinds}, and from there none comes to this queue"
        + (f": they do not match {_parts(refusing)}." if refusing else "."),
        evidence,
        # A second way beside one that only leaves some out would bring all others twice.
        "Change this part of it so that it matches these events."
        if refusing
        else "Add a rule for the queue itself, or subscribe the queue to what gets the events.",
        () if refusing else (rule_repair(facts, _ELSEWHERE),),
        because_of=(_WRONG, "bucket.destination-missing", *_REFUSED),
    )


BUCKET_CHECKS = (
    Check({_WRONG: "The bucket exists and can send events."}, _right_bucket),
    Check({"bucket.no-notification": "The bucket has a notification configuration."}, _any_rule),
    Check(
        {
            _OTHER_QUEUE: "The bucket's rules name this queue.",
            _ELSEWHERE: "The bucket's events come to this queue.",
        },
        _leads_here,
    ),
    *EVENT_CHECKS,
    *DESTINATION_CHECKS,
)
