"""Facts about which rules fit what is asked: one key, or the events and filters expected."""

from __future__ import annotations

from console.models.notification import NotificationRule
from console.notification import event_matches, members_of
from console.operations.doctor.asked import Asked
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.facts import Facts
from console.operations.doctor.paths import Reach, all_paths, followed


def asked(facts: Facts) -> Asked:
    """What is asked of the rules."""
    pipeline = facts.pipeline
    if facts.key is not None:
        return Asked(facts.key)
    return Asked(None, pipeline.expected_prefix, pipeline.expected_suffix)


def covers(rule: NotificationRule, event: str) -> bool:
    """Whether a rule covers an event type; EventBridge gets every one that it does not leave
    out."""
    everything = rule.kind == "eventbridge" and not rule.events
    return everything or any(event_matches(p, event) for p in rule.events)


def concerns(facts: Facts, rule: NotificationRule) -> bool:
    """Whether a rule covers any of the events that the pipeline expects."""
    expected = facts.pipeline.expected_events
    return any(covers(rule, member) for event in expected for member in members_of(event))


def fits(facts: Facts, rule: NotificationRule) -> bool:
    """Whether a rule fires for what is asked."""
    return concerns(facts, rule) and not facts(asked).obstacles(rule)


def reach(facts: Facts) -> Reach:
    """The paths to the queue. Topics and EventBridge are followed only where no rule that names
    the queue fires for what is asked. Raises `AwsError`."""
    straight = facts(followed)
    if not straight.straight or any(fits(facts, rule) for rule in straight.rules):
        return straight
    return facts(all_paths)


def rules_here(facts: Facts) -> tuple[NotificationRule, ...]:
    """The rules whose events reach the queue. Raises `AwsError`, `NotApplicable` where there is
    none: that is another finding's matter."""
    found = facts(reach).rules
    if not found:
        raise NotApplicable
    return found


def concerned_rules(facts: Facts) -> tuple[NotificationRule, ...]:
    """Those of the rules that cover any event the pipeline expects. Raises as `rules_here`."""
    return tuple(rule for rule in facts(rules_here) if concerns(facts, rule))


def fitting_rules(facts: Facts) -> tuple[NotificationRule, ...]:
    """Those of them whose filters fit what is asked. Raises as `rules_here`."""
    return tuple(r for r in facts(concerned_rules) if not facts(asked).obstacles(r))
