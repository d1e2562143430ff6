"""Redrive, delete and process against a bare boto3 loop and against other movers.

Run it by hand: `python tests/benchmarks/movers.py [--messages 3000] [--runs 5] [--peers]`. All
work on the same emulator behind the same proxy, which adds 20 ms to every request; runs alternate
and medians count. A mover that moves its messages one by one would take minutes for all of them,
so peers get fewer (`--peer-messages`), and what is compared is the time for one message. Their
clock runs from their first receive to their last delete, which leaves out start and end. With
`--peers` they are installed from PyPI and npm into a temporary folder. Every run is checked: a
message that is missing or too many afterwards is told.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from console.local.backend import start_backend
from console.local.clients import Caller
from tests.faults.proxy import FaultProxy

LATENCY = 0.020
THREADS = 8
ACCOUNT = "111122223333"
REGION = "eu-west-1"
"""The only one that replay-aws-dlq sends to."""
PEERS = {
    "phoenix-letter": ("pip", ["phoenix_letter", "--src", "{dlq}", "--dst", "{queue}", "--region",
                               "{region}", "--empty-receive", "1"]),
    "sqs-mover": ("pip", ["sqsmover", "-s", "{dlq}", "-d", "{queue}"]),
    "dlq-redeem": ("pip", ["redeem", "sqs", "{dlq}", "--queue-name", "{queue}",
                           "--reprocess-all-unhandled", "--no-dry-run", "--long-poll", "1"]),
    "replay-aws-dlq": ("npm", ["replay-aws-dlq", "{dlq_url}", "{queue_url}"]),
}  # fmt: skip


@dataclass
class Bench:
    """The server, and how to fill and count its queues."""

    sqs: Any
    proxy: FaultProxy
    region: str
    secret: str
    queue: str = "audio"
    folder: Path = field(default_factory=Path)

    def url(self, name: str) -> str:
        return str(self.sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def fill(self, count: int) -> None:
        """Empty both queues, and put `count` messages of 1 KB into the DLQ."""
        for name in (self.queue, f"{self.queue}-dlq"):
            self.sqs.purge_queue(QueueUrl=self.url(name))
        for start in range(0, count, 10):
            entries = [message(n) for n in range(start, min(start + 10, count))]
            self.sqs.send_message_batch(QueueUrl=self.url(f"{self.queue}-dlq"), Entries=entries)

    def left(self) -> tuple[int, int]:
        """Messages in the DLQ and in the queue."""
        totals: list[int] = []
        for name in (f"{self.queue}-dlq", self.queue):
            got = self.sqs.get_queue_attributes(QueueUrl=self.url(name), AttributeNames=["All"])
            a = got["Attributes"]
            totals.append(
                int(a["ApproximateNumberOfMessages"])
                + int(a["ApproximateNumberOfMessagesNotVisible"])
            )
        return totals[0], totals[1]

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "AWS_ENDPOINT_URL": self.proxy.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
        }


def message(number: int) -> dict[str, Any]:
    """An S3 event of about 1 KB, with attributes."""
    record = {
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-2",
        "eventTime": "2026-11-23T02:13:07.000Z", "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AIDAEXAMPLE"},
        "requestParameters": {"sourceIPAddress": "203.0.113.9"},
        "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "x" * 76},
        "s3": {"s3SchemaVersion": "1.0", "configurationId": "audio",
               "bucket": {"name": "uploads", "arn": "arn:aws:s3:::uploads"},
               "object": {"key": f"in/{number}.mp3", "size": 4096, "eTag": "d" * 32,
                          "sequencer": f"{number:016X}"}},
    }  # fmt: skip
    body = json.dumps({"Records": [record]})
    text = {"DataType": "String", "StringValue": "acme"}
    return {
        "Id": str(number),
        "MessageBody": body + " " * max(0, 1000 - len(body)),
        "MessageAttributes": {"tenant": text, "kind": text},
    }


@contextmanager
def server(latency: float) -> Iterator[Bench]:
    """Emulator, queues, proxy."""
    with start_backend(installation=False) as backend:
        sqs = Caller(backend.endpoint_url, REGION, ACCOUNT, backend.secret_key).client("sqs")
        sqs.create_queue(QueueName="audio-dlq")
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:audio-dlq"
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
        sqs.create_queue(QueueName="audio", Attributes={"RedrivePolicy": policy})
        with (
            FaultProxy(backend.endpoint_url, latency=latency) as proxy,
            tempfile.TemporaryDirectory() as folder,
        ):
            yield Bench(sqs, proxy, REGION, backend.secret_key, folder=Path(folder))


def own_run(bench: Bench, tool: str, kind: str, count: int) -> tuple[float, float]:
    """Seconds and CPU seconds of the bare loop or the console."""
    bench.fill(count)
    script = Path(__file__).with_name("one_run.py")
    done = subprocess.run(
        [sys.executable, str(script), tool, kind, bench.queue, bench.proxy.endpoint_url,
         bench.region, str(THREADS)],
        env={**bench.environment(), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = (0, count if kind == "redrive" else 0)
    if bench.left() != expected:
        print(f"  {tool} {kind}: {bench.left()} left in DLQ and queue instead of {expected}")
    figures = json.loads(done.stdout.splitlines()[-1])
    return figures["seconds"], figures["cpu"]


def install(bench: Bench) -> dict[str, list[str] | str]:
    """How to call each peer, or why it cannot be."""
    venv, node = bench.folder / "venv", bench.folder / "node"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    node.mkdir()
    found: dict[str, list[str] | str] = {}
    for name, (kind, words) in PEERS.items():
        if kind == "pip":
            command = [str(venv / "bin/pip"), "install", "-q", name]
            binary = venv / "bin" / words[0]
        else:
            command = [shutil.which("npm") or "npm", "install", "--silent", name]
            binary = node / "node_modules/.bin" / words[0]
        try:
            subprocess.run(command, cwd=node, check=True, capture_output=True)
            found[name] = [str(binary), *words[1:]]
        except (OSError, subprocess.CalledProcessError):
            found[name] = "could not be installed"
    return found


def peer_run(bench: Bench, words: list[str], count: int) -> tuple[float, str | None]:
    """Seconds a message from its first receive to its last delete, infinite for none that left
    the DLQ; and what was wrong in the end."""
    bench.fill(count)
    path = bench.proxy.endpoint_url
    names = {
        "queue": bench.queue,
        "dlq": f"{bench.queue}-dlq",
        "region": bench.region,
        "queue_url": f"{path}/{ACCOUNT}/{bench.queue}",
        "dlq_url": f"{path}/{ACCOUNT}/{bench.queue}-dlq",
    }
    bench.proxy.times.clear()
    process = subprocess.Popen(
        [word.format(**names) for word in words],
        env=bench.environment(), cwd=bench.folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    ends = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < ends and bench.left()[0]:
        time.sleep(0.5)
    process.terminate()
    process.wait()
    left = bench.left()
    times = bench.proxy.times
    first = times.get("ReceiveMessage", (0.0, 0.0))[0]
    last = max((t[1] for name, t in times.items() if name.startswith("Delete")), default=first)
    wrong = None if left == (0, count) else f"left {left[0]} in the DLQ, {left[1]} in the queue"
    taken = count - left[0]
    return (last - first) / taken if taken else float("inf"), wrong


def compare(bench: Bench, kind: str, count: int, runs: int) -> float:
    """Print the console's ratios to the bare loop; returns its median seconds a message."""
    figures: dict[str, list[tuple[float, float]]] = {"bare": [], "console": []}
    for _ in range(runs):
        for tool, values in figures.items():
            values.append(own_run(bench, tool, kind, count))
    wall = {tool: statistics.median(v[0] for v in values) for tool, values in figures.items()}
    cpu = {tool: statistics.median(v[1] for v in values) for tool, values in figures.items()}
    print(
        f"{kind:<10} bare {wall['bare']:6.2f} s  console {wall['console']:6.2f} s  "
        f"wall {wall['console'] / wall['bare']:5.2f} x  CPU {cpu['console'] / cpu['bare']:5.2f} x"
    )
    return wall["console"] / count


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--latency", type=float, default=LATENCY)
    parser.add_argument("--kinds", default="redrive,delete,process")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--peer-messages", type=int, default=300)
    parser.add_argument("--peer-runs", type=int, default=3)
    given = parser.parse_args()
    with server(given.latency) as bench:
        print(f"{given.messages} messages, {given.latency * 1000:g} ms, {THREADS} threads, "
              f"medians of {given.runs}")  # fmt: skip
        each = {k: compare(bench, k, given.messages, given.runs) for k in given.kinds.split(",")}
        for name, words in install(bench).items() if given.peers else ():
            if isinstance(words, str):
                print(f"{name:<16} {words}")
                continue
            runs = [peer_run(bench, words, given.peer_messages) for _ in range(given.peer_runs)]
            seconds = statistics.median(run[0] for run in runs)
            wrong = next((run[1] for run in runs if run[1]), None)
            told = f"; {wrong}" if wrong else ""
            if seconds == float("inf"):
                print(f"{name:<16} moved nothing{told}")
                continue
            print(f"{name:<16} redrive {seconds * 1000:6.2f} ms a message, "
                  f"{seconds / each['redrive']:.1f} times the console's{told}")  # fmt: skip


if __name__ == "__main__":
    main()
