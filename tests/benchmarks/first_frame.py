"""How soon the console's first frame is written, against that of an empty Textual application.

Run it by hand: `python tests/benchmarks/first_frame.py [RUNS]`. Both start in fresh processes on a
terminal of their own (80×24), one after the other; counted is the time from starting the process
to the first frame's text on the terminal. Exit code 1 where the ratio of the medians is above 1.3.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

LIMIT = 1.3
COLUMNS, LINES = 80, 24
EMPTY = """
from textual.app import App
class Empty(App):
    TITLE = "empty"
Empty().run()
"""
CONSOLE = """
import sys
sys.argv = ["event-console", "--bucket", "first-frame-bucket", "--queue", "first-frame-queue",
            "--region", "us-east-2", "--endpoint-url", "http://127.0.0.1:9"]
from console.__main__ import main
main()
"""
# An empty application paints blanks; a whole frame ends with the line below the last row's text.
FRAMES = {"empty": b"\x1b[24;1H", "console": "connecting…".encode()}


def main() -> int:
    """Measure, print a table, judge."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    programs = {"empty": EMPTY, "console": CONSOLE}
    times: dict[str, list[float]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as folder:
        for name, program in programs.items():
            first_frame(program, FRAMES[name], folder)
        for _ in range(runs):
            for name, program in programs.items():
                times[name].append(first_frame(program, FRAMES[name], folder))
    medians = {name: statistics.median(values) for name, values in times.items()}
    ratio = medians["console"] / medians["empty"]
    print(f"{'application':<12} {'runs':>5} {'median':>9} {'fastest':>9} {'slowest':>9}")
    for name, values in times.items():
        figures = (medians[name], min(values), max(values))
        print(f"{name:<12} {runs:>5} " + " ".join(f"{value * 1000:>6.0f} ms" for value in figures))
    verdict = "within" if ratio <= LIMIT else "above"
    print(f"ratio of medians {ratio:.2f}, {verdict} {LIMIT}")
    return 0 if ratio <= LIMIT else 1


def first_frame(program: str, frame: bytes, folder: str) -> float:
    """Seconds from starting `program` until `frame` has come out of its terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "HOME": folder, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        return _seen(ours, frame, started) - started
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _seen(terminal: int, frame: bytes, started: float) -> float:
    seen = b""
    while frame not in seen:
        if time.perf_counter() - started > 30:
            raise SystemExit(f"no frame within 30 s; the terminal got {seen[-500:]!r}")
        if select.select([terminal], [], [], 0.5)[0]:
            seen += os.read(terminal, 65536)
    return time.perf_counter()


if __name__ == "__main__":
    raise SystemExit(main())
