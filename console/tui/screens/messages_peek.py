"""The peeking half of the messages screen: plans, runs, leases; it draws nothing itself."""

from __future__ import annotations

from typing import Literal, cast

from console.errors import ConsoleError
from console.models.peek import PeekOptions
from console.models.pipeline import QueueRef
from console.tui.notices import Failed, PeekEnded, PeekMoved, Planned, Released
from console.tui.peeking import PeekStream, peek_job
from console.tui.reading import Reading
from console.tui.screens.base import ConsoleScreen
from console.tui.widgets.confirm import Confirm

Which = Literal["queue", "dlq"]


class PeekingScreen(ConsoleScreen):
    """Peeks at one of the two queues at a time and remembers what was read of each."""

    def __init__(self) -> None:
        super().__init__()
        self._readings: dict[Which, Reading] = {"queue": Reading(), "dlq": Reading()}
        self._which: Which = "queue"
        self._hold = False
        self._peeking: Which | None = None

    def marked(self) -> set[str]:
        """The ids of the marked messages."""
        return set()

    @property
    def reading(self) -> Reading:
        """What was read of the chosen queue."""
        return self._readings[self._which]

    @property
    def queue(self) -> QueueRef | None:
        """The chosen queue."""
        return self.pipeline.queue if self._which == "queue" else self.pipeline.dlq

    def _plan(self) -> None:
        queue, which = self.queue, self._which
        if queue is None or not self.pipeline.mode.may_peek or self._peeking is not None:
            return
        options, backstage = PeekOptions(hold=self._hold), self.console.backstage
        ids = tuple(self.reading.by_id)
        self.in_background(
            f"plan-{which}",
            lambda ticket: Planned(
                ticket, backstage.plan_peek(queue, options), backstage.receive_counts(queue, ids)
            ),
        )

    def on_planned(self, notice: Planned) -> None:
        """What a peek would cost is known."""
        if self.is_newest(notice):
            reading = self._readings[_of(notice.ticket.group)]
            reading.plan, reading.plan_error = notice.plan, None
            if reading.see_counts(notice.counts) and reading is self.reading:
                self.reading_began()
            self.redraw()

    def start_peek(self, limit: int | None, *, spend: bool = False) -> None:
        """Read messages of the chosen queue; one peek runs at a time."""
        queue = self.queue
        if queue is None or self._peeking is not None or not self.pipeline.mode.may_peek:
            return
        if self.console.operation is not None:
            self.console.say("Another operation is running.", severity="warning")
            return
        options = PeekOptions(limit=limit, hold=self._hold, spend_last_attempt=spend)
        self._peeking = self._which
        self.reading.begin(self.console.backstage.clock.now())
        self.reading_began()
        self.marked().clear()
        cancel = self.console.begin_operation("A peek")
        self.in_background(
            f"peek-{self._which}",
            peek_job(self.console.backstage, queue, options, cancel, self),
        )
        self.redraw()
        self.update_keys()

    def _take(self, reading: Reading, stream: PeekStream) -> None:
        messages, progress = stream.take()
        reading.add(messages)
        reading.progress = progress or reading.progress

    def on_peek_moved(self, notice: PeekMoved) -> None:
        """More was read."""
        if self.is_newest(notice):
            self._take(self._readings[_of(notice.ticket.group)], notice.stream)
            self.more_read()

    def reading_began(self) -> None:
        """What was read before has made room."""

    def more_read(self) -> None:
        """A running peek has brought something to show."""

    def on_peek_ended(self, notice: PeekEnded) -> None:
        """The peek is over."""
        if self.is_newest(notice):
            reading = self._readings[_of(notice.ticket.group)]
            self._take(reading, notice.stream)
            reading.summary = notice.summary
            self._peek_over(reading)

    def _peek_over(self, reading: Reading) -> None:
        reading.read_at = self.console.backstage.clock.now()
        self._peeking = None
        self.console.end_operation()
        self._plan()
        self.redraw()
        self.update_keys()

    def on_failed(self, notice: Failed) -> None:
        """A job of this screen ended with an error."""
        if not self.is_newest(notice):
            return
        group = notice.ticket.group
        if group.startswith("peek-"):
            reading = self._readings[_of(group)]
            reading.error = notice.error
            self._peek_over(reading)
        elif group.startswith("plan-"):
            reading = self._readings[_of(group)]
            reading.plan, reading.plan_error = None, notice.error
            self.redraw()
        else:
            self.console.say(self.shown(notice.error.sentence, limit=400), severity="error")

    def show_lost_leases(self, lost: tuple[str, ...], error: ConsoleError | None) -> None:
        """Leases ran out before they could be extended."""
        for reading in self._readings.values():
            reading.lost |= set(lost) & reading.by_id.keys()
        if error is not None:
            told = f"Leases could not be extended: {error.sentence}"
            self.console.say(self.shown(told, limit=400), severity="error")
        self.second_passed()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Peeking needs a queue and a mode that allows it; releasing needs something held."""
        if not self.built:
            return super().check_action(action, parameters)
        free = self._peeking is None and self.queue is not None
        if action in ("peek", "peek_all", "hold", "spend"):
            return True if free and self.pipeline.mode.may_peek else None
        if action == "release":
            return True if self._peeking is None and self.reading.held else None
        if action == "switch":
            return True if self.pipeline.dlq is not None else None
        return True

    def action_peek(self, limit: int) -> None:
        """Read so many messages."""
        self.start_peek(limit)

    def action_peek_all(self) -> None:
        """Read every message once."""
        self.start_peek(None)

    def action_spend(self) -> None:
        """Read 10 messages though that may take last attempts; asks first."""
        plan = self.reading.plan
        if plan is None:
            return
        risk = f"{plan.at_risk or 'none is'} known to be on their last attempt"
        messages = "message" if plan.visible == 1 else "messages"
        text = (
            f"Receive up to 10 of about {plan.visible:,} {messages} of {plan.queue.name}, "
            f"though that may spend last attempts ({risk}). A message whose last attempt is spent "
            "goes to the DLQ at its next receive."
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self.start_peek(10, spend=True)

        self.app.push_screen(Confirm("Spend last attempts?", text, yes="Peek"), answered)

    def action_hold(self) -> None:
        """Hold what the next peek reads, or not."""
        self._hold = not self._hold
        self._plan()
        self.redraw()

    def action_release(self) -> None:
        """Give back the marked messages that are held, or all of them but those that their next
        receive would dead-letter."""
        queue, held = self.queue, self.reading.held
        if queue is None or not held:
            return
        ids = [m for m in held if m in self.marked()]
        ids = ids or [m for m, one in held.items() if not one.lease.last_attempt]
        if not ids:
            told = "Their last attempt is spent: released, their next receive dead-letters them. "
            self.console.say(told + "Mark them to do it all the same.", severity="warning")
            return
        backstage = self.console.backstage
        self.in_background(
            "release", lambda ticket: Released(ticket, backstage.release(queue, ids))
        )

    def on_released(self, notice: Released) -> None:
        """Messages were given back, entry by entry."""
        release = notice.release
        for reading in self._readings.values():
            reading.unreleased |= set(release.failed) & reading.by_id.keys()
            reading.lost |= set(release.expired) & reading.by_id.keys()
        told = f"Released {len(release.released)}."
        if release.expired:
            told += f" {len(release.expired)} had expired and were visible already."
        if release.failed:
            told += f" {len(release.failed)} failed and reappear by themselves."
        self.console.say(told, severity="error" if release.failed else "information")
        self.redraw()
        self.update_keys()


def _of(group: str) -> Which:
    """Which queue a job's group is about: `peek-dlq`, `plan-queue`."""
    return cast("Which", group.partition("-")[2])
