"""Look-ups in the event history: pages, AWS's pace, refusals, stopping."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from console.aws import cloudtrail
from console.aws.cloudtrail import CloudTrail
from console.aws.session import Access, ClientFactory
from console.errors import AwsError, Cancelled
from console.operations import trail_lookup
from console.operations.trail_lookup import Lookups
from tests.fakes import START, FakeClock
from tests.unit.trail_samples import raw

SINCE = START - timedelta(hours=24)


class Told:
    """A CloudTrail that answers what it was told to, in order."""

    def __init__(self) -> None:
        factory = ClientFactory(Access(region="us-east-2"))
        client = boto3.client(
            "cloudtrail", "us-east-2", aws_access_key_id="a", aws_secret_access_key="b"
        )
        factory.client = lambda *_, **__: client  # type: ignore[method-assign]
        self.stub = Stubber(client)
        self.stub.activate()
        self.history = CloudTrail(factory, "us-east-2")

    def page(
        self, *events: dict[str, Any], token: str | None = None, after: str | None = None
    ) -> None:
        answer: dict[str, Any] = {"Events": list(events)}
        asked: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "PurgeQueue"}],
            "StartTime": SINCE,
            "EndTime": START,
        }
        if token:
            answer["NextToken"] = token
        if after:
            asked["NextToken"] = after
        self.stub.add_response("lookup_events", answer, asked)

    def refusal(self, code: str, status: int = 400) -> None:
        self.stub.add_client_error("lookup_events", code, "no", status)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lookups(clock: FakeClock) -> Callable[..., Lookups]:
    def make(cancel: threading.Event | None = None) -> Lookups:
        return Lookups(clock, SINCE, START, cancel or threading.Event())

    return make


def test_pages_follow_one_another(told: Told, lookups: Callable[..., Lookups]) -> None:
    told.page(raw("PurgeQueue", 1), raw("PurgeQueue", 2), token="more")
    told.page(raw("PurgeQueue", 3), after="more")
    found = [e.event_id for e in lookups().named(told.history, "PurgeQueue")]
    assert found == ["PurgeQueue-1", "PurgeQueue-2", "PurgeQueue-3"]
    told.stub.assert_no_pending_responses()


def test_two_calls_a_second_and_the_first_at_once(
    told: Told, lookups: Callable[..., Lookups], clock: FakeClock
) -> None:
    search, began = lookups(), clock.monotonic()
    for _ in range(5):
        told.page()
        list(search.named(told.history, "PurgeQueue"))
    assert clock.monotonic() - began == 2.0


def test_the_pace_is_the_one_that_aws_allows(
    told: Told, lookups: Callable[..., Lookups], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cloudtrail.CALLS_PER_SECOND == 2.0
    monkeypatch.setattr(cloudtrail, "CALLS_PER_SECOND", 100.0)
    search, began = lookups(), clock.monotonic()
    for _ in range(11):
        told.page()
        list(search.named(told.history, "PurgeQueue"))
    assert clock.monotonic() - began == pytest.approx(0.1)


def test_a_name_with_events_without_end_is_cut(
    told: Told, lookups: Callable[..., Lookups], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_lookup, "MOST_PAGES", 2)
    told.page(raw("PurgeQueue", 1), token="a")
    told.page(raw("PurgeQueue", 2), token="b", after="a")
    search = lookups()
    assert len(list(search.named(told.history, "PurgeQueue"))) == 2
    assert search.cut == ["PurgeQueue"]


def test_throttling_is_waited_out(
    told: Told, lookups: Callable[..., Lookups], clock: FakeClock
) -> None:
    told.refusal("ThrottlingException")
    told.page(raw("PurgeQueue", 1))
    began = clock.monotonic()
    assert len(list(lookups().named(told.history, "PurgeQueue"))) == 1
    assert clock.monotonic() - began >= 2.0


def test_throttling_without_end_is_told(told: Told, lookups: Callable[..., Lookups]) -> None:
    for _ in range(5):
        told.refusal("ThrottlingException")
    with pytest.raises(AwsError) as caught:
        list(lookups().named(told.history, "PurgeQueue"))
    assert caught.value.kind == "throttled"


def test_a_denied_look_up_names_the_permission(told: Told, lookups: Callable[..., Lookups]) -> None:
    told.refusal("AccessDeniedException")
    with pytest.raises(AwsError) as caught:
        list(lookups().named(told.history, "PurgeQueue"))
    assert caught.value.permission == "cloudtrail:LookupEvents"


def test_an_endpoint_without_it_cannot_tell(told: Told, lookups: Callable[..., Lookups]) -> None:
    told.refusal("UnknownOperationException")
    with pytest.raises(AwsError) as caught:
        list(lookups().named(told.history, "PurgeQueue"))
    assert caught.value.kind == "unsupported"


def test_a_stopped_search_asks_no_more(told: Told, lookups: Callable[..., Lookups]) -> None:
    cancel = threading.Event()
    told.page(raw("PurgeQueue", 1), token="more")
    events = lookups(cancel).named(told.history, "PurgeQueue")
    assert next(events).event_id == "PurgeQueue-1"
    cancel.set()
    with pytest.raises(Cancelled):
        next(events)


def test_a_history_that_failed_is_not_asked_again(
    told: Told, lookups: Callable[..., Lookups]
) -> None:
    told.refusal("AccessDeniedException")
    search = lookups()
    for _ in range(2):
        with pytest.raises(AwsError):
            list(search.named(told.history, "PurgeQueue"))
    told.stub.assert_no_pending_responses()


def test_no_more_calls_than_are_allowed(told: Told, clock: FakeClock) -> None:
    search = Lookups(clock, SINCE, START, threading.Event(), pages=2, calls=3)
    told.page(token="a")
    told.page(token="b", after="a")
    told.page(token="c")
    list(search.named(told.history, "PurgeQueue"))
    list(search.named(told.history, "PurgeQueue"))
    list(search.named(told.history, "PurgeQueue"))
    assert search.cut == ["PurgeQueue"] * 3
