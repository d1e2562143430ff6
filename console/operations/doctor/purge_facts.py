"""Whether a purge can have taken the event of an object: by its signs, and by CloudWatch."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from console.aws.cloudwatch import AGE, DELAYED, IN_FLIGHT, VISIBLE
from console.errors import AwsError
from console.models.status import Metrics
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.facts import Facts
from console.operations.doctor.metric_facts import metrics_between
from console.operations.doctor.processed import sign_status

Taken = Literal["surely", "likely", "perhaps", "no"]

_SOON = timedelta(hours=1)
# An event typically arrives within seconds, sometimes a minute (S3 User Guide, notifications).
_ARRIVES = timedelta(minutes=1)
_LOOK_BACK = timedelta(hours=3)
_COUNTS = (VISIBLE, IN_FLIGHT, DELAYED)


def taken(facts: Facts, purged_at: datetime, written: datetime) -> Taken:
    """Whether a purge took the event of the asked object, which was written before it; consumers
    may have been first."""
    sign = facts(sign_status)
    held = None if sign == "processed" else facts(held_before, purged_at, written)
    if sign == "processed" or held is False:
        return "no"
    if held and sign == "not-processed":
        return "surely"
    soon = purged_at - written <= _SOON
    return "likely" if held or soon or sign == "not-processed" else "perhaps"


def held_before(facts: Facts, at: datetime, written: datetime) -> bool | None:
    """Whether the queue can have held, shortly before `at`, the event of an object that was
    written before; `None` where CloudWatch has no points of then."""
    arrived = written + _ARRIVES
    try:
        metrics = facts(metrics_between, max(arrived, at - _LOOK_BACK), at)
    except (AwsError, NotApplicable):
        return None
    if _was_empty(metrics, arrived, at):
        return False
    ages = [p for p in metrics.points(AGE) if arrived <= p.at < at]
    if not ages:
        return None
    return ages[-1].at - timedelta(seconds=ages[-1].value) <= arrived


def _was_empty(metrics: Metrics, since: datetime, until: datetime) -> bool:
    """Whether there was a minute in which nothing was in the queue at all."""
    by_minute: dict[datetime, list[float]] = {}
    for name in _COUNTS:
        for point in metrics.points(name):
            if since <= point.at < until:
                by_minute.setdefault(point.at, []).append(point.value)
    return any(len(values) == len(_COUNTS) and not any(values) for values in by_minute.values())
