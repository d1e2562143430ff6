"""VPC endpoints for S3 and SQS, by which traffic stays off the internet. Warnings only."""

from __future__ import annotations

from collections.abc import Iterator

from console.models.finding import Finding
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.network_checks import SERVICES, vpc_endpoints
from console.operations.doctor.policy_width import allows, for_anyone, statements_of
from console.policy.document import Statement


def _absent(facts: Facts) -> Iterator[Finding]:
    there = {endpoint.service for endpoint in facts(vpc_endpoints)}
    absent = [service for service in SERVICES if service not in there]
    if absent:
        names = " and ".join(service.upper() for service in absent)
        yield Finding(
            "security.endpoints-absent",
            "warn",
            "likely",
            f"The region has no VPC endpoint for {names}. That matters only where consumers run in"
            " a VPC: their traffic then leaves it.",
            evidence={"region": facts(queue_ref).region, "absent": absent, "there": sorted(there)},
            remedy="Create the endpoints in the consumers' VPC: S3's gateway endpoint is free.",
        )


def _wide(facts: Facts) -> Iterator[Finding]:
    wide = [
        {"endpoint": endpoint.id, "vpc": endpoint.vpc, "service": endpoint.service}
        for endpoint in facts(vpc_endpoints)
        if any(map(_allows_everything, statements_of(endpoint.policy)))
    ]
    if wide:
        yield Finding(
            "security.endpoint-policy-wide",
            "warn",
            "proven",
            "The policy of a VPC endpoint lets anybody do anything through it, as AWS's default"
            " does.",
            evidence={"endpoints": wide},
            remedy="Allow this account's principals, queues and buckets only.",
        )


def _allows_everything(statement: Statement) -> bool:
    everything = "*" in statement.actions.values and "*" in statement.resources.values
    unconditional = allows(statement) and for_anyone(statement) and not statement.conditions
    return unconditional and everything


SECURITY_ENDPOINT_CHECKS = (
    Check(
        {"security.endpoints-absent": "S3 and SQS have VPC endpoints in the region."},
        _absent,
        essential=False,
    ),
    Check(
        {"security.endpoint-policy-wide": "No VPC endpoint's policy allows everything."},
        _wide,
        essential=False,
    ),
)
