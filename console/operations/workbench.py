"""What every operation works with: gateway, pipeline, journal, clock and leases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.aws.gateway import Gateway
from console.errors import ConsoleError, JournalError, Refused, UsageError
from console.journal.log import State, new_operation_id
from console.journal.store import Journal
from console.models.clock import Clock, SystemClock
from console.models.peek import Release
from console.models.pipeline import JournalSettings, Pipeline, QueueRef
from console.operations.audio_reading import AudioReader
from console.operations.leases import LeaseBook


@dataclass(frozen=True, slots=True)
class Workbench:
    """One pipeline at work."""

    gateway: Gateway
    pipeline: Pipeline
    journal: Journal
    clock: Clock
    leases: LeaseBook
    audio: AudioReader

    @property
    def caller_arn(self) -> str | None:
        """Who acts, for the journal; `None` where it is not known."""
        return self.pipeline.identity.arn if self.pipeline.identity else None

    def begin(
        self,
        kind: str,
        queue: QueueRef | None,
        intent: str,
        parameters: Mapping[str, object] | None = None,
    ) -> str:
        """Start an operation in the journal, which forgets what is older than its retention;
        returns the operation's id. `parameters` is what a resume needs. Raises `JournalError`."""
        at = self.clock.now()
        self.journal.prune(at)
        operation = new_operation_id(at)
        self.journal.claims.take(operation)
        try:
            self.journal.log.begin(
                kind,
                pipeline=self.pipeline.name,
                queue_arn=queue.arn if queue else None,
                caller_arn=self.caller_arn,
                intent=intent,
                at=at,
                parameters=parameters,
                operation_id=operation,
            )
        except JournalError:
            self.journal.claims.drop(operation)
            raise
        return operation

    def finish(self, operation: str, state: State, told: Mapping[str, object]) -> None:
        """Record how an operation ended. Raises `JournalError`."""
        try:
            self.journal.log.finish(operation, state, told, self.clock.now())
        finally:
            self.journal.claims.drop(operation)

    def need_queue(self) -> QueueRef:
        """The pipeline's queue. Raises `UsageError` where there is none, or what hides it."""
        if self.pipeline.queue is None:
            raise _missing(self.pipeline, "queue")
        return self.pipeline.queue

    def need_dlq(self) -> QueueRef:
        """The pipeline's DLQ. Raises `UsageError` where there is none, or what hides it."""
        if self.pipeline.dlq is None:
            raise _missing(self.pipeline, "dlq")
        return self.pipeline.dlq

    def need_bucket(self) -> str:
        """The pipeline's bucket. Raises `UsageError` where there is none, or what hides it."""
        if self.pipeline.bucket is None:
            raise _missing(self.pipeline, "bucket")
        return self.pipeline.bucket

    def close(self, deadline_seconds: float = 3.0) -> Release:
        """Give back every lease within the deadline and close the journal; what could not be
        given back is in the result. May be called again."""
        left = self.leases.held()
        try:
            return self.leases.release_all(deadline_seconds)
        except JournalError:
            return Release(
                failed=tuple(lease.message_id for lease in left),
                reappear_at=max((lease.reappears_at for lease in left), default=None),
            )
        finally:
            self.journal.close()
            self.audio.close()


def open_workbench(
    gateway: Gateway,
    pipeline: Pipeline,
    journal_path: Path,
    clock: Clock | None = None,
    journal_settings: JournalSettings | None = None,
) -> Workbench:
    """The workbench for a pipeline; the journal's file is opened when it is first needed."""
    journal = Journal(journal_path, journal_settings)
    clock = clock or SystemClock()
    leases = LeaseBook(gateway.sqs, journal, clock)
    return Workbench(gateway, pipeline, journal, clock, leases, AudioReader())


def require_write(workbench: Workbench, what: str) -> None:
    """Raise `Refused` where the pipeline is read-only."""
    mode = workbench.pipeline.mode
    if mode.read_only:
        how = "--write" if mode.production else "a run without --read-only"
        raise Refused("Read-only", f"{what} writes, and this console is read-only.", f"Use {how}.")


def require_peek(workbench: Workbench) -> None:
    """Raise `Refused` where receiving is not allowed: every receive raises receive counts."""
    if not workbench.pipeline.mode.may_peek:
        raise Refused(
            "Read-only",
            "A peek receives messages, which counts as writing, and this console is read-only.",
            "Use --allow-peek to permit receiving and releasing and nothing else.",
        )


def _missing(pipeline: Pipeline, field: str) -> ConsoleError:
    """The error for what needs `field`: the failed call itself, or that nobody named it."""
    words = {"queue": "queue", "dlq": "dead-letter queue", "bucket": "bucket"}[field]
    unknown = pipeline.unknown_field(field)
    if unknown and unknown.error:
        return unknown.error
    reason = unknown.reason if unknown else f"The pipeline has no {words}."
    return UsageError(f"No {words} known", reason, f"Name it with --{field}.")
