"""Asking CloudTrail's event history by name, no faster than AWS allows."""

from __future__ import annotations

import itertools
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
    """Look-ups within one window of time, at AWS's pace from however many threads.

    `cut` collects the names of which there were more events than are read: `pages` of one name,
    `calls` in all where that is limited. A history that failed once is not asked again, it fails
    the same way.
    """

    def __init__(
        self,
        clock: Clock,
        start: datetime,
        end: datetime,
        cancel: threading.Event,
        *,
        pages: int | None = None,
        calls: int | None = None,
    ) -> None:
        self.cut: list[str] = []
        self._pages = MOST_PAGES if pages is None else pages
        self._left = itertools.repeat(None) if calls is None else iter(range(calls))
        self._failed: dict[CloudTrail, AwsError] = {}
        self._clock, self._cancel = clock, cancel
        self._start, self._end = start, end
        self._pace = Pace(cloudtrail.CALLS_PER_SECOND, clock)

    def named(self, history: CloudTrail, name: str) -> Generator[TrailEvent]:
        """The events called `name`, newest first. Raises `AwsError`, `Cancelled`."""
        token: str | None = None
        # Of two threads no one gets the same call: a range's iterator moves on atomically.
        for _ in zip(range(self._pages), self._left, strict=False):
            page = self._page(history, name, token)
            yield from page.events
            token = page.token
            if token is None:
                return
        self.cut.append(name)

    def _page(self, history: CloudTrail, name: str, token: str | None) -> TrailPage:
        """One page. Everybody in the account shares the limit, so a refusal is waited out."""
        if history in self._failed:
            raise self._failed[history]
        for left in reversed(range(_TRIES)):
            if self._pace.wait(1, self._cancel):
                raise Cancelled("Looking through CloudTrail")
            try:
                return history.events(name, start=self._start, end=self._end, token=token)
            except AwsError as error:
                if error.kind != "throttled" or not left:
                    self._failed[history] = error
                    raise
                self._clock.wait(self._cancel, _AFTER_THROTTLING)
        raise AssertionError
