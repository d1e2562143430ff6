"""KMS calls, typed."""

from __future__ import annotations

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.models.key import KeyDescription


class Kms:
    """The KMS calls the console makes, in one region."""

    def __init__(self, clients: ClientFactory, region: str) -> None:
        self._clients = clients
        self._region = region

    def describe(self, key: str) -> KeyDescription:
        """The key behind an id, an alias or the ARN of either. Raises `AwsError`; its code is
        `NotFoundException` where there is none."""
        with aws_call(self._clients.context("kms:DescribeKey", f"key {key}")):
            answer = self._clients.client("kms", self._region).describe_key(KeyId=key)
            found = answer["KeyMetadata"]
            return KeyDescription(
                key_id=str(found["KeyId"]),
                arn=str(found["Arn"]),
                manager="AWS" if found.get("KeyManager") == "AWS" else "CUSTOMER",
                state=str(found.get("KeyState", "")),
                usage=str(found.get("KeyUsage", "")),
                spec=str(found.get("KeySpec") or found.get("CustomerMasterKeySpec") or ""),
                deletion_at=found.get("DeletionDate"),
            )

    def policy(self, key: str) -> str:
        """The key's policy as JSON text; `key` is its id or ARN, no alias. Raises `AwsError`."""
        with aws_call(self._clients.context("kms:GetKeyPolicy", f"key {key}")):
            client = self._clients.client("kms", self._region)
            return str(client.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
