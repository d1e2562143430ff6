"""One measured run in a process of its own: `one_run.py TOOL KIND QUEUE ENDPOINT REGION THREADS`.

TOOL is `bare` (a boto3 loop in threads) or `console`; KIND is `redrive`, `delete` or `process`.
Prints seconds and CPU seconds as JSON; imports and clients are made before the clock starts.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def bare(kind: str, queue: str, endpoint: str, region: str, threads: int) -> Callable[[], None]:
    """The least that does it: receive, send, delete in batches of ten."""
    import boto3
    from botocore.config import Config

    config = Config(max_pool_connections=threads)
    sqs: Any = boto3.client("sqs", endpoint_url=endpoint, region_name=region, config=config)
    target = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    source = sqs.get_queue_url(QueueName=f"{queue}-dlq")["QueueUrl"]

    def work() -> None:
        while messages := sqs.receive_message(
            QueueUrl=source,
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages"):
            entries = [
                {
                    "Id": str(n),
                    "MessageBody": m["Body"],
                    "MessageAttributes": m.get("MessageAttributes", {}),
                }
                for n, m in enumerate(messages)
            ]
            if kind == "redrive":
                sqs.send_message_batch(QueueUrl=target, Entries=entries)
            handles = [
                {"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)
            ]
            sqs.delete_message_batch(QueueUrl=source, Entries=handles)

    def run() -> None:
        started = [threading.Thread(target=work) for _ in range(threads)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()

    return run


def console(kind: str, queue: str, endpoint: str, region: str, threads: int) -> Callable[[], None]:
    """The product's own operation, journal included."""
    from console.aws.gateway import open_gateway
    from console.models.handling import Handled
    from console.models.moving import MoveOptions, ProcessOptions
    from console.models.pipeline import Mode, PipelineSettings, QueueRef
    from console.operations.delete import delete
    from console.operations.discover import discover
    from console.operations.process import process
    from console.operations.redrive import redrive
    from console.operations.workbench import open_workbench

    settings = PipelineSettings(queue=queue, region=region, endpoint_url=endpoint)
    gateway = open_gateway(settings)
    pipeline = discover(gateway, settings, Mode())
    folder = tempfile.mkdtemp()
    bench = open_workbench(gateway, pipeline, Path(folder) / "journal.sqlite3")
    cancel, empty, dlq = threading.Event(), bench.need_queue(), bench.need_dlq()

    class NoOp:
        def handle(self, message: Any, *, cancel: Any, seconds: float) -> Handled:
            return Handled("done")

    def work(on: QueueRef) -> None:
        if kind == "redrive":
            redrive(bench, on, MoveOptions(to=dlq if on == empty else None), cancel=cancel)
        elif kind == "delete":
            delete(bench, on, MoveOptions(), cancel=cancel)
        else:
            options = ProcessOptions(drain=False, concurrency=threads)
            process(bench, on, NoOp(), options, cancel=cancel, on_result=lambda _: None)

    # It loads modules and makes clients, which the bare loop has before its clock starts too.
    work(empty)
    return lambda: work(dlq)


def main(tool: str, kind: str, queue: str, endpoint: str, region: str, threads: str) -> None:
    """Prepare, run, print."""
    make = {"bare": bare, "console": console}[tool]
    run = make(kind, queue, endpoint, region, int(threads))
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"seconds": wall, "cpu": cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
