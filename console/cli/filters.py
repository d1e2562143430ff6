"""Options that say which messages are meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from datetime import datetime

    from console.models.selection import Filter

F = TypeVar("F", bound=Callable[..., Any])
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd]?)")


class Duration(click.ParamType[float]):
    """Seconds, from `90`, `90s`, `15m`, `2h` or `3d`."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The seconds in `value`."""
        if isinstance(value, int | float):
            return float(value)
        found = _DURATION.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no duration such as 90s, 15m, 2h or 3d.", param, ctx)
        return float(found.group(1)) * _UNITS[found.group(2) or "s"]


class Moment(click.ParamType["datetime"]):
    """A time in UTC, from ISO 8601 such as `2026-11-23T02:13`, or from how long ago it is."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The time in `value`."""
        from datetime import UTC, datetime, timedelta

        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
        if _DURATION.fullmatch(text) is None:
            self.fail(f"{value!r} is no time such as 24h, 3d or 2026-11-23T02:13.", param, ctx)
        try:
            return datetime.now(UTC) - timedelta(seconds=Duration().convert(text, param, ctx))
        except OverflowError:
            self.fail(f"{value!r} is too long ago.", param, ctx)


_OPTIONS = (
    click.option(
        "--match", metavar="REGEX", help="Only messages whose key, body, id or attributes match."
    ),
    click.option(
        "--key-glob", metavar="PATTERN", help="Only messages whose key fits, such as 'in/*.mp3'."
    ),
    click.option(
        "--event", metavar="PATTERN", help="Only events whose name fits: 'ObjectCreated:*'."
    ),
    click.option(
        "--older-than", type=Duration(), metavar="TIME", help="Sent longer ago: 90s, 15m, 2h, 3d."
    ),
    click.option("--newer-than", type=Duration(), metavar="TIME", help="Sent less long ago."),
    click.option(
        "--receives-at-least",
        type=click.IntRange(1),
        metavar="N",
        help="Received so often or oftener, this receive included.",
    ),
    click.option("--id", "ids", multiple=True, metavar="ID", help="A message id; may be repeated."),
)
_NAMES = ("match", "key_glob", "event", "older_than", "newer_than", "receives_at_least")


def filter_options(function: F) -> F:
    """Add the options; the command gets them as keyword arguments for `filter_of`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def filter_of(named: dict[str, Any]) -> Filter:
    """Take the filter's options out of a command's arguments.

    Raises `UsageError` for a bad regular expression, for an empty text, which is rather a variable
    that was not set than a wish for everything, and for ages that no message can have.
    """
    from console.models.selection import Filter

    ids = named.pop("ids")
    chosen = {name: named.pop(name) for name in _NAMES}
    _refuse_empty({**chosen, "id": "" if "" in ids else None})
    older, newer = chosen["older_than"], chosen["newer_than"]
    if older is not None and newer is not None and older >= newer:
        raise click.UsageError("No message is both --older-than and --newer-than these times.")
    if chosen["match"] is not None:
        from console.search import pattern_search

        pattern_search(chosen["match"])
    return Filter(**chosen, ids=frozenset(ids) if ids else None)


def _refuse_empty(chosen: dict[str, Any]) -> None:
    for name, value in chosen.items():
        if value == "":
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} is empty; leave it out where everything is meant.")
