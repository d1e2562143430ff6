"""Backfill: memory at 20,000 and 200,000 objects, and keys a second beside a bare boto3 loop.

`python tests/benchmarks/backfill.py [--keys 200000] [--runs 3]`. The bucket is a listing made up
page by page, the queue is the emulator's; `--fake-queue` takes every message and keeps none, which
leaves only the console's own work. Each run is a process of its own, so that its peak memory is
its own. The bare loop lists nothing and journals nothing: it sends the same bodies in batches of
ten from eight threads.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

THREADS = 8
ACCOUNT = "111122223333"
REGION = "us-east-2"
BUCKET = "uploads"
CHANGED = datetime(2026, 11, 23, 2, 13, 7, tzinfo=UTC)
FOLDERS = 40


def key(number: int, count: int) -> str:
    """Keys in their order, spread over folders."""
    return f"in/{number * FOLDERS // count:03}/{number:09}-recording.mp3"


class MadeUpListing:
    """`count` objects that nobody stores."""

    def __init__(self, count: int) -> None:
        self.count = count

    def in_region(self, region: str) -> MadeUpListing:
        return self

    def versioned(self, bucket: str) -> bool:
        return False

    def folders(self, bucket: str, prefix: str, token: str | None = None) -> Any:
        from console.models.pages import Folders

        below = ["in/"] if not prefix else [f"in/{n:03}/" for n in range(FOLDERS)]
        return Folders(tuple(below), 0)

    def page(self, bucket: str, prefix: str, after: str) -> Any:
        from console.models.listing import ListedObject
        from console.models.pages import Page

        first = self._behind(after)
        numbers = range(first, min(first + 1000, self.count))
        keys = [key(n, self.count) for n in numbers]
        objects = tuple(ListedObject(k, 4096, "d" * 32, CHANGED) for k in keys)
        return Page(objects, keys[-1] if keys else None, numbers.stop < self.count)

    def _behind(self, after: str) -> int:
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if key(middle, self.count) <= after else (low, middle)
        return low


class TakesAll:
    """A queue that keeps nothing."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sqs, name)

    def send(self, queue: Any, batch: Sequence[Any]) -> Any:
        from console.models.outgoing import SendAnswer

        return SendAnswer({one.message_id: one.message_id for one in batch}, [])


def console_run(endpoint: str, count: int, fake: bool) -> dict[str, float]:
    """The product's own operation, journal included."""
    from console.aws.gateway import Gateway, open_gateway
    from console.models.backfill import BackfillOptions
    from console.models.pipeline import Mode, PipelineSettings
    from console.operations.backfill import backfill
    from console.operations.discover import discover
    from console.operations.workbench import open_workbench

    settings = PipelineSettings(bucket=BUCKET, queue="audio", region=REGION, endpoint_url=endpoint)
    gateway: Any = open_gateway(settings)
    pipeline = discover(gateway, settings, Mode())
    made_up = MadeUpListing(count)
    setattr(Gateway, "pages", property(lambda _: made_up))  # noqa: B010
    if fake:
        gateway.sqs = TakesAll(gateway.sqs)
    journal = Path(tempfile.mkdtemp()) / "journal.sqlite3"
    bench = open_workbench(gateway, pipeline, journal)
    wall = time.perf_counter()
    report = backfill(bench, BackfillOptions(), cancel=threading.Event())
    wall = time.perf_counter() - wall
    assert (report.sent, report.listed, report.remaining) == (count, count, 0), report
    bench.close()
    return {
        "seconds": wall,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "journal": journal.stat().st_size / count,
    }


def bare_run(endpoint: str, count: int) -> dict[str, float]:
    """The least that does it."""
    import boto3
    from botocore.config import Config

    config = Config(max_pool_connections=THREADS)
    sqs: Any = boto3.client("sqs", endpoint_url=endpoint, region_name=REGION, config=config)
    url = sqs.get_queue_url(QueueName="audio")["QueueUrl"]
    batches = iter(range(0, count, 10))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                start = next(batches, None)
            if start is None:
                return
            numbers = range(start, min(start + 10, count))
            entries = [{"Id": str(n), "MessageBody": body(key(n, count))} for n in numbers]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    wall = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"seconds": time.perf_counter() - wall}


def body(name: str) -> str:
    """An event as long as the console's."""
    return json.dumps({"Records": [{"s3": {"object": {"key": name}}, "rest": "x" * 520}]})


def runs(endpoint: str, environment: dict[str, str], *words: str) -> Iterator[dict[str, float]]:
    """Figures of one run after the other, each in a process of its own."""
    while True:
        done = subprocess.run(
            [sys.executable, __file__, "--one", endpoint, *words],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        yield json.loads(done.stdout.splitlines()[-1])


def one(endpoint: str, tool: str, count: str) -> None:
    """One run; prints its figures."""
    if tool == "bare":
        print(json.dumps(bare_run(endpoint, int(count))))
    else:
        print(json.dumps(console_run(endpoint, int(count), tool == "fake")))


def measure(keys: int, times: int, fake: bool) -> None:
    """Print ratios measured in this run."""
    from console.local.backend import start_backend
    from console.local.clients import Caller
    from console.local.reference import Plan, build

    with start_backend(installation=False) as backend:
        caller = Caller(backend.endpoint_url, REGION, ACCOUNT, backend.secret_key)
        sqs = caller.client("sqs")
        plan = Plan(account=ACCOUNT, region=REGION, bucket=BUCKET, queue="audio", dlq=None)
        url = build(plan, sqs, caller.client("s3")).queue_url
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": backend.secret_key,
        }
        tools = {"console": "fake" if fake else "console", "bare": "bare"}
        figures: dict[tuple[str, int], list[dict[str, float]]] = {}
        for count in (keys // 10, keys):
            for _ in range(times):
                for name, tool in tools.items():
                    run = runs(backend.endpoint_url, environment, tool, str(count))
                    figures.setdefault((name, count), []).append(next(run))
                    sqs.purge_queue(QueueUrl=url)
    median = {
        (*which, figure): statistics.median(run[figure] for run in found)
        for which, found in figures.items()
        for figure in found[0]
    }
    small, large = (median["console", count, "megabytes"] for count in (keys // 10, keys))
    own, bare = (median[name, keys, "seconds"] for name in ("console", "bare"))
    print(f"memory   {small:6.1f} MB at {keys // 10:,}, {large:6.1f} MB at {keys:,}: "
          f"{large / small:.2f} x")  # fmt: skip
    print(f"speed    {keys / own:,.0f} keys/s, bare loop {keys / bare:,.0f}: {own / bare:.2f} x")
    print(f"journal  {median['console', keys, 'journal']:.0f} bytes a key")


def main() -> None:
    """Measure, or do the one run that is asked for."""
    if sys.argv[1:2] == ["--one"]:
        one(*sys.argv[2:5])
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--fake-queue", action="store_true")
    given = parser.parse_args()
    measure(given.keys, given.runs, given.fake_queue)


if __name__ == "__main__":
    main()
