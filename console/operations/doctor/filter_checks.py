"""The filters of the rules that lead here: do they take the keys that are uploaded?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.errors import AwsError
from console.models.finding import Finding, Status
from console.models.notification import NotificationRule, Obstacle
from console.notification import encoded_filter, obstacles
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.facts import Facts
from console.operations.doctor.matching import asked, concerned_rules, fitting_rules, reach
from console.operations.doctor.near_misses import near_misses
from console.operations.doctor.recent import recent_objects
from console.operations.doctor.repairs import rule_repair

_CASE = "filter.suffix-case"
_SUFFIX = "filter.suffix"
_PREFIX = "filter.prefix"
_RAW = "filter.unencoded-characters"
_WILDCARD = "filter.wildcard"

_SHOWN = 5
_CONSEQUENCE_OF = ("object.not-uploaded", "bucket.other-queue", "bucket.other-destination")
_TITLES = {
    _CASE: "The rule's suffix and that of the keys differ only in upper and lower case, which S3 "
    "likely tells apart.",
    _SUFFIX: "The rule's suffix does not fit the end of the keys.",
    _PREFIX: "The rule's prefix does not fit the beginning of the keys.",
    _RAW: "The rule's filter holds characters that must be percent-encoded: S3 accepts that, and "
    "the rule then never fires.",
    _WILDCARD: "The rule's filter holds a *, which S3 takes literally: it is no wildcard.",
}
_REMEDIES = {
    _CASE: "Add a rule for the other case too, or let the uploader write keys in one case.",
    _SUFFIX: "Let the rule have the suffix that the keys have, or upload with the rule's suffix.",
    _PREFIX: "Let the rule have the prefix that the keys have, or upload under the rule's prefix.",
    _RAW: "Write the filter percent-encoded, a space as +.",
    _WILDCARD: "Leave the * out: a prefix and a suffix are all that a rule can have.",
}


Blocked = tuple[NotificationRule, tuple[Obstacle, ...]]


def blocked(facts: Facts) -> Blocked | None:
    """The rule that is nearest to firing for what is asked, with its obstacles; `None` where a
    rule does fire. Raises `AwsError`, `NotApplicable` where no rule leads here."""
    rules = facts(concerned_rules)
    if not rules or facts(fitting_rules) or any(_fires_literally(facts, r) for r in rules):
        return None
    return facts(asked).nearest(rules)


def _fires_literally(facts: Facts, rule: NotificationRule) -> bool:
    """Whether a rule's `*` is meant as it is: recent keys do hold one there."""
    if facts(asked).anything or "*" not in f"{rule.prefix}{rule.suffix}":
        return False
    try:
        return any(not obstacles(rule, item.key, None) for item in facts(recent_objects))
    except AwsError:
        return False


def _encoding(facts: Facts) -> Iterator[Finding]:
    """Filters that fire for nobody: a cause where no other rule fires, else a risk."""
    nearest = facts(blocked)
    if nearest is not None:
        yield from _told(facts, nearest, (_RAW, _WILDCARD))
        return
    for rule in facts(concerned_rules):
        if facts.key is None and not _fires_literally(facts, rule):
            found = tuple(o for o in facts(asked).obstacles(rule) if o.kind != "other")
            yield from _told(facts, (rule, found), (_RAW, _WILDCARD), "warn")


def _ends(facts: Facts) -> Iterator[Finding]:
    """Filters that do not take the keys, as they are asked about or as recent uploads have them."""
    nearest = facts(blocked)
    if nearest is not None:
        yield from _told(facts, nearest, (_CASE, _SUFFIX, _PREFIX))
    elif facts.key is None:
        yield from _missed(facts)


def _missed(facts: Facts) -> Iterator[Finding]:
    """Recent uploads that all but fire a rule. Where none fires any, that is how it fails."""
    rules = facts(concerned_rules)
    others = facts(reach).others
    keys = [
        item.key
        for item in facts(recent_objects)
        if all(r.kind == "eventbridge" or obstacles(r, item.key, None) for r in others)
    ]
    found = near_misses(rules, keys)
    status: Status = "warn" if found.fired else "fail"
    for (rule, obstacle), missed in found.missed.items():
        more = {"keys": missed[:_SHOWN], "missed": len(missed), "fired": found.fired}
        yield _finding(facts, rule, obstacle, status, more)


def _told(
    facts: Facts, found: Blocked, ids: tuple[str, ...], status: Status = "fail"
) -> Iterator[Finding]:
    what = facts(asked)
    for obstacle in found[1]:
        if finding_id(obstacle) in ids:
            wanted = what.prefix if obstacle.field == "prefix" else what.suffix
            more = {"expected": wanted} if what.key is None else {"key": what.key}
            yield _finding(facts, found[0], obstacle, status, more)


def _finding(
    facts: Facts,
    rule: NotificationRule,
    obstacle: Obstacle,
    status: Status,
    more: Mapping[str, object],
) -> Finding:
    value: str = getattr(rule, obstacle.field) or ""
    identity = finding_id(obstacle)
    encoded = {"encoded": encoded_filter(value)} if identity == _RAW else {}
    literal = obstacle.kind == "other" and rule.kind == "queue" and "keys" not in more
    return Finding(
        identity,
        status,
        "proven" if literal else "likely",
        obstacle.reason if "key" in more else _TITLES[identity],
        {
            "bucket": facts(bucket_name),
            "rule": rule.id,
            obstacle.field: value,
            **encoded,
            **more,
        },
        _REMEDIES[identity],
        _commands(facts, identity, more) if rule.kind == "queue" else (),
        because_of=_CONSEQUENCE_OF,
    )


def _commands(facts: Facts, identity: str, more: Mapping[str, object]) -> tuple[str, ...]:
    """The repair, where this console can make it: it does not guess which keys are wanted."""
    missed = more.get("keys")
    if identity == _CASE and isinstance(missed, list):
        return (rule_repair(facts, identity, str(missed[0])),)
    if identity in (_SUFFIX, _PREFIX) and "expected" not in more:
        return ()
    return (rule_repair(facts, identity),)


def finding_id(obstacle: Obstacle) -> str:
    """The finding that a filter's obstacle is told as."""
    if obstacle.kind == "encoding":
        return _RAW
    if obstacle.kind == "wildcard":
        return _WILDCARD
    if obstacle.field == "prefix":
        return _PREFIX
    return _CASE if obstacle.kind == "case" else _SUFFIX


FILTER_CHECKS = (
    Check(
        {
            _RAW: "The filters are percent-encoded as S3 wants them.",
            _WILDCARD: "No filter leans on a wildcard.",
        },
        _encoding,
    ),
    Check(
        {
            _CASE: "The suffix has the case that the keys have.",
            _SUFFIX: "The suffix takes the keys.",
            _PREFIX: "The prefix takes the keys.",
        },
        _ends,
        essential=False,
    ),
)
