"""One case to mend: the pipeline, the finding, and the key that was asked about."""

from __future__ import annotations

from dataclasses import dataclass

from console.errors import UsageError
from console.models.finding import Finding
from console.models.repair import Target
from console.operations.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Case:
    """What a recipe works from."""

    bench: Workbench
    finding: Finding
    key: str | None

    @property
    def rules(self) -> Target:
        """The bucket's notification configuration."""
        return Target("notification", self.bench.need_bucket())

    @property
    def policy(self) -> Target:
        """The queue's policy."""
        return Target("policy", self.bench.need_queue().arn)

    @property
    def attributes(self) -> Target:
        """The queue's attributes."""
        return Target("attributes", self.bench.need_queue().arn)

    @property
    def dlq_attributes(self) -> Target:
        """The DLQ's attributes."""
        return Target("attributes", self.bench.need_dlq().arn)


def cannot(why: str, instead: str) -> UsageError:
    """The error for a case that no recipe can mend by itself."""
    return UsageError("No repair for this", why, instead)
