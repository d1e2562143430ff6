"""The command that mends a finding about rules."""

from __future__ import annotations

from console.operations.doctor.facts import Facts
from console.operations.doctor.queue_facts import console_line


def repair_command(facts: Facts, finding_id: str) -> str:
    """The shell line that shows and applies the repair of one finding, for the same key."""
    # One word, because a key may begin like an option.
    key = [] if facts.key is None else [f"--key={facts.key}"]
    return console_line(facts, "doctor", "--repair", finding_id, *key)
