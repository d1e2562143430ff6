"""EC2 calls, typed: the VPC endpoints through which consumers may reach S3 and SQS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.models.security import VpcEndpoint


class Ec2:
    """The EC2 calls the console makes."""

    def __init__(self, clients: ClientFactory, region: str) -> None:
        self._clients = clients
        self._region = region

    def endpoints(self, services: Sequence[str]) -> tuple[VpcEndpoint, ...]:
        """The VPC endpoints of the region for these services, such as `s3` and `sqs`."""
        with aws_call(self._clients.context("ec2:DescribeVpcEndpoints", "VPC endpoints")):
            pages = self._clients.client("ec2", self._region).get_paginator(
                "describe_vpc_endpoints"
            )
            names = [f"*.{self._region}.{service}" for service in services]
            asked = pages.paginate(Filters=[{"Name": "service-name", "Values": names}])
            raw = [endpoint for page in asked for endpoint in page.get("VpcEndpoints", [])]
        found = (_endpoint(endpoint) for endpoint in raw)
        return tuple(endpoint for endpoint in found if endpoint.service in services)


def _endpoint(raw: Mapping[str, Any]) -> VpcEndpoint:
    return VpcEndpoint(
        id=str(raw.get("VpcEndpointId", "")),
        vpc=str(raw.get("VpcId", "")),
        service=str(raw.get("ServiceName", "")).rpartition(".")[2],
        state=str(raw.get("State", "")),
        policy=raw.get("PolicyDocument") or None,
    )
