"""Missing: objects that a rule matches and that show no sign of being processed, as a stream."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence

from console.errors import AwsError
from console.models.backfill import BackfillOptions
from console.models.listing import ListedObject
from console.models.missing import MissingOptions, MissingSummary, Unprocessed
from console.models.moving import MoveProgress
from console.operations.backfill_choice import Choice
from console.operations.browsing import Pages, RangeReader, View
from console.operations.crew import work_together
from console.operations.judging import LOOKERS, Judge
from console.operations.moving import CANCEL_GRACE, OnProgress
from console.operations.ranges import split
from console.operations.redrive import no_progress
from console.operations.rulebook import expected_rulebook
from console.operations.supply import Supply
from console.operations.workbench import Workbench

OnObject = Callable[[Unprocessed], None]
_PORTION = 10


def missing(
    workbench: Workbench,
    options: MissingOptions,
    *,
    cancel: threading.Event,
    on_object: OnObject,
    on_progress: OnProgress = no_progress,
) -> MissingSummary:
    """Look at every object that a rule to the queue matches; `on_object` hears of those without a
    sign, one at a time, as they are found. Nothing is received and nothing changed.

    Raises `UsageError` where the pipeline has no bucket, queue or rule, `AwsError` and
    `JournalError`.
    """
    rules, note = expected_rulebook(workbench)
    chosen = BackfillOptions(options.prefix, options.since, options.until)
    choice = Choice(rules, chosen)
    run = _Run(workbench, choice, options.prefix, on_object)
    ended = work_together(
        lambda: run.work(on_progress),
        LOOKERS,
        cancel=cancel,
        stop=run.supply.stop,
        heartbeat=lambda: None,
        grace=CANCEL_GRACE,
    )
    return run.summary(ended and not cancel.is_set(), (note,) if note else ())


class _Run:
    """One look under way."""

    def __init__(
        self, workbench: Workbench, choice: Choice, prefix: str, on_object: OnObject
    ) -> None:
        self._bench, self._on_object = workbench, on_object
        self._judge = Judge(workbench)
        view = View(workbench.gateway.pages, workbench.need_bucket(), prefix)
        ranges = split(view.listing, view.bucket, prefix)
        self._choice = choice
        self._pages = [Pages(RangeReader(view, one, self._chosen)) for one in ranges]
        self.supply = Supply(self._pages, portion=_PORTION, low=2 * LOOKERS)
        self._lock = threading.Lock()
        self._fates: Counter[str] = Counter()

    def _chosen(self, objects: Sequence[ListedObject]) -> Sequence[ListedObject]:
        chosen = self._choice(objects)
        self._judge.look_ahead(chosen)
        return chosen

    def work(self, on_progress: OnProgress) -> None:
        """Judge until nothing is left, or it is stopped. Raises `AwsError`, `JournalError`."""
        while (portion := self.supply.next()) is not None:
            for due in portion:
                if due.found is not None:
                    self._tell(self._judge.judge(due.found))
            with self._lock:
                missing, matched = self._fates["missing"], self._fates.total()
            on_progress(MoveProgress(self._listed, 0, matched - missing, missing))

    def summary(self, complete: bool, notes: tuple[str, ...]) -> MissingSummary:
        """What came of it."""
        fates = self._fates
        return MissingSummary(
            listed=self._listed,
            matched=fates.total(),
            processed=fates["processed"],
            missing=fates["missing"],
            waiting=fates["waiting"],
            unknown=fates["unknown"],
            complete=complete,
            notes=(*notes, *self._notes()),
        )

    @property
    def _listed(self) -> int:
        return sum(pages.listed for pages in self._pages)

    def _tell(self, one: Unprocessed | None) -> None:
        with self._lock:
            self._fates["processed" if one is None else one.fate] += 1
            if one is not None:
                self._on_object(one)

    def _notes(self) -> list[str]:
        notes: list[str] = []
        backlog = self._judge.backlog
        if not self._bench.pipeline.signs:
            notes.append(
                "No sign of processing is configured for this pipeline, so what has left the queue "
                "may have been processed or lost. Set processed_object, processed_tag, "
                "processed_metadata or processed_journal in config.toml."
            )
        if backlog.why_not:
            notes.append(f"Since when messages are waiting is not known. {backlog.why_not}")
        elif backlog.oldest is not None:
            notes.append(
                f"{backlog.messages:,} messages are waiting, sent since "
                f"{backlog.oldest:%Y-%m-%d %H:%M:%S} UTC; the age leaves out messages that were "
                "received three times or more."
            )
        if dead := self._dead_letters():
            notes.append(f"The dead-letter queue has {dead:,} messages: peek --dlq shows them.")
        return notes

    def _dead_letters(self) -> int:
        dlq = self._bench.pipeline.dlq
        try:
            return self._bench.gateway.sqs.attributes(dlq).counts.total if dlq else 0
        except AwsError:
            return 0
