"""S3's listings of one bucket, typed: objects, versions, open multipart uploads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.models.listing import ListedObject, ObjectVersion, OpenUpload

PAGE = 1000
"""Keys in one page of a listing (S3 API Reference, ListObjectsV2)."""


class ObjectListing:
    """The listing calls the console makes, in the region of the bucket they are for.

    Keys come percent-encoded from S3, because XML cannot carry every character of a key; here
    they are decoded.
    """

    def __init__(self, clients: ClientFactory, region: str | None) -> None:
        self._clients = clients
        self._region = region

    def objects(
        self, bucket: str, prefix: str = "", *, pages: int = 1, page: int = PAGE
    ) -> Iterator[ListedObject]:
        """Objects whose key starts with `prefix`, in the order of their keys, at most `pages`
        pages of `page` keys. Raises `AwsError`."""
        token: dict[str, str] = {}
        for _ in range(pages):
            with aws_call(self._clients.context("s3:ListObjectsV2", f"bucket {bucket}")):
                answer = self._client().list_objects_v2(
                    Bucket=bucket, Prefix=prefix, MaxKeys=page, **token
                )
                yield from [_listed(item) for item in answer.get("Contents", [])]
            if not answer.get("NextContinuationToken"):
                return
            token = {"ContinuationToken": answer["NextContinuationToken"]}

    def versions(self, bucket: str, key: str) -> list[ObjectVersion]:
        """Versions and delete markers of exactly `key`, the latest first, of the first page.

        Raises `AwsError`.
        """
        with aws_call(self._clients.context("s3:ListObjectVersions", f"bucket {bucket}")):
            answer = self._client().list_object_versions(Bucket=bucket, Prefix=key)
            found = [
                *(_version(item, deleted=False) for item in answer.get("Versions", [])),
                *(_version(item, deleted=True) for item in answer.get("DeleteMarkers", [])),
            ]
        return sorted((v for v in found if v.key == key), key=lambda v: not v.latest)

    def open_uploads(self, bucket: str, key: str) -> list[OpenUpload]:
        """Multipart uploads of exactly `key` that are not completed. Raises `AwsError`."""
        with aws_call(self._clients.context("s3:ListMultipartUploads", f"bucket {bucket}")):
            answer = self._client().list_multipart_uploads(
                Bucket=bucket, Prefix=key, EncodingType="url"
            )
            encoded = answer.get("EncodingType") == "url"
            found = [_upload(item, encoded) for item in answer.get("Uploads", [])]
        return [upload for upload in found if upload.key == key]

    def _client(self) -> Any:
        return self._clients.client("s3", self._region)


def _listed(item: Mapping[str, Any]) -> ListedObject:
    return ListedObject(
        key=str(item["Key"]),
        size=int(item.get("Size", 0)),
        etag=str(item.get("ETag", "")).strip('"'),
        last_modified=item.get("LastModified"),
    )


def _version(item: Mapping[str, Any], *, deleted: bool) -> ObjectVersion:
    return ObjectVersion(
        key=str(item["Key"]),
        version_id=str(item.get("VersionId", "null")),
        latest=bool(item.get("IsLatest")),
        deleted=deleted,
        last_modified=item.get("LastModified"),
    )


def _upload(item: Mapping[str, Any], encoded: bool) -> OpenUpload:
    key = str(item["Key"])
    return OpenUpload(
        key=unquote_plus(key) if encoded else key,
        upload_id=str(item.get("UploadId", "")),
        initiated=item.get("Initiated"),
    )
