"""The consumer's way to S3 and SQS: would the policy of a VPC endpoint refuse it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.models.finding import Finding
from console.models.security import VpcEndpoint
from console.operations.doctor.check import Check
from console.operations.doctor.common_facts import queue_ref
from console.operations.doctor.facts import Facts
from console.operations.doctor.policy_rules import Rule, rules_of
from console.operations.doctor.security_facts import object_arn
from console.operations.doctor.security_roles import CONSUMING

SERVICES = ("s3", "sqs")
"""What a consumer needs to reach."""


def vpc_endpoints(facts: Facts) -> tuple[VpcEndpoint, ...]:
    """The endpoints for S3 and SQS that work, in the queue's region. Raises `AwsError`."""
    found = facts.bench.gateway.ec2(facts(queue_ref).region).endpoints(SERVICES)
    return tuple(endpoint for endpoint in found if endpoint.state.lower() == "available")


def _endpoint_policies(facts: Facts) -> Iterator[Finding]:
    refused: list[dict[str, object]] = []
    for endpoint in facts(vpc_endpoints):
        actions = _refused_by(rules_of(endpoint.policy), _needs(facts, endpoint))
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


def _refused_by(rules: Sequence[Rule], needs: Sequence[tuple[str, str]]) -> list[str]:
    """The actions that no statement could allow, or that one denies to everybody. Who calls and
    what the conditions look at is not known, so that any statement with them may allow."""
    if not rules:
        return []
    return [action for action, resource in needs if _refuses(rules, action, resource)]


def _refuses(rules: Sequence[Rule], action: str, resource: str) -> bool:
    if any(_denies_all(rule) and rule.covers(action, resource) for rule in rules):
        return True
    return not any(rule.allows and _may_cover(rule, action, resource) for rule in rules)


def _denies_all(rule: Rule) -> bool:
    return not rule.allows and rule.for_anyone and not rule.conditions


def _may_cover(rule: Rule, action: str, resource: str) -> bool:
    """Whether it covers the action, a policy variable standing for whatever fits."""
    variable = next((r for r in rule.resources if "${" in r), None)
    return rule.covers(action, resource if variable is None else variable)


NETWORK_CHECKS = (
    Check(
        {"network.vpc-endpoint-policy": "No VPC endpoint's policy refuses a consumer."},
        _endpoint_policies,
        essential=False,
    ),
)
