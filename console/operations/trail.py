"""Who changed the pipeline: its bucket, queue, DLQ and key, from CloudTrail's event history."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from console.aws.cloudtrail import DAYS_KEPT, CloudTrail
from console.errors import AwsError, UsageError
from console.models.trail import Change, TrailEvent, TrailProgress, TrailReport
from console.operations.trail_changes import changes_of
from console.operations.trail_families import FAMILIES, About, Family
from console.operations.trail_lookup import MOST_PAGES, Lookups
from console.operations.trail_notes import notes_of
from console.operations.trail_subjects import Subjects
from console.operations.workbench import Workbench

_UNKNOWN = "unknown"

OnChange = Callable[[Change], None]
OnProgress = Callable[[TrailProgress], None]


def trail(
    bench: Workbench,
    window: timedelta,
    *,
    cancel: threading.Event,
    on_change: OnChange = lambda _: None,
    on_progress: OnProgress = lambda _: None,
) -> TrailReport:
    """Every change within `window` before now that the event history knows of.

    `on_change` hears of each as it is found: what explains a missing event most often is asked
    for first, and what is told together comes newest first. The report has all of them, newest
    first. A history that cannot be read stands in its `errors`.

    Raises `UsageError` for a longer window than CloudTrail keeps and for a pipeline with neither
    bucket nor queue, `Cancelled` when told to stop.
    """
    _refuse_longer(window)
    until = bench.clock.now()
    search = _Search(bench, until - window, until, cancel, on_change, on_progress)
    return search.run()


def _refuse_longer(window: timedelta) -> None:
    if not timedelta(0) < window <= timedelta(days=DAYS_KEPT):
        raise UsageError(
            "Not that far back",
            f"CloudTrail's event history goes back {DAYS_KEPT} days.",
            f"Use --since {DAYS_KEPT}d at most; older events are in a trail's own bucket.",
        )


@dataclass
class _Search:
    """One search under way."""

    bench: Workbench
    since: datetime
    until: datetime
    cancel: threading.Event
    on_change: OnChange
    on_progress: OnProgress
    changes: list[Change] = field(default_factory=list[Change])
    notes: list[str] = field(default_factory=list[str])
    errors: list[AwsError] = field(default_factory=list[AwsError])

    def run(self) -> TrailReport:
        subjects = self._subjects()
        families = [f for f in FAMILIES if subjects.has(f.about)]
        histories = self._histories(subjects)
        lookups = Lookups(self.bench.clock, self.since, self.until, self.cancel)
        asked, total = 0, sum(len(f.names) for f in families)
        for family in families:
            self._family(family, histories[family.about], subjects, lookups, asked, total)
            asked += len(family.names)
        return TrailReport(
            changes=tuple(sorted(self.changes, key=lambda c: c.event.at, reverse=True)),
            since=self.since,
            until=self.until,
            notes=self._told(histories, subjects, lookups),
            errors=tuple(self.errors),
        )

    def _subjects(self) -> Subjects:
        pipeline = self.bench.pipeline
        if pipeline.queue is None and pipeline.bucket is None:
            self.bench.need_queue()
        return Subjects(pipeline.bucket, pipeline.queue, pipeline.dlq, self._key())

    def _key(self) -> str | None:
        """The queue's own key; AWS's key for SQS has no policy that anybody could change."""
        queue = self.bench.pipeline.queue
        if queue is None:
            return None
        try:
            key = self.bench.gateway.sqs.attributes(queue).kms_key_id
        except AwsError as error:
            self.notes.append(f"Which key the queue uses is unknown: {error.sentence}")
            return None
        if key is None or key.endswith("alias/aws/sqs"):
            return None
        return self._behind_alias(key, queue.region)

    def _behind_alias(self, key: str, region: str) -> str:
        """The key's own ARN: events name a key by that or by its id."""
        if "alias/" not in key:
            return key
        try:
            return self.bench.gateway.kms(region).describe(key).arn
        except AwsError as error:
            self.notes.append(
                f"Which key is behind {key} is unknown, so that its changes may be missing:"
                f" {error.sentence}"
            )
            return key

    def _histories(self, subjects: Subjects) -> dict[About, CloudTrail]:
        gateway, queue = self.bench.gateway, subjects.queue or subjects.dlq
        region = queue.region if queue is not None else self.bench.pipeline.region
        bucket_region = self._bucket_region(subjects.bucket)
        if region == _UNKNOWN and bucket_region is None:
            raise UsageError(
                "No region",
                "Neither the queue's region nor the bucket's is known, and each region has an"
                " event history of its own.",
                "Use --region or AWS_REGION.",
            )
        queue_side = gateway.cloudtrail(region)
        bucket_side = gateway.bucket_cloudtrail(bucket_region or region)
        return {"queue": queue_side, "key": queue_side, "bucket": bucket_side}

    def _bucket_region(self, bucket: str | None) -> str | None:
        """CloudTrail records a bucket's events in the bucket's own region."""
        try:
            return self.bench.gateway.s3.bucket_region(bucket) if bucket else None
        except AwsError as error:
            self.notes.append(f"The bucket's region is unknown: {error.sentence}")
            return None

    def _family(
        self,
        family: Family,
        history: CloudTrail,
        subjects: Subjects,
        lookups: Lookups,
        asked: int,
        total: int,
    ) -> None:
        """Ask for one family, and tell what was found."""
        events: list[TrailEvent] = []
        try:
            for number, name in enumerate(family.names, asked + 1):
                self.on_progress(TrailProgress(name, number, total, len(self.changes)))
                for event in lookups.named(history, name):
                    events.append(event)
        except AwsError as error:
            if error.sentence not in [e.sentence for e in self.errors]:
                self.errors.append(error)
        found = changes_of(events, family, subjects)
        self.changes += found
        for change in found:
            self.on_change(change)

    def _told(
        self, histories: dict[About, CloudTrail], subjects: Subjects, lookups: Lookups
    ) -> tuple[str, ...]:
        regions = {histories[a].region for a in ("queue", "bucket") if subjects.has(a)}
        cut = [f"There are more than {MOST_PAGES * 50:,} {n} events; the oldest were not read."
               for n in lookups.cut]  # fmt: skip
        return (*self.notes, *cut, *notes_of(self.bench.pipeline, sorted(regions), subjects))
