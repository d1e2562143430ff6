"""Facts for the checks of policies: who sends to the queue, and what its policy says to them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from console.errors import AwsError, ConsoleError
from console.models.notification import NotificationRule
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import bucket_name, queue_attributes, queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.matching import fits, reach
from console.operations.doctor.operator_checks import bucket_caller
from console.operations.doctor.paths import bus_rules, followed
from console.policy.callers import eventbridge_sends, s3_sends, sns_sends
from console.policy.decide import decide_text
from console.policy.decision import Decision
from console.policy.limits import QUEUE_LIMITS
from console.policy.request import NO_ONES, Request

_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)", re.ASCII)
_MOST_ACCOUNTS = 5
_BEST_FIRST = {True: 0, None: 1, False: 2}


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
    access = facts.bench.gateway.bucket_security
    bucket = facts(bucket_name)
    try:
        access.ask(bucket)
    except AwsError as error:
        return Owner(None, error)
    candidates = dict.fromkeys([*_own_account(facts), facts(queue_ref).account, *named])
    for account in list(candidates)[:_MOST_ACCOUNTS]:
        try:
            access.ask(bucket, owner=account)
        except AwsError as error:
            if error.kind != "access-denied":
                return Owner(None, error)
        else:
            return Owner(account)
    return Owner(NO_ONES if len(candidates) <= _MOST_ACCOUNTS else None)


def _own_account(facts: Facts) -> list[str]:
    try:
        return [facts(bucket_caller).account]
    except AwsError:
        return []


def owner_for(facts: Facts, policy: str | None) -> Owner:
    """The bucket's owner where a policy asks for it; else no call is spent on it."""
    if "sourceaccount" not in (policy or "").lower():
        return Owner(None)
    return facts(bucket_owner, tuple(dict.fromkeys(_ACCOUNT.findall(policy or ""))))


def policy_text(facts: Facts) -> str | None:
    """The queue policy as text. Raises `AwsError`, and `NotApplicable` where there is no queue."""
    try:
        return facts(queue_attributes).policy
    except AwsError as error:
        if error.kind == "no-such-queue":
            raise NotApplicable from None
        raise


def sender_decision(facts: Facts) -> SenderDecision:
    """What the queue policy says to what brings the bucket's events: the one to tell of.

    Where events are known to come by a path, that is the first on it that is refused. Where none
    are, that is S3 or whatever else of the bucket's destinations is let in. Raises `AwsError`
    where the queue's attributes cannot be read, or the bucket's configuration where that decides.
    """
    text = facts(policy_text)
    owner = owner_for(facts, text)
    on_path, perhaps = senders(facts, owner)
    made = [
        SenderDecision(sender, decide_text(text, sender, QUEUE_LIMITS), owner)
        for sender in on_path or perhaps
    ]
    if on_path and facts.key is not None:
        # Its event comes by any of the ways that it takes.
        return min(made, key=lambda d: _BEST_FIRST[d.decision.allowed])
    if on_path:
        return next((d for d in made if not d.decision.allowed), made[0])
    return _perhaps_let_in(made, facts(unread_configuration), facts(unfollowed_path))


def _perhaps_let_in(
    made: list[SenderDecision], unread: AwsError | None, unfollowed: AwsError | None
) -> SenderDecision:
    """Of senders that are only guessed at, S3 first, the one that is let in, or may be; where all
    are refused, S3 stands for them if nothing is known of the bucket's rules.

    `unread` is what hides the bucket's rules, and `unfollowed` what hides a path past them, where
    none of them names the queue, so that S3 itself is none of its senders. Raises either where
    not all that may send are let in, and not all are refused.
    """
    verdicts = [d.decision.allowed for d in made]
    if all(verdict is False for verdict in verdicts):
        return made[0] if unread else made[-1]
    hidden = unread or unfollowed
    if hidden is None:
        return made[verdicts.index(True if True in verdicts else None)]
    possible = made if unread else made[1:]
    if not all(d.decision.allowed for d in possible):
        raise hidden
    return possible[0]


def senders(facts: Facts, owner: Owner) -> tuple[list[Request], list[Request]]:
    """What is known to send the bucket's events to the queue, and what else may be meant to."""
    queue_arn = facts(queue_ref).arn
    s3 = s3_sends(facts(bucket_name), queue_arn, owner.account, facts.at)
    try:
        found = facts(followed)
    except AwsError:
        return [], [s3, sns_sends(None, queue_arn, facts.at), *_by_unknown_rule(facts)]
    except NotApplicable:
        return [], [s3]
    if ways := _ways_of_key(facts, s3, queue_arn):
        return ways, []
    if found.straight:
        return [s3], []
    # Of a path that could not be followed to its end, any of its senders may be the right one.
    through = [s for rule in found.rules for s in _through(facts, rule, queue_arn)]
    if through and not found.unread:
        return through, []
    others = [s for rule in found.others for s in _through(facts, rule, queue_arn)]
    return [], [s3, *through, *others]


def _ways_of_key(facts: Facts, s3: Request, queue_arn: str) -> list[Request]:
    """What sends the event of the object that is asked about, by the rules that it fires; none
    where no object is asked about, it fires none, or a path could not be followed."""
    if facts.key is None:
        return []
    found = facts(reach)
    if found.unread:
        return []
    ways: list[Request] = []
    for rule in (rule for rule in found.rules if fits(facts, rule)):
        ways += [s3] if rule.kind == "queue" else _through(facts, rule, queue_arn)
    return ways


def unread_configuration(facts: Facts) -> AwsError | None:
    """What keeps the bucket's configuration from being read, so that its events may come by SNS
    or EventBridge as well."""
    try:
        facts(followed)
    except AwsError as error:
        return error
    except NotApplicable:
        pass
    return None


def unfollowed_path(facts: Facts) -> AwsError | None:
    """What keeps a topic or EventBridge from being followed, where no rule names the queue."""
    try:
        return facts(followed).unread
    except (AwsError, NotApplicable):
        return None


def _by_unknown_rule(facts: Facts) -> list[Request]:
    return [eventbridge_sends(None, facts(queue_ref).arn, facts.at)]


def _through(facts: Facts, rule: NotificationRule, queue_arn: str) -> list[Request]:
    """The calls of SNS or EventBridge for one rule: of the bucket, or what it was found to come
    to."""
    if rule.kind == "topic" and rule.destination:
        return [sns_sends(rule.destination, queue_arn, facts.at)]
    if rule.kind == "eventbridge":
        return [eventbridge_sends(arn, queue_arn, facts.at) for arn in _bus_rule_arns(facts, rule)]
    return []


def _bus_rule_arns(facts: Facts, rule: NotificationRule) -> list[str | None]:
    """The ARN of the EventBridge rule that a rule was read from; of every one that targets the
    queue where none was found to bring the bucket's events. All are of the default bus."""
    queue = facts(queue_ref)
    partition = queue.arn.split(":")[1]
    base = f"arn:{partition}:events:{queue.region}:{queue.account}:rule"
    try:
        names = [found.name for found in facts(bus_rules)]
    except AwsError:
        return [None]
    if rule.id in names:
        return [f"{base}/{rule.id}"]
    return [f"{base}/{name}" for name in names] or [None]
