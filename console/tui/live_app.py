"""The application's life without its keys: connecting, polling, keeping leases."""

from __future__ import annotations

import contextlib
import gc
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump

from console.errors import AwsError, ConsoleError
from console.text import safe
from console.tui.jobs import Jobs
from console.tui.notices import Connected, ConnectFailed, Inspected, LeasesTicked, Polled, Ticket
from console.tui.polling import Polling, SourceName
from console.tui.screens.base import ConsoleScreen, unexpected

if TYPE_CHECKING:
    from datetime import datetime

    from console.models.inspection import Inspection
    from console.models.pipeline import Pipeline
    from console.models.status import StatusSnapshot
    from console.tui.backstage import Backstage, Held

_CREDENTIAL_KINDS = {"no-credentials", "expired", "bad-credentials", "profile"}
_PASSING_KINDS = {"unreachable", "throttled"}
_TICK_SECONDS = 0.5
_RETRY_SECONDS = 10.0
_NOTE_SECONDS = 30.0


class LiveApp(App[int]):
    """Owns the connection and the only polls there are; screens receive what these bring."""

    def __init__(self, backstage: Backstage) -> None:
        super().__init__()
        self.backstage = backstage
        self.jobs = Jobs()
        self.polling = Polling(backstage.refresh)
        self.pipeline: Pipeline | None = None
        self.connect_error: ConsoleError | None = None
        self.snapshot: StatusSnapshot | None = None
        self.inspection: Inspection | None = None
        self.inspection_error: ConsoleError | None = None
        self.operation: tuple[str, threading.Event] | None = None
        self.configured_at: datetime | None = None
        self._chosen: dict[str, str] = {}
        self._attempt = 0
        self._failed_at = 0.0
        self._second = float("-inf")
        self._ticking_leases = False

    def on_ready(self) -> None:
        """The first frame is laid out; what is heavy waits until it has been written too."""
        self.screen.call_after_refresh(self.begin)

    def begin(self) -> None:
        """The first frame is written: import what is heavy, and connect."""
        gc.enable()
        self.connect()
        self.set_interval(_TICK_SECONDS, self.tick)

    @property
    def console_screen(self) -> ConsoleScreen | None:
        """The screen of the current mode, also while a dialog lies over it."""
        return next((s for s in self.screen_stack if isinstance(s, ConsoleScreen)), None)

    def run_job(self, name: str, work: Callable[[], Message], to: MessagePump) -> None:
        """Run `work` on a daemon thread and post its message to `to`."""

        self.jobs.start(name, lambda: self.tell(to, work()))

    def tell(self, to: MessagePump, message: Message) -> None:
        """Post a message from a thread; once the event loop is gone nobody wants it any more."""
        with contextlib.suppress(RuntimeError):
            to.post_message(message)

    def connect(self) -> None:
        """Look for the pipeline in the background."""
        self._attempt += 1
        self.connect_error = None
        ticket, chosen = Ticket("connect", self._attempt), dict(self._chosen)

        def work() -> Message:
            try:
                return Connected(ticket, self.backstage.connect(chosen))
            except ConsoleError as error:
                return ConnectFailed(ticket, error)
            except Exception as error:
                return ConnectFailed(ticket, unexpected(error))

        self.run_job("connect", work, self)

    async def on_connected(self, notice: Connected) -> None:
        """The pipeline is known: build the screen's body and start to read."""
        if notice.ticket.generation != self._attempt:
            return
        if self.pipeline is None:
            for note in self.backstage.notes:
                self.notify(safe(note, limit=300), timeout=_NOTE_SECONDS, markup=False)
        self.pipeline = notice.pipeline
        self.polling.ask_now()
        self.tick()
        await self._rebuild_screen()

    async def on_connect_failed(self, notice: ConnectFailed) -> None:
        """There is no connection: say why, and ask where there is a choice."""
        if notice.ticket.generation != self._attempt:
            return
        self.connect_error = notice.error
        self._failed_at = self.backstage.clock.monotonic()
        await self._rebuild_screen()
        candidates: tuple[str, ...] = getattr(notice.error, "candidates", ())
        if candidates:
            self._ask_which(str(getattr(notice.error, "field", "resource")), candidates)

    def _ask_which(self, field: str, candidates: tuple[str, ...]) -> None:
        from console.tui.widgets.choose import Choose

        def chose(answer: str | None) -> None:
            if answer is not None:
                self._chosen[field] = answer
                self.read_again()

        self.push_screen(Choose(field, candidates), chose)

    async def _rebuild_screen(self) -> None:
        screen = self.console_screen
        if screen is not None and screen.built:
            screen.redraw()
        elif screen is not None:
            await screen.rebuild()

    def read_again(self) -> None:
        """Read everything anew; connect where there is no connection, or a queue was missing.

        After a refusal of the credentials they are looked up again, as somebody may have logged
        in elsewhere.
        """
        if self._credentials_refused():
            self.backstage.forget_credentials()
        if self.pipeline is not None and self._found_in_part():
            self.connect()
        elif self.pipeline is not None:
            self.polling.ask_now()
            self.tick()
        elif self.connect_error is not None:
            self.connect()
            self.run_worker(self._rebuild_screen, group="rebuild", exclusive=True)

    def _found_in_part(self) -> bool:
        """Whether a queue was not there that may be there by now, and nothing depends on it."""
        unknown = self.pipeline.unknown if self.pipeline else ()
        gone = any(
            isinstance(u.error, AwsError) and u.error.kind == "no-such-queue" for u in unknown
        )
        return gone and self.operation is None and not self.leases()

    def _credentials_refused(self) -> bool:
        snapshot = self.snapshot
        errors: list[ConsoleError | None] = [self.connect_error, self.inspection_error]
        if snapshot is not None:
            errors += [snapshot.queue.error, snapshot.metrics.error, snapshot.alarms.error]
        return any(isinstance(e, AwsError) and e.kind in _CREDENTIAL_KINDS for e in errors)

    def tick(self) -> None:
        """Twice a second: start the polls that are due; once a second let ages move."""
        now = self.backstage.clock.monotonic()
        if self.pipeline is not None:
            for source in self.polling.take_due(now):
                self.run_job(source, lambda s=source: self._read(s), self)
        elif self._may_pass() and now - self._failed_at >= _RETRY_SECONDS:
            self.connect()
        if now - self._second < 1:
            return
        self._second = now
        screen = self.console_screen
        if screen is not None:
            screen.update_header()
            if screen.built:
                screen.second_passed()
        # A running operation keeps its own leases; a bounded pass must not have them extended.
        if not self._ticking_leases and self.operation is None and self.leases():
            self._ticking_leases = True
            self.run_job("leases", self._tick_leases, self)

    def _may_pass(self) -> bool:
        """Whether there is no connection for a reason that can go away by itself."""
        error = self.connect_error
        return isinstance(error, AwsError) and error.kind in _PASSING_KINDS

    def leases(self) -> dict[str, Held]:
        """What is held now, by message id."""
        if self.pipeline is None:
            return {}
        return {held.lease.message_id: held for held in self.backstage.leases()}

    def _read(self, source: SourceName) -> Message:
        try:
            if source == "configuration":
                return Inspected(self.backstage.inspect())
            poll = self.backstage.poll_queues if source == "sqs" else self.backstage.poll_metrics
            return Polled(source, poll())
        except Exception as error:
            known = error if isinstance(error, ConsoleError) else unexpected(error)
            return (
                Inspected(None, known) if source == "configuration" else Polled(source, None, known)
            )

    def _tick_leases(self) -> Message:
        try:
            return LeasesTicked(self.backstage.tick_leases())
        except Exception as error:
            known = error if isinstance(error, ConsoleError) else unexpected(error)
            return LeasesTicked((), known)

    def on_polled(self, notice: Polled) -> None:
        """A live source was read."""
        snapshot = notice.snapshot
        if snapshot is not None:
            # Two sources answer side by side: an older snapshot must not undo a newer one.
            if self.snapshot is None or snapshot.at >= self.snapshot.at:
                self.snapshot = snapshot
            if self.console_screen is not None and self.console_screen.built:
                self.console_screen.show_snapshot(self.snapshot)
        error = _source_error(snapshot, notice.source)
        kind = error.kind if isinstance(error, AwsError) else None
        self.polling.finished(
            notice.source,
            self.backstage.clock.monotonic(),
            throttled=kind == "throttled",
            unreachable=kind in ("unreachable", "failed"),
            nothing_yet=notice.source == "cloudwatch" and _still_filling(snapshot),
        )
        if notice.error is not None:
            self.notify(safe(notice.error.sentence, limit=300), severity="error", markup=False)
        self._header_changed()

    def on_inspected(self, notice: Inspected) -> None:
        """The configuration was read."""
        if notice.inspection is not None:
            self.inspection = notice.inspection
        self.inspection_error = notice.error
        self.polling.finished(
            "configuration", self.backstage.clock.monotonic(), unreachable=notice.unanswered
        )
        if self.console_screen is not None and self.console_screen.built:
            self.console_screen.show_inspection()

    def on_leases_ticked(self, notice: LeasesTicked) -> None:
        """Leases were extended; what was lost is told to whoever shows it."""
        self._ticking_leases = False
        screen = self.console_screen
        if screen is not None and (notice.lost or notice.error):
            screen.show_lost_leases(notice.lost, notice.error)

    def _header_changed(self) -> None:
        if self.console_screen is not None:
            self.console_screen.update_header()


def _still_filling(snapshot: StatusSnapshot | None) -> bool:
    """Whether CloudWatch answered without any figure, or without a verdict of any alarm."""
    if snapshot is None:
        return False
    data, alarms = snapshot.metrics.value, snapshot.alarms.value
    silent = data is not None and not any(data.queue.series.values())
    return silent or (bool(alarms) and all(a.state == "INSUFFICIENT_DATA" for a in alarms or ()))


def _source_error(snapshot: StatusSnapshot | None, source: SourceName) -> ConsoleError | None:
    if snapshot is None:
        return None
    return snapshot.queue.error if source == "sqs" else snapshot.metrics.error
