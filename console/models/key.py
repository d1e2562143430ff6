"""A KMS key, as far as a queue's encryption depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """What `kms:DescribeKey` tells. `manager` AWS is a key that AWS keeps for one service, whose
    policy nobody can change."""

    key_id: str
    arn: str
    manager: Literal["AWS", "CUSTOMER"]
    state: str
    usage: str
    spec: str
    deletion_at: datetime | None = None

    @property
    def region(self) -> str:
        """The region in the ARN."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """The account id in the ARN."""
        return self.arn.split(":")[4]
