"""A clock that only moves when told, and an SQS that keeps messages in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from console.events import parsed_body
from console.models.clock import SystemClock
from console.models.message import EntryFailure, Message
from console.models.pipeline import QueueRef

START = datetime(2026, 11, 23, 2, 13, 7, tzinfo=UTC)
QUEUE = QueueRef("orders", "https://sqs/1/orders", "arn:aws:sqs:us-east-2:111122223333:orders")


class FakeClock:
    """Wall and monotonic time, moved by `advance` and by waiting."""

    def __init__(self) -> None:
        self.wall = START
        self.mono = 1000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.mono

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        self.advance(seconds)
        return cancel.is_set()

    def advance(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.mono += seconds


class AheadClock(SystemClock):
    """The machine's clock, that a test can put ahead."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead)

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


class HastyClock(AheadClock):
    """The machine's clock, put ahead in place of a long wait."""

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        if seconds < 5:
            return super().wait(cancel, seconds)
        self.advance(seconds)
        return cancel.is_set()


def message(
    message_id: str, *, count: int = 1, left: int | None = 2, body: str = "{}", handle: str = ""
) -> Message:
    """A received message."""
    return Message(
        queue_arn=QUEUE.arn,
        message_id=message_id,
        receipt_handle=handle or f"handle-{message_id}",
        body=body,
        attributes={},
        system_attributes={},
        receive_count=count,
        receives_left=left,
        sent_at=START,
        first_received_at=START,
        parse=parsed_body,
    )


@dataclass
class VisibilityCalls:
    """Records visibility changes; `answer` decides what each batch returns or raises."""

    answer: Callable[[Mapping[str, str], int], list[EntryFailure]] = lambda handles, seconds: []
    calls: list[tuple[dict[str, str], int]] = field(default_factory=list)

    def change_visibility(
        self, queue: QueueRef, handles: Mapping[str, str], seconds: int
    ) -> list[EntryFailure]:
        self.calls.append((dict(handles), seconds))
        return self.answer(handles, seconds)

    def ids(self, seconds: int) -> set[str]:
        """Message ids whose visibility was set to so many seconds."""
        return {m for handles, s in self.calls if s == seconds for m in handles}
