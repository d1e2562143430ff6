"""What a backfill is about: the queue, the rules, and how the bucket is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from console.errors import UsageError
from console.models.backfill import BackfillOptions
from console.models.pipeline import QueueRef
from console.operations.backfill_choice import Choice
from console.operations.browsing import View, open_view
from console.operations.judging import Judge
from console.operations.rulebook import rulebook
from console.operations.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Target:
    """Where events go, and which objects get one. `view` is `None` where the keys are given."""

    queue: QueueRef
    choice: Choice
    view: View | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known beside the numbers."""
        note = self.view.note if self.view else None
        return (*((note,) if note else ()), *self.choice.notes())


def aim(workbench: Workbench, options: BackfillOptions, *, listing: bool) -> Target:
    """Find out what a backfill with these options is about; nothing is changed.

    Raises `UsageError` where the pipeline has no bucket, queue or rule, or no sign of processing
    for `missing`; and `AwsError`.
    """
    queue, bucket = workbench.need_queue(), workbench.need_bucket()
    if queue.fifo:
        raise UsageError(
            "FIFO queue",
            f"S3 sends no events to FIFO queues, so {queue.name} expects others than S3's.",
            "Put the objects again, or send what its producer sends.",
        )
    rules = rulebook(workbench, any_key=options.any_key)
    unprocessed = _unprocessed(workbench) if options.missing else None
    choice = Choice(rules, options, unprocessed)
    view = open_view(workbench.gateway.pages, bucket, options.prefix) if listing else None
    return Target(queue, choice, view)


def _unprocessed(workbench: Workbench) -> Judge:
    """What chooses objects without a sign. Raises `UsageError` where no sign is configured."""
    if not workbench.pipeline.signs:
        raise UsageError(
            "No sign",
            "No sign of processing is configured for this pipeline, so nobody knows what is "
            "missing.",
            "Set processed_object, processed_tag, processed_metadata or processed_journal in "
            "config.toml, or leave out --missing.",
        )
    return Judge(workbench)
