"""Long-lived access keys: how old they are, whether anybody uses them, and the root user.

Warnings only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from console.models.finding import Finding
from console.models.security import AccessKey
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.facts import Facts
from console.operations.doctor.operator_checks import caller
from console.operations.doctor.security_facts import User, iam_of, user_of
from console.text import iso

OLD = timedelta(days=90)
"""From which age on a key should have been replaced, or is taken for forgotten."""


def access_keys(facts: Facts, user: User) -> tuple[AccessKey, ...]:
    """The active access keys of a user. Raises `AwsError`."""
    return tuple(key for key in iam_of(facts, user.account).access_keys(user.name) if key.active)


def _own(facts: Facts) -> tuple[User, ...]:
    """The caller, where that is a user."""
    user = user_of(facts(caller).arn)
    if user is None:
        raise NotApplicable
    return (user,)


def _others(facts: Facts) -> tuple[User, ...]:
    """Producer and consumer, as far as they are users and not the caller."""
    pipeline = facts.pipeline
    own = facts(caller).arn
    named = (user_of(arn) for arn in (pipeline.producer_arn, pipeline.consumer_arn))
    users = dict.fromkeys(user for user in named if user is not None and user.arn != own)
    if not users:
        raise NotApplicable
    return tuple(users)


def _own_age(facts: Facts) -> Iterator[Finding]:
    yield from _ages(facts, "security.access-key-age", _own(facts))


def _own_use(facts: Facts) -> Iterator[Finding]:
    yield from _uses(facts, "security.access-key-unused", _own(facts))


def _other_age(facts: Facts) -> Iterator[Finding]:
    yield from _ages(facts, "security.user-key-age", _others(facts))


def _other_use(facts: Facts) -> Iterator[Finding]:
    yield from _uses(facts, "security.user-key-unused", _others(facts))


def _ages(facts: Facts, finding_id: str, users: tuple[User, ...]) -> Iterator[Finding]:
    keys = [key for user in users for key in facts(access_keys, user)]
    old = [key for key in keys if facts.at - key.created_at > OLD]
    if old:
        yield Finding(
            finding_id,
            "warn",
            "proven",
            f"Access keys are older than {OLD.days} days.",
            evidence={"keys": [_told(key, facts.at) for key in old]},
            remedy="Replace them, or use a role, whose keys end by themselves.",
        )


def _uses(facts: Facts, finding_id: str, users: tuple[User, ...]) -> Iterator[Finding]:
    unused = [told for user in users for told in _unused(facts, user)]
    if unused:
        yield Finding(
            finding_id,
            "warn",
            "proven",
            f"Active access keys have not been used for {OLD.days} days.",
            evidence={"keys": unused},
            remedy="Make them inactive, and delete them when nobody misses them.",
        )


def _unused(facts: Facts, user: User) -> Iterator[dict[str, object]]:
    iam = iam_of(facts, user.account)
    for key in facts(access_keys, user):
        use = iam.last_use(key)
        if facts.at - (use.at or key.created_at) > OLD:
            last = None if use.at is None else iso(use.at)
            yield {**_told(key, facts.at), "last_used_at": last, "service": use.service}


def _told(key: AccessKey, at: datetime) -> dict[str, object]:
    age = (at - key.created_at).days
    return {"user": key.user, "access_key_id": key.id, "age_days": age}


def _root(facts: Facts) -> Iterator[Finding]:
    arn = facts(caller).arn
    if arn.endswith(":root"):
        yield Finding(
            "security.root-credentials",
            "warn",
            "proven",
            "The console runs with the credentials of the account's root user.",
            evidence={"caller": arn},
            remedy="Use a role with the policy that event-console security --policy prints.",
        )


SECURITY_KEY_CHECKS = (
    Check(
        {"security.root-credentials": "The caller is not the root user."}, _root, essential=False
    ),
    Check(
        {"security.access-key-age": "The caller's access keys are young."},
        _own_age,
        essential=False,
    ),
    Check(
        {"security.access-key-unused": "The caller's access keys are in use."},
        _own_use,
        essential=False,
    ),
    Check(
        {"security.user-key-age": "The access keys of producer and consumer are young."},
        _other_age,
        essential=False,
    ),
    Check(
        {"security.user-key-unused": "The access keys of producer and consumer are in use."},
        _other_use,
        essential=False,
    ),
)
