"""Who is calling."""

from __future__ import annotations

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.models.pipeline import Identity


class Sts:
    """The STS calls the console makes."""

    def __init__(self, clients: ClientFactory) -> None:
        self._clients = clients

    def identity(self, region: str | None = None) -> Identity:
        """The caller's account and ARN (`sts:GetCallerIdentity`, which needs no permission)."""
        with aws_call(self._clients.context("sts:GetCallerIdentity", "identity")):
            answer = self._clients.client("sts", region).get_caller_identity()
        return Identity(account=str(answer["Account"]), arn=str(answer["Arn"]))
