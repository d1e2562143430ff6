"""A server-side redrive: SQS's own message move task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

MoveState = Literal["RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class MoveTask:
    """One task as `sqs:ListMessageMoveTasks` tells of it.

    `handle` is given only while it runs. `destination_arn` is `None` where every message goes back
    to its own source queue. `rate` is in messages a second, `None` where SQS decides. `moved` and
    `to_move` are SQS's approximate counts; `to_move` is taken when the task starts, so it is all
    there was to move, not what is left (SQS API Reference, ListMessageMoveTasks), and `None` where
    it is not told.
    """

    source_arn: str
    state: MoveState
    moved: int
    to_move: int | None
    handle: str | None = None
    destination_arn: str | None = None
    rate: int | None = None
    failure: str | None = None
    started_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether it still moves messages; a queue has at most one such task."""
        return self.state in ("RUNNING", "CANCELLING")

    @property
    def about(self) -> int | None:
        """How many messages it moves in all, approximate; `None` where it is not told. What
        arrives in the DLQ meanwhile moves too."""
        return None if self.to_move is None else max(self.to_move, self.moved)

    @property
    def how_far(self) -> str:
        """How many of how many messages have moved, in words."""
        of = "" if self.about is None else f" of about {self.about:,}"
        return f"{self.moved:,}{of}"
