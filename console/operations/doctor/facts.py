"""Facts that checks share: each is fetched once, however many checks ask for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from console.errors import Cancelled
from console.models.pipeline import Pipeline
from console.operations.workbench import Workbench

T = TypeVar("T")
P = ParamSpec("P")


class Facts:
    """What is known of one pipeline, and of `key` where one object is asked about.

    `facts(fetch, …)` calls `fetch(facts, …)` in the thread that asks first and gives everybody
    the same answer, or raises everybody the same error. `at` is when the diagnosis began.
    """

    def __init__(self, bench: Workbench, key: str | None, cancel: threading.Event) -> None:
        self.bench = bench
        self.key = key
        self.cancel = cancel
        self.at: datetime = bench.clock.now()
        self._lock = threading.Lock()
        self._known: dict[tuple[Any, ...], Future[Any]] = {}

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline that is looked at."""
        return self.bench.pipeline

    def __call__(
        self, fetch: Callable[Concatenate[Facts, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The fact that `fetch` reads. Raises what it raises, and `Cancelled`."""
        if self.cancel.is_set():
            raise Cancelled("The diagnosis")
        key = (fetch, args, tuple(sorted(kwargs.items())))
        with self._lock:
            known = self._known.get(key)
            mine = known is None
            future: Future[Any] = Future() if known is None else known
            self._known[key] = future
        if mine:
            try:
                future.set_result(fetch(self, *args, **kwargs))
            except BaseException as error:
                future.set_exception(error)
        return future.result()
