"""The command that mends a finding."""

from __future__ import annotations

import shlex

from console.models.pipeline import Pipeline


def repair_command(pipeline: Pipeline, finding_id: str) -> str:
    """The shell line that shows and applies the repair of one finding."""
    words = ["event-console", "doctor", "--repair", finding_id]
    if pipeline.bucket:
        words += ["--bucket", pipeline.bucket]
    if pipeline.queue:
        words += ["--queue", pipeline.queue.arn]
    return shlex.join(words)
