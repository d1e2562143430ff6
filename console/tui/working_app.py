"""One operation at a time: begun, watched, cancelled, asked about on leaving."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message

from console.errors import ConsoleError
from console.models.moving import MoveProgress
from console.tui.actions import Action, Work
from console.tui.live_app import LiveApp
from console.tui.screens.base import unexpected

if TYPE_CHECKING:
    from console.tui.backstage import Backstage


class WorkMoved(Message):
    """The action under way is further, or over."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self.work = work


class WorkingApp(LiveApp):
    """Knows the operation that runs; `work` is the last action on messages, over or not."""

    def __init__(self, backstage: Backstage) -> None:
        super().__init__(backstage)
        self.work: Work | None = None

    def begin_operation(self, what: str) -> threading.Event:
        """Note that an operation runs, so that leaving asks; returns its cancel flag."""
        cancel = threading.Event()
        self.operation = (what, cancel)
        return cancel

    def end_operation(self) -> None:
        """Note that no operation runs any more."""
        self.operation = None

    def start_work(self, action: Action) -> None:
        """Do something to messages in the background; whoever shows it hears by `show_work`."""
        cancel = self.begin_operation(action.name)
        self.work = work = Work(action)
        progress = _Latest(self)

        def run() -> Message:
            try:
                report = self.backstage.perform(action, cancel, progress.tell(work))
            except ConsoleError as error:
                return WorkMoved(replace(work, error=error))
            except Exception as error:
                return WorkMoved(replace(work, error=unexpected(error)))
            return WorkMoved(replace(work, report=report))

        self.run_job("work", run, self)
        self._show_work()

    def cancel_work(self) -> bool:
        """Stop the action under way; false where none is."""
        if self.operation is None or self.work is None or self.work.over:
            return False
        self.operation[1].set()
        self.work = replace(self.work, stopping=True)
        self._show_work()
        return True

    def dismiss_work(self) -> bool:
        """Take away how the last action ended; false where nothing is told."""
        if self.work is None or not self.work.over:
            return False
        self.work = None
        self._show_work()
        return True

    def on_work_moved(self, notice: WorkMoved) -> None:
        """More is done, or all of it."""
        under_way = self.work is not None and not self.work.over
        if not notice.work.over and not under_way:
            return
        stopping = self.work is not None and self.work.stopping
        self.work = replace(notice.work, stopping=stopping)
        if notice.work.over:
            self.end_operation()
            self.polling.ask_now()
        self._show_work()

    def _show_work(self) -> None:
        screen = self.console_screen
        if screen is not None and screen.built:
            screen.show_work()


class _Latest:
    """Posts progress a few times a second at most: only the latest counts."""

    _SECONDS = 0.1

    def __init__(self, app: WorkingApp) -> None:
        self._app = app
        self._told_at = float("-inf")
        self._lock = threading.Lock()

    def tell(self, work: Work):
        """The progress callback of one action."""
        begun = self._app.backstage.clock.monotonic()

        def on_progress(progress: MoveProgress) -> None:
            now = self._app.backstage.clock.monotonic()
            with self._lock:
                if now - self._told_at < self._SECONDS and progress.note is None:
                    return
                self._told_at = now
            moved = replace(work, progress=progress, seconds=now - begun)
            self._app.tell(self._app, WorkMoved(moved))

        return on_progress
