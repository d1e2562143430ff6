"""Do the rules that lead here cover the events of the uploads?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from console.errors import AwsError
from console.models.finding import Certainty, Finding
from console.models.notification import NotificationRule
from console.models.pipeline import DEFAULT_EVENTS
from console.notification import members_of, obstacles
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.facts import Facts
from console.operations.doctor.matching import (
    concerned_rules,
    covers,
    fitting_rules,
    reach,
    rules_here,
)
from console.operations.doctor.object_facts import asked_object
from console.operations.doctor.recent import recent_objects
from console.operations.doctor.repairs import rule_repair

_NOT_COVERED = "bucket.events-not-covered"
_FAMILY = "object.other-event-family"
_CONSEQUENCE_OF = ("object.not-uploaded", "bucket.other-queue", "bucket.other-destination")
_CREATED = "ObjectCreated:"
_PARTS = "ObjectCreated:CompleteMultipartUpload"
_PLAIN = ("ObjectCreated:Put", "ObjectCreated:Post", "ObjectCreated:Copy")
_MAIN_FAMILIES = ("ObjectCreated", "ObjectRemoved")


@dataclass(frozen=True, slots=True)
class Gap:
    """An event type that uploads cause and no rule here covers; `why` says how that is known."""

    event: str
    certainty: Certainty
    why: str
    only_a_risk: bool = False


def _uncovered(rules: Sequence[NotificationRule], events: Sequence[str]) -> list[str]:
    """The single event types among `events` that no rule covers."""
    single = [member for event in events for member in members_of(event)]
    return [name for name in single if not any(covers(rule, name) for rule in rules)]


def _covered(facts: Facts) -> Iterator[Finding]:
    gap = _gap(facts)
    if gap is None:
        return
    rules = facts(rules_here)
    yield Finding(
        _NOT_COVERED,
        "warn" if gap.only_a_risk else "fail",
        gap.certainty,
        f"The rules for this queue do not cover {gap.event} events: {gap.why}",
        {
            "bucket": facts(bucket_name),
            "events": list(dict.fromkeys(event for rule in rules for event in rule.events)),
            "not_covered": gap.event,
            "rules": [rule.id for rule in rules],
        },
        "Let the rule cover s3:ObjectCreated:*, or add the event type that is missing.",
        (rule_repair(facts, _NOT_COVERED),) if facts(reach).straight else (),
        because_of=_CONSEQUENCE_OF,
    )


def _gap(facts: Facts) -> Gap | None:
    if not facts(concerned_rules):
        expected = facts.pipeline.expected_events
        if all(_family(event) not in _MAIN_FAMILIES for event in expected):
            return None
        return Gap(", ".join(expected), "proven", "they cover no upload at all.")
    rules = facts(fitting_rules)
    if not rules:
        raise NotApplicable
    missing = _uncovered(rules, facts.pipeline.expected_events)
    main = [name for name in missing if _family(name) in _MAIN_FAMILIES]
    if main and facts.pipeline.expected_events != DEFAULT_EVENTS:
        return Gap(", ".join(main), "proven", "the pipeline expects them.")
    return _gap_of_uploads(facts, rules)


def _gap_of_uploads(facts: Facts, rules: Sequence[NotificationRule]) -> Gap | None:
    """The gap that the asked object shows, or else recent ones, or else what is usual."""
    missing = _uncovered(rules, (f"{_CREATED}*",))
    if not missing or all(_family(e) != "ObjectCreated" for e in facts.pipeline.expected_events):
        return None
    item = facts(asked_object) if facts.key is not None else None
    if item is not None:
        return _gap_of_object(item.multipart, missing)
    if facts.pipeline.expected_events != DEFAULT_EVENTS:
        return None
    return _gap_of_recent(_recent_kinds(facts, rules), missing)


def _gap_of_recent(kinds: set[bool], missing: Sequence[str]) -> Gap | None:
    """The gap for uploads of these kinds, in parts or not; none seen stands for plain ones."""
    if True in kinds and _PARTS in missing:
        return Gap(_PARTS, "likely", "recent objects were uploaded in parts.")
    if kinds == {True}:
        return None
    if "ObjectCreated:Put" in missing:
        seen = False in kinds and set(_PLAIN) <= set(missing)
        return Gap("ObjectCreated:Put", "proven" if seen else "likely", "plain uploads cause them.")
    if _PARTS in missing:
        return Gap(_PARTS, "likely", "large files uploaded in parts would be missed.", True)
    return None


def _gap_of_object(multipart: bool, missing: Sequence[str]) -> Gap | None:
    if multipart:
        why = "the object was uploaded in parts, as its ETag shows."
        return Gap(_PARTS, "proven", why) if _PARTS in missing else None
    if "ObjectCreated:Put" not in missing:
        return None
    certainty: Certainty = "proven" if set(_PLAIN) <= set(missing) else "likely"
    return Gap("ObjectCreated:Put", certainty, "the object was uploaded in one piece.")


def _recent_kinds(facts: Facts, rules: Sequence[NotificationRule]) -> set[bool]:
    """Whether recent objects that fit the rules' filters came in parts: either, both or none."""
    try:
        recent = facts(recent_objects)
    except AwsError:
        return set()
    return {
        item.multipart
        for item in recent
        if any(not obstacles(rule, item.key, None) for rule in rules)
    }


def _other_family(facts: Facts) -> Iterator[Finding]:
    expected = facts.pipeline.expected_events
    missing = [
        name
        for name in _uncovered(facts(rules_here), expected)
        if _family(name) not in _MAIN_FAMILIES
    ]
    if missing:
        yield Finding(
            _FAMILY,
            "fail",
            "proven",
            f"The pipeline expects {', '.join(missing)} events, of a family of their own that no "
            "rule for this queue covers.",
            {
                "bucket": facts(bucket_name),
                "expected": list(expected),
                "events": [event for rule in facts(rules_here) for event in rule.events],
            },
            "Add these event types to the rule; ObjectCreated does not include them.",
        )
    elif facts.key is not None:
        yield from _restored(facts)


def _restored(facts: Facts) -> Iterator[Finding]:
    """An object that came back from an archive was not created again."""
    item = facts(asked_object)
    restored = "ObjectRestore:Completed"
    if item is None or item.restore is None:
        return
    if not any(covers(rule, restored) for rule in facts(rules_here)):
        yield Finding(
            _FAMILY,
            "fail",
            "likely",
            "The object was restored from an archive, which causes ObjectRestore events and no "
            "ObjectCreated ones.",
            {"bucket": facts(bucket_name), "key": facts.key, "restore": item.restore},
            "Add s3:ObjectRestore:Completed to the rule if restores are to be processed.",
        )


def _family(event: str) -> str:
    return event.removeprefix("s3:").partition(":")[0]


EVENT_CHECKS = (Check({_NOT_COVERED: "The rules cover the events of the uploads."}, _covered),)
FAMILY_CHECK = Check(
    {_FAMILY: "The expected events are of a family that the rules cover."}, _other_family, False
)
