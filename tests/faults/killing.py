"""Kill the command line at random moments, finish with `journal resume`, compare every message.

Run it by hand: `python -m tests.faults.killing [--rounds 40] [--seed 1] [--lanes 6]`. Each round
fills a DLQ, starts a redrive, a delete or a restore as a user would, kills it by SIGKILL at a
random moment, kills some of the resumes too, and lets the last one end. Then every message has to
be there with all it carries, and no more of them twice than was told. Exit code 1 where not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.journal.claims import Claims

COMMAND = (sys.executable, "-m", "console")
QUICK_COMMAND = (
    sys.executable,
    "-c",
    "from tests.emulator.dies import shorten; shorten(); from console.__main__ import main; main()",
)
"""The same, but what a killed process hides is hidden for 2 s instead of 30."""
_MOST_SECONDS = 240
_RESUMES = 6


@dataclass
class Round:
    """One installation and what is done to it. `command` is how the command line is started;
    it is killed at most `longest` seconds after its operation has begun."""

    sqs: Any
    environment: dict[str, str]
    chance: random.Random
    count: int = 240
    command: Sequence[str] = COMMAND
    queue: str = "audio"
    longest: float = 1.0
    said: list[str] = field(default_factory=list[str])

    def fill(self) -> Counter[str]:
        """Build the queues, and put messages with everything they can carry into the DLQ."""
        self.dlq_url = self.sqs.create_queue(QueueName=f"{self.queue}-dlq")["QueueUrl"]
        got = self.sqs.get_queue_attributes(QueueUrl=self.dlq_url, AttributeNames=["QueueArn"])
        policy = {"deadLetterTargetArn": got["Attributes"]["QueueArn"], "maxReceiveCount": 3}
        self.url = self.sqs.create_queue(
            QueueName=self.queue, Attributes={"RedrivePolicy": json.dumps(policy)}
        )["QueueUrl"]
        for start in range(0, self.count, 10):
            entries = [loaded(n) for n in range(start, min(self.count, start + 10))]
            answer = self.sqs.send_message_batch(QueueUrl=self.dlq_url, Entries=entries)
            assert not answer.get("Failed"), answer
        return Counter(shown(loaded(n)) for n in range(self.count))

    def run(self, *arguments: str, kill_after: float | None = None) -> tuple[int, Any]:
        """Run the command line; its exit code, -9 where it was killed, and its document."""
        process = subprocess.Popen(
            [*self.command, *arguments, "--queue", self.queue, "--json"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        if kill_after is not None:
            while process.poll() is None and not self.at_work():
                time.sleep(0.01)
            with suppress(subprocess.TimeoutExpired):
                process.wait(kill_after)
            process.kill()
        out, err = process.communicate(timeout=_MOST_SECONDS)
        what = f" killed after {kill_after:.2f} s" if kill_after else ""
        self.said.append(f"{' '.join(arguments)}{what}: {process.returncode}\n{err}")
        return process.returncode, json.loads(out) if out.strip() else None

    def at_work(self) -> bool:
        """Whether a process works on an operation now."""
        journal = Path(self.environment["XDG_DATA_HOME"]) / "event-console" / "journal.sqlite3"
        running = journal.with_name(f"{journal.name}-running")
        claims = Claims(journal)
        return running.exists() and any(claims.alive(file.name) for file in running.iterdir())

    def interrupted(self, *arguments: str) -> list[Any]:
        """Kill a command, kill some of its resumes, let the last one end; the reports."""
        code, report = self.run(*arguments, kill_after=self.chance.uniform(0, self.longest))
        reports = [report] if report else []
        for number in range(_RESUMES):
            last = number > 0 or self.chance.random() < 0.5
            kill_after = None if last else self.chance.uniform(0, 2 * self.longest)
            code, found = self.run("journal", "resume", "--yes", kill_after=kill_after)
            reports += found or []
            if last and found == []:
                break
        if not reports:
            code, report = self.run(*arguments)
            reports = [report]
        assert code in (0, 3), self.said
        return reports

    def messages(self, url: str) -> Counter[str]:
        """Everything in a queue that is visible, by all it carries."""
        found: Counter[str] = Counter()
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=900,
                MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"],
            )  # fmt: skip
            if not answer.get("Messages"):
                return found
            found.update(shown(message) for message in answer["Messages"])

    def hidden(self, url: str) -> int:
        """How many messages are in flight."""
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return int(got["Attributes"]["ApproximateNumberOfMessagesNotVisible"])


def loaded(number: int) -> dict[str, Any]:
    """A batch entry with a body that is no JSON, attributes of every type, and a group. The
    emulator keeps no trace header."""
    return {
        "Id": str(number),
        "MessageBody": f"message {number} caf\u00e9 \U0001f3b5 {{not json",
        "MessageAttributes": {
            "tenant": {"DataType": "String.code", "StringValue": f"acme {number}"},
            "tries": {"DataType": "Number.int", "StringValue": str(number)},
            "blob": {"DataType": "Binary.png", "BinaryValue": bytes([number % 256, 0, 255])},
            "plain": {"DataType": "Binary", "BinaryValue": b"\x00"},
        },
        "MessageGroupId": f"group {number % 7}",
    }


def shown(message: dict[str, Any]) -> str:
    """All a sender can set, as text; of an entry to send and of a message that was received."""
    return repr(
        (
            message.get("MessageBody") or message.get("Body"),
            sorted((name, sorted(a.items())) for name, a in message["MessageAttributes"].items()),
            message.get("MessageGroupId") or message["Attributes"]["MessageGroupId"],
        )
    )


def check(what: Round, kind: str) -> None:
    """Play one round. Raises `AssertionError` where a message is missing, changed, or too many."""
    filled = what.fill()
    rate = ["--rate", "150"] if what.chance.random() < 0.5 else []
    match = ["--match", r"message \d*[02468] "] if what.chance.random() < 0.5 else []
    if kind == "redrive":
        reports = what.interrupted("redrive", "--journaled", "--yes", *match, *rate)
    else:
        chosen = match or ["--all"]
        (deleted, *_) = what.interrupted("delete", "--dlq", "--yes", *chosen)
        reports = what.interrupted("restore", deleted["operation_id"], "--yes")
    moved = {m for m in filled if not match or int(m.split()[1]) % 2 == 0}
    told = max(report.get("possibly_duplicated", 0) for report in reports)
    hidden = what.hidden(what.dlq_url) + what.hidden(what.url)
    target, source = what.messages(what.url), what.messages(what.dlq_url)
    assert hidden == 0, (hidden, what.said)
    assert (target + source).keys() == filled.keys(), (filled - target - source, what.said)
    assert (target + source).total() - what.count <= told, (told, what.said)
    if kind == "redrive":
        assert target.keys() == moved, what.said
        assert source.keys() == filled.keys() - moved, what.said


def _play(number: int, seed: int, backend: Any) -> str | None:
    from console.local.clients import Caller

    chance = random.Random(f"{seed}/{number}")
    account = str(100_000_000_000 + number)
    sqs = Caller(backend.endpoint_url, backend.region, account, backend.secret_key).client("sqs")
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "HOME": home,
            "XDG_DATA_HOME": home,
            "XDG_CONFIG_HOME": home,
            "AWS_ENDPOINT_URL": backend.endpoint_url,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": backend.secret_key,
            "AWS_REGION": backend.region,
        }
        kind = "redrive" if chance.random() < 0.7 else "restore"
        try:
            check(Round(sqs, environment, chance), kind)
        except AssertionError as error:
            return f"round {number}, {kind}: {error}"
    return None


def main() -> int:
    """Play the rounds; print what went wrong."""
    from console.local.backend import start_backend

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=6)
    named = parser.parse_args()
    with start_backend(installation=False) as backend, ThreadPoolExecutor(named.lanes) as lanes:
        problems = [
            problem
            for problem in lanes.map(
                lambda number: _play(number, named.seed, backend), range(named.rounds)
            )
            if problem
        ]
    print(*problems, sep="\n\n")
    print(f"{named.rounds} rounds, {len(problems)} with a problem")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
