"""IAM calls, typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.models.security import AccessKey, KeyUse, Simulated


class Iam:
    """The IAM calls the console makes; IAM knows its own account's principals only."""

    def __init__(self, clients: ClientFactory, region: str | None = None) -> None:
        self._clients = clients
        self._region = region

    def _client(self) -> Any:
        return self._clients.client("iam", self._region)

    def access_keys(self, user: str) -> tuple[AccessKey, ...]:
        """The access keys of the user of that name (without its path)."""
        with aws_call(self._clients.context("iam:ListAccessKeys", f"user {user}")):
            pages = self._client().get_paginator("list_access_keys")
            raw = [k for p in pages.paginate(UserName=user) for k in p["AccessKeyMetadata"]]
        return tuple(_key(user, key) for key in raw)

    def last_use(self, key: AccessKey) -> KeyUse:
        """When `key` was last used, as far as IAM's tracking goes back."""
        with aws_call(self._clients.context("iam:GetAccessKeyLastUsed", f"user {key.user}")):
            answer = self._client().get_access_key_last_used(AccessKeyId=key.id)
        used = answer.get("AccessKeyLastUsed", {})
        at = used.get("LastUsedDate")
        return KeyUse(at, None if at is None else used.get("ServiceName"))

    def simulate(
        self, principal: str, actions: Sequence[str], resource: str
    ) -> tuple[Simulated, ...]:
        """IAM's verdict on each action on `resource` by the policies of `principal`.

        Policies of resources are left out: IAM takes none for a role (IAM API Reference,
        SimulatePrincipalPolicy).
        """
        context = self._clients.context("iam:SimulatePrincipalPolicy", f"principal {principal}")
        with aws_call(context):
            pages = self._client().get_paginator("simulate_principal_policy")
            asked = pages.paginate(
                PolicySourceArn=principal, ActionNames=list(actions), ResourceArns=[resource]
            )
            raw = [result for page in asked for result in page.get("EvaluationResults", [])]
        return tuple(_simulated(resource, result) for result in raw)


def _key(user: str, raw: Mapping[str, Any]) -> AccessKey:
    return AccessKey(user, str(raw["AccessKeyId"]), raw["Status"] == "Active", raw["CreateDate"])


def _simulated(resource: str, raw: Mapping[str, Any]) -> Simulated:
    return Simulated(
        action=str(raw["EvalActionName"]),
        resource=resource,
        decision=str(raw["EvalDecision"]),
        missing_context=tuple(map(str, raw.get("MissingContextValues", []))),
    )
