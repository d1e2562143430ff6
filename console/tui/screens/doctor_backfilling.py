"""The doctor's screen sends the event of the one object that is asked about, after asking."""

from __future__ import annotations

from console.tui.actions import Backfill
from console.tui.screens.doctor_mending import MendingScreen
from console.tui.widgets.type_name import asking
from console.tui.widgets.work_line import WorkLine


class BackfillingScreen(MendingScreen):
    """Needs a key, and a screen with a `WorkLine`."""

    @property
    def can_backfill(self) -> bool:
        """Whether there is one object to send an event for, and it may be sent."""
        pipeline = self.pipeline
        able = pipeline.bucket is not None and pipeline.queue is not None
        free = not pipeline.mode.read_only and self.console.operation is None
        return able and free and self.checkup.key is not None

    def backfill(self) -> None:
        """Confirm; in production the queue's name has to be typed."""
        key, queue, bucket = self.checkup.key, self.pipeline.queue, self.pipeline.bucket
        if not self.can_backfill or key is None or queue is None:
            return
        text = (
            f"Send 1 event of S3's shape to {queue.name} for the object {key} in {bucket}, as it "
            "is now. Consumers take it for an upload; where no rule matches the key, none is sent."
        )
        name = queue.name if self.pipeline.mode.production else None

        def answered(yes: bool | None) -> None:
            if yes and self.can_backfill:
                self.console.start_work(Backfill(keys=(key,)))
                self.update_keys()

        self.app.push_screen(asking("Backfill", text, "Send it", name), answered)

    def show_work(self) -> None:
        """The action under way is further, or over."""
        self.query_one(WorkLine).show_work(self.console.work)
        self.update_keys()

    def on_screen_resume(self) -> None:
        """What was done meanwhile from another screen."""
        if self.built:
            self.show_work()
            self.ask_if_changed()
