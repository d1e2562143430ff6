"""The command that mends a finding."""

from __future__ import annotations

import shlex

from console.models.pipeline import Pipeline
from console.operations.doctor.facts import Facts
from console.operations.doctor.queue_facts import console_line


def repair_command(pipeline: Pipeline, finding_id: str) -> str:
    """The shell line that shows and applies the repair of one finding."""
    words = ["event-console", "doctor", "--repair", finding_id]
    if pipeline.bucket:
        words += ["--bucket", pipeline.bucket]
    if pipeline.queue:
        words += ["--queue", pipeline.queue.arn]
    return shlex.join(words)


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
