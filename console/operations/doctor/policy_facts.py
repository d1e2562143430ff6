"""Facts for the checks of policies: who sends to the queue, and what its policy says to them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from console.errors import AwsError, ConsoleError
from console.operations.doctor.common_facts import (
    bucket_name,
    notification,
    queue_attributes,
    queue_ref,
)
from console.operations.doctor.facts import Facts
from console.policy.callers import eventbridge_sends, s3_sends, sns_sends
from console.policy.decide import decide_text
from console.policy.decision import Decision
from console.policy.limits import QUEUE_LIMITS
from console.policy.request import NO_ONES, Request

_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)", re.ASCII)
_MOST_ACCOUNTS = 5


@dataclass(frozen=True, slots=True)
class Owner:
    """The account that the bucket belongs to: an id, `NO_ONES` where it is none of those that were
    asked about, `None` where `error` kept it from being told."""

    account: str | None
    error: ConsoleError | None = None


@dataclass(frozen=True, slots=True)
class SenderDecision:
    """What the queue policy says to one sender."""

    sender: Request
    decision: Decision
    owner: Owner


def bucket_owner(facts: Facts, named: tuple[str, ...]) -> Owner:
    """The account that the bucket belongs to, of those that a policy names if of any; never raises
    `AwsError`.

    S3 does not tell it; it confirms an account that it is asked about. The likely ones are asked
    first, since there are endpoints that confirm any.
    """
    access = facts.bench.gateway.bucket_access()
    bucket = facts(bucket_name)
    try:
        access.check(bucket)
        candidates = dict.fromkeys([access.account(), facts(queue_ref).account, *named])
    except AwsError as error:
        return Owner(None, error)
    for account in list(candidates)[:_MOST_ACCOUNTS]:
        try:
            access.check(bucket, owner=account)
        except AwsError as error:
            if error.kind != "access-denied":
                return Owner(None, error)
        else:
            return Owner(account)
    return Owner(NO_ONES if len(candidates) <= _MOST_ACCOUNTS else None)


def owner_for(facts: Facts, policy: str | None) -> Owner:
    """The bucket's owner where a policy asks for it; else no call is spent on it."""
    if "sourceaccount" not in (policy or "").lower():
        return Owner(None)
    return facts(bucket_owner, tuple(dict.fromkeys(_ACCOUNT.findall(policy or ""))))


def sender_decisions(facts: Facts) -> tuple[SenderDecision, ...]:
    """What the queue policy says to every service that the bucket's events come through.

    That is S3 itself, or where the bucket has no rule for the queue but others, SNS or
    EventBridge too. Raises `AwsError` where the queue's attributes cannot be read.
    """
    text = facts(queue_attributes).policy
    owner = owner_for(facts, text)
    return tuple(
        SenderDecision(sender, decide_text(text, sender, QUEUE_LIMITS), owner)
        for sender in senders(facts, owner)
    )


def senders(facts: Facts, owner: Owner) -> tuple[Request, ...]:
    """The call of S3, and those of what stands between the bucket and the queue."""
    queue_arn = facts(queue_ref).arn
    s3 = s3_sends(facts(bucket_name), queue_arn, owner.account, facts.at)
    return (s3, *_others(facts, queue_arn))


def _others(facts: Facts, queue_arn: str) -> tuple[Request, ...]:
    """Senders between the bucket and the queue, where S3 does not send to it itself."""
    try:
        rules = facts(notification).rules
    except AwsError:
        return ()
    if any(rule.destination == queue_arn for rule in rules):
        return ()
    topics = [r.destination for r in rules if r.kind == "topic" and r.destination]
    through = [sns_sends(topic, queue_arn, facts.at) for topic in topics]
    if any(rule.kind == "eventbridge" for rule in rules):
        through.append(eventbridge_sends(queue_arn, facts.at))
    return tuple(through)


def decisive(decisions: tuple[SenderDecision, ...]) -> SenderDecision:
    """The sender to tell of: one that is let in, or else the last that events may come through."""
    allowed = [d for d in decisions if d.decision.allowed]
    return allowed[0] if allowed else decisions[-1]
