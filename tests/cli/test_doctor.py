"""`doctor` as people and scripts read it, on findings that the test decides."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from console.cli.doctor_progress import Progress
from console.models.finding import Diagnosis, Finding
from console.operations.doctor import runner
from console.operations.doctor.check import Check, LateCheck
from console.operations.doctor.facts import Facts
from tests.cli.conftest import Call
from tests.conftest import Installation

HOSTILE = "[/foo]\x1b]52;c;eA==\x07\u202e\nnext"
COMMAND = "aws sqs set-queue-attributes --queue-url https://x --attributes '" + "p" * 200 + "'"
CAUSE = Finding(
    "policy.no-allow",
    "fail",
    "proven",
    "No statement lets S3 send to this queue.",
    {
        "statements": [],
        "expected_principal": "s3.amazonaws.com",
        "read_at": datetime(2026, 1, 2, tzinfo=UTC),
    },
    "Allow s3.amazonaws.com to send.",
    (COMMAND,),
)
FOLLOWS = Finding(
    "queue.no-arrivals", "fail", "likely", "Nothing arrives.", because_of=("policy.no-allow",)
)
UNKNOWN = Finding(
    "kms.key-policy", "unknown", "proven", "You may not read the key policy.",
    remedy="Ask for kms:GetKeyPolicy.", permission="kms:GetKeyPolicy",
)  # fmt: skip
WARNING = Finding("security.no-tls", "warn", "proven", "No statement asks for TLS.")

Doctor = Callable[..., None]


@pytest.fixture
def finds(on_emulator: Installation, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Let the doctor find exactly this, and no more."""

    def decide(*findings: Finding, late: tuple[Finding, ...] = (), passing: int = 2) -> None:
        def say(finding: Finding) -> Callable[..., Iterator[Finding]]:
            def run(*_: Any) -> Iterator[Finding]:
                yield finding

            return run

        checks = [Check({f.id: "well"}, say(f)) for f in findings]
        checks += [Check({f"queue.well-{n}": f"well {n}"}, lambda _: ()) for n in range(passing)]
        late_checks = [LateCheck({f.id: "well"}, say(f)) for f in late]
        given = partial(runner.diagnose, checks=checks, late_checks=late_checks)
        monkeypatch.setattr(runner, "diagnose", given)

    return decide


def test_the_root_cause_comes_first_whole_with_its_consequence_below(
    call: Call, finds: Doctor
) -> None:
    finds(FOLLOWS, CAUSE, UNKNOWN, WARNING)
    outcome = call("doctor")
    lines = outcome.out.splitlines()
    assert outcome.code == 3
    assert lines[2] == "✗ Broken: 1 root cause, proven (1 answer missing, 1 warning)."
    assert lines[4:8] == [
        "✗ policy.no-allow (fail, proven)",
        "  No statement lets S3 send to this queue.",
        "    statements: none",
        "    expected_principal: s3.amazonaws.com",
    ]
    assert "    read_at: 2026-01-02T00:00:00Z" in lines
    assert f"    {COMMAND}" in lines
    assert "  ✗ fail    policy.no-allow  root cause, see above" in lines
    told = "  ✗ fail    queue.no-arrivals  follows from policy.no-allow: Nothing arrives."
    assert told in lines
    assert "  ✓ 2 passed" in lines
    assert "Permissions that are missing to tell: kms:GetKeyPolicy" in lines
    assert "6 questions answered" in outcome.err


def test_the_path_is_told_in_its_order_and_passes_on_demand(call: Call, finds: Doctor) -> None:
    finds(WARNING, UNKNOWN, CAUSE)
    lines = call("doctor", "--all").out.splitlines()
    places = [lines.index(title) for title in ("Queue policy", "Encryption", "Queue", "Security")]
    assert places == sorted(places)
    assert "  ✓ pass    queue.well-1  well 1" in lines
    assert not any("2 passed" in line for line in lines)


