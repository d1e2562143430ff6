"""Repairs of the bucket's notification rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from console.models.repair import Parts, Target
from console.notification import event_matches
from console.operations.repairs.case import Case, cannot
from console.operations.repairs.parts import comparable

_RULE = "queue rule "
_ID = "event-console"
_CREATED = "s3:ObjectCreated:*"

Edit = Callable[[Parts], Mapping[str, Any]]


def _add_rule(case: Case) -> tuple[Target, Edit]:
    """One more rule, as the pipeline expects it."""
    pipeline = case.bench.pipeline
    rule = _rule(
        case, list(pipeline.expected_events), pipeline.expected_prefix, pipeline.expected_suffix
    )
    return case.rules, lambda parts: _with(parts, rule)


def _cover_events(case: Case) -> tuple[Target, Edit]:
    """The queue's rules with the events that are expected of them."""
    expected = case.bench.pipeline.expected_events

    def covers(rule: Mapping[str, Any]) -> Mapping[str, Any]:
        events = list(rule.get("Events", []))
        missing = [e for e in expected if not any(event_matches(have, e) for have in events)]
        kept = [e for e in events if not any(event_matches(new, e) for new in missing)]
        return comparable({**rule, "Events": [*kept, *missing]})

    return case.rules, _each(case, covers)


def _other_case(case: Case) -> tuple[Target, Edit]:
    """One more rule for the spelling of the key that was asked about."""
    key = case.key
    suffix = PurePosixPath(key).suffix if key else ""

    def add(parts: Parts) -> Mapping[str, Any]:
        if not suffix:
            return _expected_filter(case)(parts)
        like = _own(case, parts)
        prefix = next((_filters(rule).get("prefix") for rule in like.values()), None)
        events = next((list(rule["Events"]) for rule in like.values()), [_CREATED])
        return _with(parts, _rule(case, events, _decoded(prefix), suffix))

    return case.rules, add


def _filters_as_expected(case: Case) -> tuple[Target, Edit]:
    return case.rules, _expected_filter(case)


def _expected_filter(case: Case) -> Edit:
    """The queue's one rule with the filter that the pipeline expects."""
    pipeline = case.bench.pipeline
    prefix, suffix = pipeline.expected_prefix, pipeline.expected_suffix
    if prefix is None and suffix is None:
        raise cannot(
            "The pipeline does not say which keys it expects.",
            "Name them with --prefix and --suffix, or in config.toml.",
        )

    def expected(rule: Mapping[str, Any]) -> Mapping[str, Any]:
        have = _filters(rule)
        return _filtered(
            rule,
            have.get("prefix") if prefix is None else quote_plus(prefix, safe="/"),
            have.get("suffix") if suffix is None else quote_plus(suffix, safe="/"),
        )

    return _each(case, expected)


def _encoded(case: Case) -> tuple[Target, Edit]:
    """Filters with special characters written as S3 wants them."""

    def encode(rule: Mapping[str, Any]) -> Mapping[str, Any]:
        have = _filters(rule)
        return _filtered(rule, _quoted(have.get("prefix")), _quoted(have.get("suffix")))

    return case.rules, _each(case, encode)


def _without_wildcards(case: Case) -> tuple[Target, Edit]:
    """Filters without the star, which S3 reads as a letter of the key."""

    def plain(rule: Mapping[str, Any]) -> Mapping[str, Any]:
        have = _filters(rule)
        prefix, suffix = have.get("prefix"), have.get("suffix")
        return _filtered(
            rule,
            prefix.partition("*")[0] if prefix else None,
            suffix.rpartition("*")[2] if suffix else None,
        )

    return case.rules, _each(case, plain)


def _rule(case: Case, events: list[str], prefix: str | None, suffix: str | None) -> dict[str, Any]:
    bare = {"QueueArn": case.bench.need_queue().arn, "Events": events}
    encoded = (None if text is None else quote_plus(text, safe="/") for text in (prefix, suffix))
    return comparable(_filtered(bare, *encoded))


def _with(parts: Parts, rule: Mapping[str, Any]) -> Mapping[str, Any]:
    taken = {str(part) for part in parts}
    number = 1
    while f"{_RULE}{_ID}-{number}" in taken:
        number += 1
    rule_id = f"{_ID}-{number}"
    return {**parts, f"{_RULE}{rule_id}": {"Id": rule_id, **rule}}


def _own(case: Case, parts: Parts) -> dict[str, dict[str, Any]]:
    """The rules that send to the pipeline's queue."""
    arn = case.bench.need_queue().arn
    return {p: r for p, r in parts.items() if p.startswith(_RULE) and r.get("QueueArn") == arn}


def _each(case: Case, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Edit:
    def edit(parts: Parts) -> Mapping[str, Any]:
        own = _own(case, parts)
        if not own:
            raise cannot(
                "The bucket has no rule for this queue any more.",
                "Repair bucket.no-notification first.",
            )
        return {**parts, **{part: change(rule) for part, rule in own.items()}}

    return edit


def _filters(rule: Mapping[str, Any]) -> dict[str, str]:
    rules = ((rule.get("Filter") or {}).get("Key") or {}).get("FilterRules") or []
    return {str(r.get("Name", "")).lower(): str(r.get("Value", "")) for r in rules}


def _filtered(rule: Mapping[str, Any], prefix: str | None, suffix: str | None) -> Mapping[str, Any]:
    """The rule with these filters; the rule itself where it has them."""
    have = _filters(rule)
    if (have.get("prefix") or None, have.get("suffix") or None) == (prefix or None, suffix or None):
        return rule
    named = (("Prefix", prefix), ("Suffix", suffix))
    rules = [{"Name": name, "Value": value} for name, value in named if value]
    bare = {name: value for name, value in rule.items() if name != "Filter"}
    return {**bare, "Filter": {"Key": {"FilterRules": rules}}} if rules else bare


def _quoted(value: str | None) -> str | None:
    return None if value is None else quote_plus(unquote_plus(value), safe="/!-_.*'()")


def _decoded(value: str | None) -> str | None:
    return None if value is None else unquote_plus(value)


RECIPES = {
    "bucket.no-notification": _add_rule,
    "bucket.other-queue": _add_rule,
    "bucket.other-destination": _add_rule,
    "bucket.events-not-covered": _cover_events,
    "filter.suffix-case": _other_case,
    "filter.suffix": _filters_as_expected,
    "filter.prefix": _filters_as_expected,
    "filter.unencoded-characters": _encoded,
    "filter.wildcard": _without_wildcards,
}
