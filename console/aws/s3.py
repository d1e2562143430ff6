"""S3 calls, typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib import error as url_errors
from urllib import request

from botocore.exceptions import ClientError

from console.aws.errors import aws_call
from console.aws.session import READ_TIMEOUT, ClientFactory
from console.errors import AwsError
from console.models.notification import NotificationConfiguration
from console.models.object import ObjectHead
from console.notification import parse_configuration

# Any region's endpoint tells in which region a bucket lives; this one needs no opt-in.
_ASK_REGION = "us-east-1"
_PRESIGNED_SECONDS = 300


class S3:
    """The S3 calls the console makes, in the region of the bucket they are for."""

    def __init__(self, clients: ClientFactory, region: str | None = None) -> None:
        self._clients = clients
        self._region = region

    def in_region(self, region: str) -> S3:
        """The same access, speaking to `region`."""
        return S3(self._clients, region)

    @property
    def region(self) -> str | None:
        """The region spoken to, `None` where AWS's own chain decides."""
        return self._region

    def _client(self) -> Any:
        return self._clients.client("s3", self._region)

    def bucket_region(self, bucket: str) -> str | None:
        """The region `bucket` lives in, `None` where S3 does not tell.

        S3 sends it with any answer to HeadBucket, refusals and redirects included (S3 API
        Reference, HeadBucket). Raises `AwsError` of kind `no-such-bucket`, or what kept the call
        from being made.
        """
        context = self._clients.context("s3:HeadBucket", f"bucket {bucket}")
        with aws_call(context):
            client = self._clients.client(
                "s3", self._region or self._clients.region() or _ASK_REGION
            )
            try:
                answer = client.head_bucket(Bucket=bucket)
            except ClientError as error:
                region = _region_of(error.response)
                if region:
                    return region
                raise
        return _region_of(answer) or self._region

    def notification(self, bucket: str) -> NotificationConfiguration:
        """The bucket's whole notification configuration."""
        context = self._clients.context("s3:GetBucketNotificationConfiguration", f"bucket {bucket}")
        with aws_call(context):
            answer = self._client().get_bucket_notification_configuration(Bucket=bucket)
        return parse_configuration(answer)

    def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectHead:
        """The object's head. Raises `AwsError` of kind `no-such-key` where it is gone.

        Without `s3:ListBucket` S3 answers 403 for an object that does not exist, which arrives
        here as `access-denied` (S3 API Reference, HeadObject).
        """
        version = {"VersionId": version_id} if version_id else {}
        with aws_call(self._clients.context("s3:HeadObject", f"object {key}")):
            answer = self._client().head_object(Bucket=bucket, Key=key, **version)
        return _head(bucket, key, answer)

    def is_deleted(self, bucket: str, key: str) -> bool:
        """Whether the newest version of the object is a delete marker, which a HEAD tells without
        `s3:ListBucketVersions` (S3 API Reference, HeadObject). Raises as `head`."""
        with aws_call(self._clients.context("s3:HeadObject", f"object {key}")):
            try:
                self._client().head_object(Bucket=bucket, Key=key)
            except ClientError as error:
                headers = error.response["ResponseMetadata"].get("HTTPHeaders", {})
                if headers.get("x-amz-delete-marker") != "true":
                    raise
                return True
        return False

    def tags(self, bucket: str, key: str) -> dict[str, str]:
        """The object's tags. Raises `AwsError` of kind `no-such-key` where it is gone."""
        with aws_call(self._clients.context("s3:GetObjectTagging", f"object {key}")):
            answer = self._client().get_object_tagging(Bucket=bucket, Key=key)
            return {str(tag["Key"]): str(tag["Value"]) for tag in answer.get("TagSet", [])}

    def read_range(
        self, bucket: str, key: str, start: int, length: int, version_id: str | None = None
    ) -> bytes:
        """Bytes `start` to `start + length` of the object, fewer at its end."""
        version = {"VersionId": version_id} if version_id else {}
        span = f"bytes={start}-{start + length - 1}"
        with aws_call(self._clients.context("s3:GetObject", f"object {key}")):
            answer = self._client().get_object(Bucket=bucket, Key=key, Range=span, **version)
            with answer["Body"] as stream:
                return bytes(stream.read(length))

    def put(self, bucket: str, key: str, body: bytes, content_type: str) -> ObjectHead:
        """Upload `body` in one PutObject; the head as S3's answer tells it."""
        with aws_call(self._clients.context("s3:PutObject", f"object {key}")):
            answer = self._client().put_object(
                Bucket=bucket, Key=key, Body=body, ContentType=content_type
            )
        return _head(bucket, key, {**answer, "ContentLength": len(body)})

    def put_presigned(self, bucket: str, key: str, body: bytes, content_type: str) -> ObjectHead:
        """Upload `body` through a presigned URL, as a client without credentials does.

        The URL is valid for five minutes and never leaves this function.
        """
        context = self._clients.context("s3:PutObject", f"object {key}")
        with aws_call(context):
            url = self._client().generate_presigned_url(
                "put_object",
                Params={"Bucket": bucket, "Key": key, "ContentType": content_type},
                ExpiresIn=_PRESIGNED_SECONDS,
            )
        call = request.Request(url, data=body, method="PUT", headers={"Content-Type": content_type})
        try:
            with request.urlopen(call, timeout=READ_TIMEOUT) as answer:
                headers = dict(answer.headers.items())
        except url_errors.HTTPError as error:
            code = _xml_code(error.read(8192).decode("utf-8", "replace"))
            failure = {"Error": {"Code": code, "Message": "the presigned upload was refused"}}
            with aws_call(context):
                raise ClientError(failure, "PutObject") from None  # pyright: ignore[reportArgumentType]
            raise AssertionError from None
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise AwsError(
                "unreachable",
                "Endpoint unreachable",
                f"The presigned upload got no answer: {reason}",
                "Check network, VPN and proxy.",
                operation="s3:PutObject",
            ) from None
        return _head(bucket, key, _from_headers(headers, len(body)))

    def delete(self, bucket: str, key: str, version_id: str | None = None) -> str | None:
        """Delete the object, or for good the named version of it.

        Returns the version id of the delete marker that this left, as in a bucket whose
        versioning is suspended; `None` where it left none.
        """
        version = {"VersionId": version_id} if version_id else {}
        permission = "s3:DeleteObjectVersion" if version_id else "s3:DeleteObject"
        with aws_call(self._clients.context(permission, f"object {key}")):
            answer = self._client().delete_object(Bucket=bucket, Key=key, **version)
        left = answer.get("DeleteMarker") and not version_id
        return str(answer.get("VersionId") or "null") if left else None


def _region_of(answer: Mapping[str, Any]) -> str | None:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    found = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
    return str(found) if found else None


def _head(bucket: str, key: str, answer: Mapping[str, Any]) -> ObjectHead:
    version = answer.get("VersionId")
    return ObjectHead(
        bucket=bucket,
        key=key,
        size=int(answer.get("ContentLength", 0)),
        etag=str(answer.get("ETag", "")).strip('"'),
        version_id=None if version in (None, "", "null") else str(version),
        last_modified=answer.get("LastModified"),
        content_type=answer.get("ContentType"),
        storage_class=answer.get("StorageClass"),
        encryption=answer.get("ServerSideEncryption"),
        metadata={str(k): str(v) for k, v in answer.get("Metadata", {}).items()},
        restore=answer.get("Restore"),
    )


def _from_headers(headers: Mapping[str, str], size: int) -> dict[str, Any]:
    lowered = {name.lower(): value for name, value in headers.items()}
    return {
        "ETag": lowered.get("etag", ""),
        "VersionId": lowered.get("x-amz-version-id"),
        "ContentLength": size,
    }


def _xml_code(text: str) -> str:
    start, end = text.find("<Code>"), text.find("</Code>")
    return text[start + 6 : end] if 0 <= start < end else "Unknown"
