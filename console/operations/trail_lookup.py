"""Asking CloudTrail's event history by name, no faster than AWS allows."""

from __future__ import annotations

import threading
from collections.abc import Generator
from datetime import datetime

from console.aws import cloudtrail
from console.aws.cloudtrail import CloudTrail
from console.errors import AwsError, Cancelled
from console.models.clock import Clock
from console.models.trail import TrailEvent, TrailPage
from console.operations.pace import Pace

MOST_PAGES = 40
"""Pages of 50 events that are read of one name: 20 s, and 2,000 events."""

_TRIES = 5
_AFTER_THROTTLING = 2.0


class Lookups:
    """Look-ups within one window of time, at AWS's pace however many names are asked for.

    `cut` collects the names of which there were more events than are read.
    """

    def __init__(
        self, clock: Clock, start: datetime, end: datetime, cancel: threading.Event
    ) -> None:
        self.cut: list[str] = []
        self._clock, self._cancel = clock, cancel
        self._start, self._end = start, end
        self._pace = Pace(cloudtrail.CALLS_PER_SECOND, clock)

    def named(self, history: CloudTrail, name: str) -> Generator[TrailEvent]:
        """The events called `name`, newest first. Raises `AwsError`, `Cancelled`."""
        token: str | None = None
        for _ in range(MOST_PAGES):
            page = self._page(history, name, token)
            yield from page.events
            token = page.token
            if token is None:
                return
        self.cut.append(name)

    def _page(self, history: CloudTrail, name: str, token: str | None) -> TrailPage:
        """One page. Everybody in the account shares the limit, so a refusal is waited out."""
        for left in reversed(range(_TRIES)):
            if self._pace.wait(1, self._cancel):
                raise Cancelled("Looking through CloudTrail")
            try:
                return history.events(name, start=self._start, end=self._end, token=token)
            except AwsError as error:
                if error.kind != "throttled" or not left:
                    raise
                self._clock.wait(self._cancel, _AFTER_THROTTLING)
        raise AssertionError
