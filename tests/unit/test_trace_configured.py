"""Whether the rules of now were in force at the upload, from what CloudTrail tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from console.errors import AwsError
from console.models.object import ObjectHead
from console.models.trail import Change, TrailEvent
from console.operations.doctor.facts import Facts
from console.operations.doctor.object_facts import asked_object
from console.operations.doctor.trail_facts import changes, lookups
from console.operations.trace_rules import configured

UPLOADED = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
HEAD = ObjectHead("b", "a.mp3", 1, "e", None, UPLOADED, None, None, None, {})
WHO = "arn:aws:iam::111122223333:user/terraform"


def put(seconds: float) -> Change:
    """A PUT of the rules, so long after the upload."""
    at = UPLOADED + timedelta(seconds=seconds)
    return Change(TrailEvent(f"e{seconds}", "PutBucketNotification", at, WHO), "bucket", "b", ())


@dataclass
class Known:
    """Facts that are known already."""

    puts: tuple[Change, ...] | AwsError = ()
    cut: tuple[str, ...] = ()
    age: timedelta = timedelta(hours=1)
    head: ObjectHead | None = HEAD
    asked: list[Any] = field(default_factory=list[Any])

    @property
    def at(self) -> datetime:
        return UPLOADED + self.age

    def __call__(self, fetch: Callable[..., Any], *_: Any) -> Any:
        answers = {
            asked_object: self.head,
            changes: self.puts,
            lookups: SimpleNamespace(cut=self.cut),
        }
        answer = answers.get(fetch, ())
        if isinstance(answer, Exception):
            raise answer
        return answer


DENIED = AwsError("access-denied", "Denied", "No.", permission="cloudtrail:LookupEvents")


@pytest.mark.parametrize(
    ("known", "status", "words"),
    [
        (Known(), "yes", "no change"),
        (Known(puts=(put(-60),)), "yes", "no change"),
        (Known(puts=(put(1),)), "yes", "no change"),
        (Known(puts=(put(60), put(-60))), "no", WHO),
        (Known(age=timedelta(minutes=5)), "unknown", "15 minutes"),
        (Known(cut=("PutBucketNotification",)), "unknown", "more such events"),
        (Known(cut=("PurgeQueue",)), "yes", "no change"),
        (Known(puts=DENIED), "unknown", "cloudtrail:LookupEvents"),
        (Known(head=None), "unknown", "time of the upload"),
    ],
)
def test_what_cloudtrail_shows_since_the_upload(known: Known, status: str, words: str) -> None:
    step = configured(cast(Facts, known))
    assert (step.status, step.source) == (status, "cloudtrail:LookupEvents")
    assert words in step.detail


def test_the_first_put_after_the_upload_is_when_it_changed() -> None:
    step = configured(cast(Facts, Known(puts=(put(90), put(60)))))
    assert step.at == put(60).event.at
    assert "the last time at 2026-11-25T14:01:30Z" in step.detail
