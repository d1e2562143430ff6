"""Run one operation in a process that kills itself in the middle of it, without any clean-up.

Called as `python -m tests.emulator.dies JOURNAL QUEUE REGION ENDPOINT OPERATION POINT WHEN COUNT`:
POINT is an SQS call, a write of the journal or a page of a listing (`send`, `record`, `page`), WHEN
is `before` or `after`, COUNT the how-manieth.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from console.aws import bucket_pages
from console.aws.gateway import open_gateway
from console.models.backfill import BackfillOptions
from console.models.handling import Handled
from console.models.message import Message
from console.models.moving import MoveOptions, ProcessOptions
from console.models.pipeline import Mode, PipelineSettings
from console.models.selection import Filter
from console.operations import leases, resume
from console.operations.backfill import backfill
from console.operations.delete import delete
from console.operations.discover import discover
from console.operations.process import process
from console.operations.redrive import no_progress, redrive
from console.operations.restore import restore
from console.operations.workbench import Workbench, open_workbench


def die_at(target: Any, name: str, when: str, count: int) -> None:
    """Let the `count`-th call of a method be the last thing this process does."""
    method: Callable[..., Any] = getattr(target, name)
    calls = iter(range(1, 1_000_000))
    lock = threading.Lock()

    def dying(*arguments: Any, **named: Any) -> Any:
        with lock:
            last = next(calls) == count
        if last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(*arguments, **named)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(target, name, dying)


def run(bench: Workbench, operation: str) -> None:
    """Do it; it should not come to an end."""
    cancel = threading.Event()
    kind, _, of = operation.partition(":")
    if kind == "redrive":
        options = MoveOptions(limit=int(of) if of else None)
        redrive(bench, bench.need_dlq(), options, cancel=cancel)
    elif kind == "canary":
        redrive(bench, bench.need_dlq(), MoveOptions(), cancel=cancel, canary=int(of), proceed=die)
    elif kind == "resume":
        resume.resume(bench, of, cancel=cancel)
    elif kind in ("process", "process-live"):
        queue = bench.need_queue() if kind == "process-live" else bench.need_dlq()
        process(bench, queue, Done(), ProcessOptions(), cancel=cancel, on_result=no_progress)
    elif kind == "backfill":
        keys = [f"in/{n:03}.mp3" for n in range(int(of))] if of else None
        backfill(bench, BackfillOptions(), cancel=cancel, keys=keys)
    elif kind == "delete":
        delete(bench, bench.need_dlq(), MoveOptions(), cancel=cancel)
    elif kind == "delete-live":
        options = MoveOptions(where=Filter(match="message"))
        delete(bench, bench.need_queue(), options, cancel=cancel)
    else:
        restore(bench, of, cancel=cancel)


class Done:
    """A handler that has done everything."""

    def handle(self, message: Message, *, cancel: threading.Event, seconds: float) -> Handled:
        """Nothing is left to do."""
        return Handled("done")


def die(*_: object) -> bool:
    """Be killed while somebody is asked."""
    os.kill(os.getpid(), signal.SIGKILL)
    return True


def shorten() -> None:
    """So that nobody has to wait 30 s for what a killed process hides, and pages are many."""
    vars(leases).update(LEASE_SECONDS=2, EXTEND_AT=1.0)
    vars(bucket_pages).update(PAGE_KEYS=40)
    vars(resume).update(LONG_LEASE_SECONDS=2, lease_seconds=lambda _: 2)


def main(journal: str, queue: str, region: str, endpoint: str, *rest: str) -> None:
    """Open a workbench as the console does, set the trap, and work."""
    operation, point, when, count = rest
    shorten()
    settings = PipelineSettings(queue=queue, region=region, endpoint_url=endpoint)
    gateway = open_gateway(settings)
    pipeline = discover(gateway, settings, Mode())
    bench = open_workbench(gateway, pipeline, Path(journal))
    targets = {
        **dict.fromkeys(("record", "intend", "again"), bench.journal.moves),
        **dict.fromkeys(("plan", "remember"), bench.journal.plans),
        "page": bucket_pages.BucketPages,
    }
    die_at(targets.get(point, gateway.sqs), point, when, int(count))
    run(bench, operation)


if __name__ == "__main__":
    main(*sys.argv[1:])
