"""What AWS tells of keys, permissions, endpoints and the guards of a bucket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A long-lived access key of a user; `active` says whether it can be used."""

    user: str
    id: str
    active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class KeyUse:
    """When and for which service a key was last used; `at` is `None` where it never was."""

    at: datetime | None
    service: str | None


@dataclass(frozen=True, slots=True)
class Simulated:
    """IAM's own verdict on one action of one principal on one resource.

    `decision` is `allowed`, `explicitDeny` or `implicitDeny`; `missing_context` names condition
    keys that the verdict hangs on and that IAM was not told.
    """

    action: str
    resource: str
    decision: str
    missing_context: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether IAM would let it pass."""
        return self.decision == "allowed"


@dataclass(frozen=True, slots=True)
class VpcEndpoint:
    """A VPC endpoint; `service` is the last part of its service's name (`sqs`), `policy` the raw
    JSON text, `None` where AWS told none."""

    id: str
    vpc: str
    service: str
    state: str
    policy: str | None


@dataclass(frozen=True, slots=True)
class BucketEncryption:
    """A bucket's default encryption: `AES256`, `aws:kms` or `aws:kms:dsse`, and the key where one
    is named."""

    algorithm: str
    kms_key_id: str | None


@dataclass(frozen=True, slots=True)
class PublicAccessBlock:
    """The four switches that keep a bucket from the public (S3 User Guide, Block Public Access)."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False

    def open(self) -> tuple[str, ...]:
        """The names of the switches that are off."""
        return tuple(name for name in self.__slots__ if not getattr(self, name))
