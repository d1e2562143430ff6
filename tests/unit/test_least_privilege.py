"""The policy of this console allows every call it makes, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest

import console.aws
from console.aws.errors import permission_for
from console.models.pipeline import Mode
from console.operations.least_privilege import (
    GRANTS,
    MODES,
    Ground,
    PolicyMode,
    mode_for,
    policy_document,
)

QUEUE = "arn:aws:sqs:us-east-2:111122223333:orders"
GROUND = Ground(
    partition="aws",
    region="us-east-2",
    account="111122223333",
    bucket="arn:aws:s3:::uploads",
    queues=(QUEUE, f"{QUEUE}-dlq"),
    dlq=f"{QUEUE}-dlq",
    keys=("arn:aws:kms:us-east-2:111122223333:key/k",),
    topics=("arn:aws:sns:us-east-2:111122223333:t",),
    users=("arn:aws:iam::111122223333:user/u",),
    principals=("arn:aws:iam::111122223333:role/r",),
)

# What a call needs beside its own permission.
BEHIND = {
    "s3:GetObjectVersion": "s3:GetObject",
    "kms:Decrypt": "sqs:ReceiveMessage",
    "kms:GenerateDataKey": "sqs:SendMessage",
}
# Actions of IAM for which the Service Authorization Reference has no resource type, or of which
# the console asks for all there are.
WITHOUT_RESOURCE = {
    "sts:GetCallerIdentity",
    "cloudwatch:GetMetricData",
    "cloudwatch:DescribeAlarms",
    "cloudtrail:LookupEvents",
    "events:ListRuleNamesByTarget",
    "sns:GetSubscriptionAttributes",
    "lambda:ListEventSourceMappings",
    "ec2:DescribeVpcEndpoints",
}
_OPERATION = re.compile(r"[a-z0-9]+:[A-Z][A-Za-z0-9]+")
_OF_A_SERVICE = re.compile(r"([a-z0-9]+):$")


def calls_of(module: Path) -> Iterator[str]:
    """The `service:Operation` of every call that a module of the gateway makes.

    A context is told as a whole text, or as a service with a name that stands elsewhere in the
    module (`f"sqs:{name}"`).
    """
    tree = ast.parse(module.read_text("utf-8"))
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    words = [text for text in texts if isinstance(text, str)]
    yield from (word for word in words if _OPERATION.fullmatch(word))
    for joined in (n for n in ast.walk(tree) if isinstance(n, ast.JoinedStr)):
        first = joined.values[0]
        service = _OF_A_SERVICE.fullmatch(str(getattr(first, "value", "")))
        if service:
            known = botocore.session.get_session().get_service_model(service[1]).operation_names
            yield from (f"{service[1]}:{word}" for word in words if word in known)


def used() -> set[str]:
    """Every permission that the gateway's calls need."""
    folder = Path(str(console.aws.__file__)).parent
    modules = [m for m in folder.glob("*.py") if m.name not in ("errors.py", "session.py")]
    calls = {call for module in modules for call in calls_of(module)}
    return {permission_for(call).removesuffix("Batch") for call in calls}


def granted() -> set[str]:
    return {action for grant in GRANTS for action in grant.actions}


def test_the_calls_of_the_gateway_are_found() -> None:
    assert {
        "s3:ListBucket",
        "s3:DeleteObjectVersion",
        "sqs:StartMessageMoveTask",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "iam:SimulatePrincipalPolicy",
    } <= used()


def test_every_call_is_granted_in_some_mode() -> None:
    missing = used() - granted()
    assert not missing, f"add to console/operations/least_privilege.py: {sorted(missing)}"


def test_nothing_is_granted_that_no_call_needs() -> None:
    behind = {action for action, call in BEHIND.items() if call in used()}
    spare = granted() - used() - behind
    assert not spare, f"take out of console/operations/least_privilege.py: {sorted(spare)}"


def test_each_action_stands_in_one_statement_and_each_sid_is_one_that_iam_takes() -> None:
    actions = [action for grant in GRANTS for action in grant.actions]
    assert len(actions) == len(set(actions))
    sids = [grant.sid for grant in GRANTS]
    assert len(sids) == len(set(sids))
    assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)


def actions(mode: PolicyMode) -> dict[str, list[str]]:
    """Every action that a mode's policy allows, with its resources."""
    document = policy_document(GROUND, mode)
    assert document["Version"] == "2012-10-17"
    return {a: s["Resource"] for s in document["Statement"] for a in s["Action"]}  # type: ignore[attr-defined]


def test_each_mode_allows_what_the_one_before_does_and_more() -> None:
    read, peek, operate, repair = (set(actions(mode)) for mode in MODES)
    assert read < peek < operate < repair
    assert peek - read == {"sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"}
    writes = re.compile(r"\w+:(Put|Set|Delete|Send|Purge|Start|Cancel|Create|Receive|Change)")
    assert not any(map(writes.match, read))
    assert all(":Put" in action or ":Set" in action for action in repair - operate)


def test_anything_stands_only_where_no_resource_can() -> None:
    for action, resources in actions("repair").items():
        assert ("*" in resources) == (action in WITHOUT_RESOURCE), action
    assert actions("repair")["s3:ListBucket"] == ["arn:aws:s3:::uploads"]
    assert actions("repair")["sqs:StartMessageMoveTask"] == [f"{QUEUE}-dlq"]
    assert actions("repair")["s3:DeleteObject"] == ["arn:aws:s3:::uploads/*event-console-test/*"]


def test_what_the_pipeline_does_not_have_is_not_granted() -> None:
    bare = Ground("aws", "us-east-2", "111122223333", None, (QUEUE,), None)
    statements = policy_document(bare, "repair")["Statement"]
    assert all(s["Resource"] for s in statements)  # type: ignore[attr-defined]
    services = {a.partition(":")[0] for s in statements for a in s["Action"]}  # type: ignore[attr-defined]
    assert services.isdisjoint({"s3", "kms", "iam"})


@pytest.mark.parametrize("mode", MODES)
def test_a_managed_policy_may_be_that_long(mode: PolicyMode) -> None:
    # IAM User Guide, quotas: 6,144 characters without white space.
    from console.documents.values import to_json

    assert len(re.sub(r"\s", "", to_json(policy_document(GROUND, mode)))) < 6144


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Mode(), "operator"),
        (Mode(production=True, read_only=True), "read-only"),
        (Mode(read_only=True, allow_peek=True), "peek"),
    ],
)
def test_a_pipelines_own_mode(mode: Mode, expected: str) -> None:
    assert mode_for(mode) == expected
