"""IAM, EC2 and the guards of a bucket, as AWS answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from console.aws.bucket_security import BucketSecurity
from console.aws.ec2 import Ec2
from console.aws.errors import CallContext
from console.aws.iam import Iam
from console.errors import AwsError
from console.models.security import (
    AccessKey,
    BucketEncryption,
    KeyUse,
    PublicAccessBlock,
    Simulated,
    VpcEndpoint,
)

AT = datetime(2026, 1, 2, tzinfo=UTC)
KEY = AccessKey("me", "AKIAIOSFODNN7EXAMPLE", True, AT)


class Clients:
    """Stands in for the factory of clients: one that is stubbed."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def client(self, *_: Any, **__: Any) -> Any:
        return self._client

    def context(self, operation: str, resource: str | None = None) -> CallContext:
        return CallContext(operation, resource)


Stub = Callable[[str], tuple[Any, Stubber]]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with ExitStack() as stack:

        def of(service: str) -> tuple[Any, Stubber]:
            client = boto3.client(
                service,  # type: ignore[call-overload]
                region_name="us-east-2",
                aws_access_key_id="a",
                aws_secret_access_key="b",
            )
            return Clients(client), stack.enter_context(Stubber(client))

        yield of


def test_access_keys_and_their_last_use(stub: Stub) -> None:
    clients, aws = stub("iam")
    raw = {"UserName": "me", "AccessKeyId": KEY.id, "Status": "Active", "CreateDate": AT}
    aws.add_response("list_access_keys", {"AccessKeyMetadata": [raw]}, {"UserName": "me"})
    used = {"LastUsedDate": AT, "ServiceName": "s3", "Region": "us-east-2"}
    aws.add_response("get_access_key_last_used", {"AccessKeyLastUsed": used})
    never = {"ServiceName": "N/A", "Region": "N/A"}
    aws.add_response("get_access_key_last_used", {"AccessKeyLastUsed": never})
    iam = Iam(clients)
    assert iam.access_keys("me") == (KEY,)
    assert iam.last_use(KEY) == KeyUse(AT, "s3")
    assert iam.last_use(KEY) == KeyUse(None, None)


def test_every_page_of_a_simulation_counts(stub: Stub) -> None:
    clients, aws = stub("iam")
    allowed = {"EvalActionName": "s3:PutObject", "EvalDecision": "allowed"}
    denied = {
        "EvalActionName": "s3:GetObject",
        "EvalDecision": "implicitDeny",
        "MissingContextValues": ["aws:SourceIp"],
    }
    asked = {
        "PolicySourceArn": "arn:aws:iam::1:role/x",
        "ActionNames": ["s3:PutObject", "s3:GetObject"],
        "ResourceArns": ["arn:aws:s3:::b/k"],
    }
    first = {"EvaluationResults": [allowed], "IsTruncated": True, "Marker": "2"}
    aws.add_response("simulate_principal_policy", first, asked)
    second = {"EvaluationResults": [denied], "IsTruncated": False}
    aws.add_response("simulate_principal_policy", second, {**asked, "Marker": "2"})
    found = Iam(clients).simulate(
        "arn:aws:iam::1:role/x", ("s3:PutObject", "s3:GetObject"), "arn:aws:s3:::b/k"
    )
    assert found == (
        Simulated("s3:PutObject", "arn:aws:s3:::b/k", "allowed"),
        Simulated("s3:GetObject", "arn:aws:s3:::b/k", "implicitDeny", ("aws:SourceIp",)),
    )
    assert [result.allowed for result in found] == [True, False]


def test_endpoints_of_other_services_are_left_out(stub: Stub) -> None:
    clients, aws = stub("ec2")
    names = {
        "vpce-1": "com.amazonaws.us-east-2.sqs",
        "vpce-2": "com.amazonaws.us-east-2.s3",
        "vpce-3": "com.amazonaws.us-east-2.s3-outposts",
    }
    raw = [
        {"VpcEndpointId": i, "VpcId": "vpc-1", "ServiceName": n, "State": "available"}
        for i, n in names.items()
    ]
    raw[0]["PolicyDocument"] = "{}"
    wanted = [{"Name": "service-name", "Values": ["*.us-east-2.s3", "*.us-east-2.sqs"]}]
    aws.add_response("describe_vpc_endpoints", {"VpcEndpoints": raw}, {"Filters": wanted})
    assert Ec2(clients, "us-east-2").endpoints(("s3", "sqs")) == (
        VpcEndpoint("vpce-1", "vpc-1", "sqs", "available", "{}"),
        VpcEndpoint("vpce-2", "vpc-1", "s3", "available", None),
    )


def test_guards_of_a_bucket(stub: Stub) -> None:
    clients, aws = stub("s3")
    aws.add_response("get_bucket_policy", {"Policy": "{}"}, {"Bucket": "b"})
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key-1"}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": by_default}]}
    aws.add_response("get_bucket_encryption", {"ServerSideEncryptionConfiguration": rules})
    switches = {"BlockPublicAcls": True, "BlockPublicPolicy": True}
    aws.add_response("get_public_access_block", {"PublicAccessBlockConfiguration": switches})
    guards = BucketSecurity(clients)
    assert guards.policy("b") == "{}"
    assert guards.encryption("b") == BucketEncryption("aws:kms", "key-1")
    block = guards.public_access_block("b")
    assert block.open() == ("ignore_public_acls", "restrict_public_buckets")


def test_a_guard_that_is_not_there_is_an_answer(stub: Stub) -> None:
    clients, aws = stub("s3")
    for call, code in (
        ("get_bucket_policy", "NoSuchBucketPolicy"),
        ("get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError"),
        ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
    ):
        aws.add_client_error(call, code, http_status_code=404)
    guards = BucketSecurity(clients)
    assert guards.policy("b") is None
    assert guards.encryption("b") is None
    assert guards.public_access_block("b") == PublicAccessBlock()


@pytest.mark.parametrize(
    ("method", "call", "permission"),
    [
        ("policy", "get_bucket_policy", "s3:GetBucketPolicy"),
        ("encryption", "get_bucket_encryption", "s3:GetEncryptionConfiguration"),
        ("public_access_block", "get_public_access_block", "s3:GetBucketPublicAccessBlock"),
    ],
)
def test_a_guard_that_may_not_be_seen_names_the_permission(
    stub: Stub, method: str, call: str, permission: str
) -> None:
    clients, aws = stub("s3")
    aws.add_client_error(call, "AccessDenied", "Access Denied", http_status_code=403)
    with pytest.raises(AwsError) as caught:
        getattr(BucketSecurity(clients), method)("b")
    assert caught.value.permission == permission
