"""The workbench behind the screens: found when told to, left from any thread in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import AwsError, Cancelled, ConsoleError
from console.models.clock import SystemClock
from console.models.pipeline import PipelineSettings, Refresh
from console.tui.backstage import Farewell, Names

if TYPE_CHECKING:
    from console.aws.gateway import Gateway
    from console.models.clock import Clock
    from console.models.pipeline import Pipeline
    from console.operations.status import StatusPoller
    from console.operations.workbench import Workbench
    from console.settings.local import RunningBackend
    from console.settings.model import Settings


class LiveConnection:
    """Connects when told to, and closes from any thread."""

    def __init__(
        self,
        settings: Settings,
        start_local: Callable[[threading.Event], RunningBackend] | None = None,
        journal_path: Path | None = None,
    ) -> None:
        self.clock: Clock = SystemClock()
        self._settings = settings
        self._start_local = start_local
        self._journal_path = journal_path
        self._leaving = threading.Event()
        self._lock = threading.Lock()
        self._backend: RunningBackend | None = None
        self._gateway: Gateway | None = None
        self._bench: Workbench | None = None
        self._poller: StatusPoller | None = None
        self._cancels: dict[int, threading.Event] = {}
        self._idle = threading.Condition()
        self._knows_moves = True

    @property
    def names(self) -> Names:
        """The pipeline as it was named."""
        named = self._settings.pipeline
        local = "local pipeline" if self._start_local else None
        title = local or named.name or named.queue or named.bucket or "no pipeline named"
        return Names(
            title=title,
            bucket=named.bucket,
            queue=named.queue,
            region=named.region,
            endpoint_url=named.endpoint_url,
            mode=self._settings.mode,
        )

    @property
    def refresh(self) -> Refresh:
        """How often the live sources are read."""
        return self._settings.refresh

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about the pipeline for whoever has just connected to it."""
        return self._settings.notes

    def connect(self, chosen: Mapping[str, str]) -> Pipeline:
        """Start the local backend where it is wanted, find the pipeline, open the workbench."""
        self._run_backend()
        from console.aws.gateway import open_gateway
        from console.operations.status import StatusPoller

        named = _with_choices(self._settings.pipeline, chosen)
        if self._gateway is None or named != self._settings.pipeline:
            self._gateway = open_gateway(named)
        bench = self._bench_for(self._find(self._gateway, named), self._gateway)
        with self._lock:
            if self._leaving.is_set():
                bench.close(0.0)
                raise Cancelled("Connecting")
            self._bench, self._poller = bench, StatusPoller(bench)
        return bench.pipeline

    def _find(self, gateway: Gateway, named: PipelineSettings) -> Pipeline:
        """The pipeline; a queue that is not there keeps nobody from looking at the rest."""
        from console.operations.discover import HOPELESS, discover

        try:
            return discover(gateway, named, self._settings.mode)
        except AwsError as error:
            if error.kind in HOPELESS:
                raise
        return discover(gateway, named, self._settings.mode, forgiving=True)

    def _bench_for(self, pipeline: Pipeline, gateway: Gateway) -> Workbench:
        """The workbench of a pipeline; the one there is where the pipeline is found anew."""
        from console.operations.workbench import open_workbench

        if self._bench is not None and self._bench.gateway is gateway:
            return replace(self._bench, pipeline=pipeline)
        path, journal = self._journal_file(), self._settings.journal
        return open_workbench(gateway, pipeline, path, self.clock, journal)

    def _run_backend(self) -> None:
        if self._start_local is None or self._backend is not None:
            return
        from console.settings.local import local_settings

        # Leaving waits until a start that it interrupts has removed what it made.
        with self._under_way(self._leaving):
            backend = self._start_local(self._leaving)
        with self._lock:
            left = self._leaving.is_set()
            self._backend = None if left else backend
        if left:
            backend.close()
            raise Cancelled("Starting the local backend")
        self._settings = local_settings(backend, self._settings)

    def _journal_file(self) -> Path:
        if self._journal_path is not None:
            return self._journal_path
        if self._backend is not None:
            from console.settings.local import local_journal_path

            return local_journal_path(self._backend)
        from console.journal.location import default_journal_path

        return default_journal_path()

    def forget_credentials(self) -> None:
        """Read credentials anew at the next call."""
        if self._gateway is not None:
            self._gateway.forget_credentials()

    @property
    def _workbench(self) -> Workbench:
        if self._bench is None:
            raise ConsoleError("Not connected", "The pipeline has not been found yet.")
        return self._bench

    @contextmanager
    def _under_way(self, cancel: threading.Event) -> Generator[None]:
        """Note an operation, so that leaving stops it and waits for it to clean up."""
        with self._idle:
            if self._leaving.is_set():
                raise Cancelled("The operation")
            self._cancels[id(cancel)] = cancel
        try:
            yield
        finally:
            with self._idle:
                del self._cancels[id(cancel)]
                self._idle.notify_all()

    def cancel_operations(self, seconds: float) -> bool:
        """Stop what runs and wait for its clean-up; true where all of it has ended in time."""
        self._leaving.set()
        ends = time.monotonic() + seconds
        with self._idle:
            for cancel in self._cancels.values():
                cancel.set()
            return self._idle.wait_for(
                lambda: not self._cancels, timeout=max(0.0, ends - time.monotonic())
            )

    def close(self, deadline_seconds: float) -> Farewell:
        """Release what is held and stop the local backend. May be called again, from any thread."""
        self._leaving.set()
        with self._lock:
            bench, backend, self._backend = self._bench, self._backend, None
        farewell = Farewell()
        if bench is not None:
            try:
                release = bench.close(deadline_seconds)
                farewell = Farewell(len(release.failed), release.reappear_at)
            except AwsError:
                held = bench.leases.held()
                farewell = Farewell(
                    len(held), max((lease.reappears_at for lease in held), default=None)
                )
        if backend is not None:
            backend.close()
            # Its queues went with it: nothing is left that could reappear.
            return Farewell()
        return farewell


def _with_choices(named: PipelineSettings, chosen: Mapping[str, str]) -> PipelineSettings:
    known = {field: value for field, value in chosen.items() if field in ("queue", "bucket", "dlq")}
    return replace(named, **known) if known else named