@pytest.mark.parametrize(
    ("findings", "code", "verdict", "word"),
    [
        ((), 0, "healthy", "✓ Healthy"),
        ((WARNING,), 0, "healthy", "1 warning"),
        ((UNKNOWN,), 3, "unknown", "? Unknown"),
        ((CAUSE,), 3, "broken", "✗ Broken"),
    ],
)
def test_the_exit_code_follows_the_verdict(
    call: Call, finds: Doctor, findings: tuple[Finding, ...], code: int, verdict: str, word: str
) -> None:
    finds(*findings)
    outcome = call("doctor", "--json", "--key", "a b.mp3")
    assert (outcome.code, outcome.json["verdict"]) == (code, verdict)
    assert outcome.json["key"] == "a b.mp3"
    assert word in call("doctor").out


def test_what_one_reason_leaves_unknown_shares_a_line(call: Call, finds: Doctor) -> None:
    finds(UNKNOWN, replace(UNKNOWN, id="kms.key-unusable"), replace(UNKNOWN, id="queue.fifo"))
    lines = call("doctor").out.splitlines()
    (shared, other) = [line for line in lines if "? unknown" in line]
    assert shared.startswith("  ? unknown kms.key-policy, kms.key-unusable  You may not read")
    assert other.startswith("  ? unknown queue.fifo  You may not read")


def test_the_document_has_every_key_and_evidence_of_any_kind(call: Call, finds: Doctor) -> None:
    finds(CAUSE, Finding("queue.odd", "warn", "likely", "odd", {"a": {1: (HOSTILE, {2.5})}}))
    document = call("doctor", "--json").json
    assert document["root_causes"] == ["policy.no-allow"]
    found = {f["id"]: f for f in document["findings"]}
    assert set(found["policy.no-allow"]) == {
        "id", "status", "certainty", "title", "evidence", "remedy", "commands", "permission",
    }  # fmt: skip
    assert found["policy.no-allow"]["evidence"]["read_at"] == "2026-01-02T00:00:00Z"
    assert found["queue.odd"]["evidence"] == {"a": {"1": [HOSTILE, [2.5]]}}


def test_hostile_evidence_harms_no_terminal(call: Call, finds: Doctor) -> None:
    finds(Finding("bucket.x", "fail", "proven", HOSTILE, {HOSTILE: [HOSTILE]}, HOSTILE, (HOSTILE,)))
    out = call("doctor", "--all").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[/foo]\\x1b]52" in out


def test_an_object_that_is_asked_about_is_named(call: Call, finds: Doctor) -> None:
    finds()
    assert "Asked about the object in/x.mp3" in call("doctor", "--key", "in/x.mp3").out


def test_on_a_terminal_trouble_is_told_as_it_comes_and_once(
    call: Call, finds: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.console import Console

    from console.cli.output import Output

    user, terminal = os.openpty()
    with os.fdopen(terminal, "w") as stream:
        console = Console(file=stream, width=80, force_terminal=True, no_color=True)
        monkeypatch.setattr(Output, "bar_console", lambda _: console)
        finds(CAUSE, UNKNOWN, WARNING, late=(CAUSE,))
        assert call("doctor", "--json").code == 3
    told = os.read(user, 100_000).decode()
    os.close(user)
    assert told.count("✗ fail policy.no-allow: No statement lets S3 send") == 1
    assert "? unknown kms.key-policy" in told
    assert "security.no-tls" not in told


def test_the_counter_says_how_far_it_is() -> None:
    progress = Progress(None, None)
    for finding in (CAUSE, UNKNOWN, WARNING, CAUSE):
        progress.found(finding)
    assert progress.counter == "3 answers: 1 fail, 1 unknown, 1 warn …"
    progress.early(Diagnosis(datetime.now(UTC), None, (), (), "healthy"))
    assert "asking CloudTrail" in progress.counter


def test_ctrl_c_ends_it_with_130_even_while_a_call_hangs(
    call: Call, on_emulator: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    hung = threading.Event()

    def hang(_: Facts) -> Iterator[Finding]:
        os.kill(os.getpid(), signal.SIGINT)
        hung.wait(60)
        yield from ()

    monkeypatch.setattr(runner, "_GRACE_SECONDS", 0.1)
    given = partial(runner.diagnose, checks=[Check({"queue.a": ""}, hang)], late_checks=[])
    monkeypatch.setattr(runner, "diagnose", given)
    outcome = call("doctor", "--json")
    hung.set()
    assert (outcome.code, outcome.out) == (130, "")
