"""What guards a bucket: its policy, its default encryption, the blocks against the public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.errors import AwsError
from console.models.security import BucketEncryption, PublicAccessBlock

_NO_POLICY = "NoSuchBucketPolicy"
_NO_ENCRYPTION = "ServerSideEncryptionConfigurationNotFoundError"
_NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"


class BucketSecurity:
    """The calls about a bucket's guards."""

    def __init__(self, clients: ClientFactory, region: str | None = None) -> None:
        self._clients = clients
        self._region = region

    def policy(self, bucket: str) -> str | None:
        """The bucket policy as it is, `None` where there is none."""
        try:
            with aws_call(self._clients.context("s3:GetBucketPolicy", f"bucket {bucket}")):
                return str(self._client().get_bucket_policy(Bucket=bucket)["Policy"])
        except AwsError as error:
            return _none_for(_NO_POLICY, error)

    def ask(self, bucket: str, *, owner: str | None = None) -> None:
        """Ask for the bucket; with `owner` S3 refuses where it belongs to another account (S3 API
        Reference, HeadBucket). Raises `AwsError`."""
        expected = {"ExpectedBucketOwner": owner} if owner else {}
        with aws_call(self._clients.context("s3:HeadBucket", f"bucket {bucket}")):
            self._client().head_bucket(Bucket=bucket, **expected)

    def encryption(self, bucket: str) -> BucketEncryption | None:
        """The default encryption, `None` where there is none, as on some S3-alikes: AWS itself
        encrypts every bucket."""
        try:
            with aws_call(self._clients.context("s3:GetBucketEncryption", f"bucket {bucket}")):
                answer = self._client().get_bucket_encryption(Bucket=bucket)
        except AwsError as error:
            return _none_for(_NO_ENCRYPTION, error)
        rules = answer["ServerSideEncryptionConfiguration"].get("Rules", [])
        return next(map(_encryption, rules), None)

    def public_access_block(self, bucket: str) -> PublicAccessBlock:
        """The bucket's own block; all open where it has none."""
        try:
            with aws_call(self._clients.context("s3:GetPublicAccessBlock", f"bucket {bucket}")):
                answer = self._client().get_public_access_block(Bucket=bucket)
        except AwsError as error:
            return _none_for(_NO_BLOCK, error) or PublicAccessBlock()
        return _block(answer)

    def _client(self) -> Any:
        return self._clients.client("s3", self._region)


def _none_for(absent: str, error: AwsError) -> None:
    """`None` where AWS answered that there is none; any other failure stays one."""
    if error.code != absent:
        raise error


def _encryption(rule: Mapping[str, Any]) -> BucketEncryption:
    by_default = rule.get("ApplyServerSideEncryptionByDefault", {})
    return BucketEncryption(
        str(by_default.get("SSEAlgorithm", "")), by_default.get("KMSMasterKeyID") or None
    )


def _block(answer: Mapping[str, Any]) -> PublicAccessBlock:
    switches = answer.get("PublicAccessBlockConfiguration", {})
    return PublicAccessBlock(
        block_public_acls=bool(switches.get("BlockPublicAcls")),
        ignore_public_acls=bool(switches.get("IgnorePublicAcls")),
        block_public_policy=bool(switches.get("BlockPublicPolicy")),
        restrict_public_buckets=bool(switches.get("RestrictPublicBuckets")),
    )
