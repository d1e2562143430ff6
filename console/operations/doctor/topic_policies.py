"""The topics between bucket and queue: do their policies let S3 publish?

Where S3 is refused the events get no further than if there were no topic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from console.errors import AwsError
from console.models.finding import Finding
from console.models.notification import NotificationRule
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.facts import Facts
from console.operations.doctor.matching import fits, reach
from console.operations.doctor.policy_evidence import obstacles_evidence
from console.operations.doctor.policy_facts import Owner, bucket_owner, owner_for
from console.policy.callers import s3_publishes
from console.policy.decide import decide_text
from console.policy.decision import Decision
from console.policy.limits import TOPIC_LIMITS
from console.policy.three import any_of

MISSING = "bucket.destination-missing"


@dataclass(frozen=True, slots=True)
class _Topic:
    """A topic on the way, and what its policy says to S3."""

    rule: NotificationRule
    decision: Decision
    owner: Owner


def topics_let_in(facts: Facts) -> Iterator[Finding]:
    """What there is to say of the topics' policies where the events come by topics alone; nothing
    where S3 is let in for certain. Raises `AwsError`."""
    rules = [rule for rule in facts(reach).rules if fits(facts, rule)]
    if not rules or any(rule.kind != "topic" or not rule.destination for rule in rules):
        return
    topics = [facts(_topic, rule) for rule in rules]
    let_in = any_of(topic.decision.allowed for topic in topics)
    decisive = [topic for topic in topics if topic.decision.allowed is let_in]
    if let_in is False:
        yield _refused(facts, decisive)
    elif let_in is None:
        yield _open(facts, decisive)
    elif all(topic.decision.certainty == "likely" for topic in decisive):
        yield Finding(
            MISSING,
            "pass",
            "likely",
            "The destinations that the rules name exist, and the topic's policy lets S3 publish.",
            _evidence(facts, decisive),
        )


def _topic(facts: Facts, rule: NotificationRule) -> _Topic:
    arn = rule.destination or ""
    text = facts.bench.gateway.routes.topic_policy(arn)
    owner = owner_for(facts, text)
    if owner.account is None and "sourceowner" in (text or "").lower():
        owner = facts(bucket_owner, (arn.split(":")[4],))
    request = s3_publishes(facts(bucket_name), arn, owner.account, facts.at)
    return _Topic(rule, decide_text(text, request, TOPIC_LIMITS), owner)


def _refused(facts: Facts, topics: list[_Topic]) -> Finding:
    proven = all(topic.decision.certainty == "proven" for topic in topics)
    return Finding(
        MISSING,
        "fail",
        "proven" if proven else "likely",
        "The policy of the topic that the bucket's rule names does not let S3 publish, so no "
        "event gets to it.",
        _evidence(facts, topics),
        "Allow s3.amazonaws.com sns:Publish in the topic's policy, with aws:SourceArn the bucket.",
    )


def _open(facts: Facts, topics: list[_Topic]) -> Finding:
    error = topics[0].owner.error
    return Finding(
        MISSING,
        "unknown",
        "likely",
        "It cannot be told whether the topic's policy lets S3 publish.",
        _evidence(facts, topics),
        error.remedy if error else "Compare the topic's policy with a call of s3.amazonaws.com.",
        permission=error.permission if isinstance(error, AwsError) else None,
    )


def _evidence(facts: Facts, topics: list[_Topic]) -> Mapping[str, object]:
    decision = topics[0].decision
    allowing = [r for r in decision.statements if r.effect == "Allow" and r.obstacles]
    nearest = min(allowing, key=lambda r: len(r.obstacles), default=None)
    return {
        "bucket": facts(bucket_name),
        "rules": [topic.rule.id for topic in topics],
        "destinations": [topic.rule.destination for topic in topics],
        "because": decision.reason,
        **(obstacles_evidence(nearest.obstacles) if nearest and not decision.allowed else {}),
    }
