"""Test messages against a filter, as they stream in."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from datetime import datetime

from console.models.message import Message
from console.models.selection import Filter
from console.search import matcher

Test = Callable[[Message], bool]


def selector(where: Filter, now: datetime) -> Test:
    """A test of one message; ages count up to `now`.

    Raises `UsageError` for a bad regular expression, and so does the test for one that takes over
    a second on a message.
    """
    tests = [test for test in _tests(where, now) if test is not None]
    # The regular expression comes last: it is what costs.
    tests += [matcher(where.match)] if where.match is not None else []
    if not tests:
        return lambda _: True
    if len(tests) == 1:
        return tests[0]
    return lambda message: all(test(message) for test in tests)


def _tests(where: Filter, now: datetime) -> tuple[Test | None, ...]:
    ids, least = where.ids, where.receives_at_least
    return (
        None if ids is None else lambda m: m.message_id in ids,
        None if least is None else lambda m: m.receive_count >= least,
        _aged(where.older_than, where.newer_than, now),
        _on_keys(where.key_glob),
        _on_events(where.event),
    )


def _aged(older: float | None, newer: float | None, now: datetime) -> Test | None:
    """A message whose sending time is unknown is neither older nor newer."""
    if older is None and newer is None:
        return None

    def test(message: Message) -> bool:
        if message.sent_at is None:
            return False
        age = (now - message.sent_at).total_seconds()
        return (older is None or age > older) and (newer is None or age < newer)

    return test


def _on_keys(pattern: str | None) -> Test | None:
    if pattern is None:
        return None
    found = _glob(pattern)
    return lambda m: any(found(event.key) for event in m.parsed.events)


def _on_events(pattern: str | None) -> Test | None:
    """The name in an event has no `s3:` prefix; in a bucket's configuration it has one."""
    if pattern is None:
        return None
    found = _glob(pattern.removeprefix("s3:"))
    return lambda m: any(found(event.name.removeprefix("s3:")) for event in m.parsed.events)


def _glob(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(fnmatch.translate(pattern))
    return lambda text: compiled.match(text) is not None
