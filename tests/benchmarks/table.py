"""100,000 messages in the table: memory, and how soon keys are dealt with while they stream in.

Run it by hand: `python tests/benchmarks/table.py [MESSAGES]`. The real application runs headless
on an injected source whose messages are like those of SQS: 1 KB bodies with an S3 event, ids,
receipt handles and system attributes. Memory is what the process holds more than an empty console;
a key's latency is the time until what it changes has been painted, as a median.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

BODY_BYTES = 1000
PRESSES = 30


def raw(number: int) -> dict[str, Any]:
    """A message as `ReceiveMessage` returns it."""
    from tests.benchmarks.movers import message

    made = message(number)
    return {
        "MessageId": f"00000000-0000-4000-8000-{number:012d}",
        "ReceiptHandle": f"{number:064d}" + "A" * 160,
        "Body": made["MessageBody"][:BODY_BYTES],
        "Attributes": {
            "SenderId": "AIDAEXAMPLE:s3",
            "SentTimestamp": str(1_795_400_000_000 + number),
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": str(1_795_400_100_000 + number),
        },
        "MessageAttributes": made["MessageAttributes"],
    }


async def measure(count: int) -> dict[str, float]:
    """Run the application on so many messages."""
    from console.aws.sqs import parse_message
    from console.models.peek import PeekProgress
    from console.tui.app import ConsoleApp
    from tests.tui import samples
    from tests.tui.stage import Stage

    half, go_on, streamed = count // 2, threading.Event(), threading.Event()

    class Source(Stage):
        def peek(
            self, queue: Any, options: Any, cancel: Any, on_message: Any, on_progress: Any
        ) -> Any:
            for number in range(count):
                if number == half:
                    go_on.wait()
                on_message(parse_message(queue.arn, json.loads(json.dumps(raw(number))), None))
                if not number % 10:
                    on_progress(PeekProgress(number, count))
                    if number > half:
                        time.sleep(0.005)
            streamed.set()
            return samples.SUMMARY

    app = ConsoleApp(Source(messages=()))
    figures: dict[str, float] = {}
    async with app.run_test(size=(160, 48)) as pilot:
        await quiet(pilot)
        await pilot.press("2", "d")
        await quiet(pilot)
        if count:
            await pilot.press("G")
        screen: Any = app.console_screen
        while count and len(screen.reading.messages) < half:
            await pilot.pause(0.05)
        await quiet(pilot, 1.0)
        figures["idle down"] = await moving(pilot) if count else 0.0
        figures["idle filter"] = await typing(pilot)
        if count:
            go_on.set()
            await pilot.pause(0.2)
            figures["streaming down"] = await moving(pilot)
            figures["streaming filter"] = await typing(pilot)
            assert not streamed.is_set(), "the stream was over too early"
            while not streamed.is_set():
                await pilot.pause(0.2)
            await quiet(pilot, 1.0)
            assert len(screen.reading.messages) == count
        gc.collect()
        with open("/proc/self/statm") as file:  # noqa: PTH123
            figures["rss"] = int(file.read().split()[1]) * resource.getpagesize()
    return figures


async def quiet(pilot: Any, seconds: float = 0.3) -> None:
    await pilot.pause(seconds)


async def seen(pilot: Any, key: str, changed: Callable[[], bool]) -> float:
    """Seconds from a key until what it changes has been painted."""
    from textual import events

    begun = time.perf_counter()
    pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
    while not changed():
        await asyncio.sleep(0.001)
    painted = asyncio.Event()
    pilot.app.screen.call_after_refresh(painted.set)
    await painted.wait()
    return time.perf_counter() - begun


async def moving(pilot: Any) -> float:
    """Median seconds of a step of the cursor."""
    table, times = pilot.app.console_screen.table, []
    for number in range(PRESSES):
        before = table.current
        key = "up" if number % 2 else "down"
        times.append(await seen(pilot, key, lambda before=before: table.current is not before))
        await asyncio.sleep(0.03)
    return statistics.median(times)


async def typing(pilot: Any) -> float:
    """Median seconds of a letter in the filter."""
    from textual.widgets import Input

    await pilot.press("slash")
    field, times = pilot.app.console_screen.query_one("#filter", Input), []
    for letter in "in/7.mp3in/7.mp3":
        before = field.value
        times.append(await seen(pilot, letter, lambda before=before: field.value != before))
        await asyncio.sleep(0.03)
    await pilot.press("escape")
    return statistics.median(times)


def main() -> None:
    """Measure in processes of their own, and print ratios."""
    if len(sys.argv) > 2:
        print(json.dumps(asyncio.run(measure(int(sys.argv[2])))))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    runs = {}
    for name, number in (("empty", 0), ("full", count)):
        done = subprocess.run(
            [sys.executable, __file__, "run", str(number)], capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(done.stderr)
        runs[name] = json.loads(done.stdout.splitlines()[-1])
    empty, full = runs["empty"], runs["full"]
    more, bodies = full["rss"] - empty["rss"], count * BODY_BYTES
    print(f"{count} messages of {BODY_BYTES} bytes")
    print(f"memory  {more / 1e6:6.1f} MB over the empty console, {more / bodies:.2f} x the bodies")
    for what in ("down", "filter"):
        idle, streaming = full[f"idle {what}"], full[f"streaming {what}"]
        print(
            f"{what:<7} {empty[f'idle {what}'] * 1e3:6.1f} ms in the empty console, "
            f"{idle * 1e3:6.1f} ms idle with {count // 2}, {streaming * 1e3:6.1f} ms while "
            f"streaming: {streaming / idle:.2f} x"
        )


if __name__ == "__main__":
    main()
