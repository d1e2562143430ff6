"""The consumer's way to S3 and SQS: would the policy of a VPC endpoint refuse it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.models.finding import Finding
from console.models.security import VpcEndpoint
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_width import allows, covers, for_anyone, statements_of
from console.operations.doctor.security_facts import object_arn
from console.operations.doctor.security_roles import CONSUMING
from console.policy.document import Statement

SERVICES = ("s3", "sqs")
"""What a consumer needs to reach."""


def vpc_endpoints(facts: Facts) -> tuple[VpcEndpoint, ...]:
    """The endpoints for S3 and SQS that work, in the queue's region. Raises `AwsError`."""
    found = facts.bench.gateway.ec2(facts(queue_ref).region).endpoints(SERVICES)
    return tuple(endpoint for endpoint in found if endpoint.state.lower() == "available")


def _endpoint_policies(facts: Facts) -> Iterator[Finding]:
    refused: list[dict[str, object]] = []
    for endpoint in facts(vpc_endpoints):
        actions = _refused_by(statements_of(endpoint.policy), _needs(facts, endpoint))
        if actions:
            refused.append({"endpoint": endpoint.id, "vpc": endpoint.vpc, "refused": actions})
    if refused:
        yield Finding(
            "network.vpc-endpoint-policy",
            "warn",
            "likely",
            "The policy of a VPC endpoint refuses what a consumer in that VPC has to do. What S3"
            " sends to the queue does not come that way.",
            evidence={"endpoints": refused},
            remedy="Allow these actions on queue and bucket in the endpoint's policy.",
        )


def _needs(facts: Facts, endpoint: VpcEndpoint) -> list[tuple[str, str]]:
    if endpoint.service == "s3":
        return [("s3:GetObject", object_arn(facts))]
    return [(action, facts(queue_ref).arn) for action in CONSUMING]


def _refused_by(statements: Sequence[Statement], needs: Sequence[tuple[str, str]]) -> list[str]:
    """The actions that no statement could allow, or that one denies to everybody. Who calls and
    what the conditions look at is not known, so that any statement with them may allow."""
    if not statements:
        return []
    return [action for action, resource in needs if _refuses(statements, action, resource)]


def _refuses(statements: Sequence[Statement], action: str, resource: str) -> bool:
    if any(_denies_all(s) and covers(s, action, resource) for s in statements):
        return True
    return not any(allows(s) and _may_cover(s, action, resource) for s in statements)


def _denies_all(statement: Statement) -> bool:
    return not allows(statement) and for_anyone(statement) and not statement.conditions


def _may_cover(statement: Statement, action: str, resource: str) -> bool:
    """Whether it covers the action, a policy variable standing for whatever fits."""
    variable = next((r for r in statement.resources.values if "${" in r), None)
    return covers(statement, action, resource if variable is None else variable)


NETWORK_CHECKS = (
    Check(
        {"network.vpc-endpoint-policy": "No VPC endpoint's policy refuses a consumer."},
        _endpoint_policies,
        essential=False,
    ),
)
