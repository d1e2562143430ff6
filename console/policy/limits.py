"""How long a policy may be, and how many of what it may hold, for each kind of resource."""

from __future__ import annotations

import json
from dataclasses import dataclass

from console.policy.document import Policy, Problem

# Nothing longer than this comes to fit by leaving white space out.
_COMPACTED = 400_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each that AWS takes; `None` where it states none. Sizes in bytes."""

    size: int
    statements: int | None = None
    principals: int | None = None
    conditions: int | None = None
    actions: int | None = None


# SQS Developer Guide, policy quotas.
QUEUE_LIMITS = Limits(8_192, statements=20, principals=50, conditions=10, actions=7)
# KMS Developer Guide, resource quotas: key policy document size, 32 KB.
KEY_LIMITS = Limits(32_768)
# SNS Developer Guide, policy limits: 30 KB.
TOPIC_LIMITS = Limits(30_720)
# S3 User Guide, bucket policies: 20 KB.
BUCKET_LIMITS = Limits(20_480)


def exceeded(text: str, policy: Policy, limits: Limits) -> tuple[Problem, ...]:
    """What of a policy is more than AWS takes."""
    found = [_size(text, limits.size)]
    statements = policy.statements
    principals = sum(len(s.principals.entries) for s in statements)
    actions = max((len(s.actions.values) for s in statements), default=0)
    found += [
        _more(len(statements), limits.statements, "statements"),
        _more(principals, limits.principals, "principals"),
        _more(actions, limits.actions, "actions in one statement"),
    ]
    # The guide does not say what it counts as one condition.
    conditions = _more(sum(len(s.conditions) for s in statements), limits.conditions, "conditions")
    if conditions:
        found.append(Problem(conditions.text, refused=False))
    return tuple(problem for problem in found if problem is not None)


def _more(count: int, limit: int | None, what: str) -> Problem | None:
    if limit is None or count <= limit:
        return None
    return Problem(f"It has {count:,} {what}; at most {limit:,} are taken.")


def _size(text: str, limit: int) -> Problem | None:
    size = _bytes(text)
    if size <= limit:
        return None
    sentence = f"It has {size:,} bytes; at most {limit:,} are taken."
    if size > _COMPACTED:
        return Problem(sentence)
    try:
        compact = _bytes(json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False))
    except (ValueError, RecursionError):
        return Problem(sentence)
    if compact > limit:
        return Problem(sentence)
    return Problem(f"{sentence} Without its white space it fits.", refused=False)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
