"""Who may do what with a bucket: its policy, and whose it is."""

from __future__ import annotations

from typing import Any

from console.aws.errors import aws_call
from console.aws.identity import Sts
from console.aws.session import ClientFactory
from console.errors import AwsError


class BucketAccess:
    """The calls about a bucket's access, with the bucket's credentials, in its region."""

    def __init__(self, clients: ClientFactory, region: str | None) -> None:
        self._clients = clients
        self._region = region

    def _client(self) -> Any:
        return self._clients.client("s3", self._region)

    def policy(self, bucket: str) -> str | None:
        """The bucket policy as JSON text, `None` where it has none. Raises `AwsError`."""
        try:
            with aws_call(self._clients.context("s3:GetBucketPolicy", f"bucket {bucket}")):
                return str(self._client().get_bucket_policy(Bucket=bucket)["Policy"])
        except AwsError as error:
            if error.code == "NoSuchBucketPolicy":
                return None
            raise

    def check(self, bucket: str, *, owner: str | None = None) -> None:
        """Ask for the bucket; with `owner` S3 refuses where it belongs to another account (S3 API
        Reference, HeadBucket). Raises `AwsError`."""
        expected = {"ExpectedBucketOwner": owner} if owner else {}
        with aws_call(self._clients.context("s3:HeadBucket", f"bucket {bucket}")):
            self._client().head_bucket(Bucket=bucket, **expected)

    def account(self) -> str:
        """The account of the credentials. Raises `AwsError`."""
        return Sts(self._clients).identity(self._region).account
