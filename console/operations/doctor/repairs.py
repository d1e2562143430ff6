"""The command that mends a rule."""

from __future__ import annotations

from console.operations.doctor.facts import Facts
from console.operations.doctor.queue_facts import console_line


def rule_repair(facts: Facts, finding_id: str, key: str | None = None) -> str:
    """The shell line that shows and applies the repair of a rule.

    It is for `key`, or else for the key that is asked about, and names the filters that are
    expected.
    """
    pipeline = facts.pipeline
    named = (
        ("key", facts.key if key is None else key),
        ("prefix", pipeline.expected_prefix),
        ("suffix", pipeline.expected_suffix),
    )
    # Each is one word, because a value may begin like an option.
    words = [f"--{name}={value}" for name, value in named if value is not None]
    return console_line(facts, "doctor", "--repair", finding_id, *words)
