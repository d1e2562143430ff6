"""CloudTrail's event history, typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.aws.trail_records import trail_event
from console.models.trail import TrailPage

CALLS_PER_SECOND = 2.0
"""`LookupEvents` is limited to so many a second in one account and region (CloudTrail API
Reference, LookupEvents). Who calls keeps to it."""

DAYS_KEPT = 90
"""How far back the event history goes (CloudTrail User Guide, event history)."""

# An endpoint that cannot be reached from here must not keep anybody for long.
_ATTEMPTS = 2


class CloudTrail:
    """The one CloudTrail call the console makes, in one region."""

    def __init__(self, clients: ClientFactory, region: str) -> None:
        self._clients = clients
        self.region = region

    def events(
        self, name: str, *, start: datetime, end: datetime, token: str | None = None
    ) -> TrailPage:
        """The management events called `name` between two times, up to 50 of them.

        AWS takes one attribute a call. Raises `AwsError`; of kind `unsupported` where the
        endpoint has no event history.
        """
        more: dict[str, Any] = {"NextToken": token} if token else {}
        context = self._clients.context("cloudtrail:LookupEvents", "the account's event history")
        with aws_call(context):
            client = self._clients.client("cloudtrail", self.region, attempts=_ATTEMPTS)
            answer = client.lookup_events(
                LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}],
                StartTime=start,
                EndTime=end,
                **more,
            )
            events = [trail_event(raw) for raw in answer.get("Events", [])]
        return TrailPage(tuple(events), answer.get("NextToken") or None)
