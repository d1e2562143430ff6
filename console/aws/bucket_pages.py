"""S3's listings, page by page: nothing here keeps more than one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.aws.errors import aws_call
from console.aws.session import ClientFactory
from console.models.listing import ListedObject
from console.models.pages import Folders, Page

DELIMITER = "/"
PAGE_KEYS = 1000
"""The most keys that S3 puts into one page (S3 API Reference, ListObjectsV2)."""


class BucketPages:
    """Listings in the region of the bucket they are for."""

    def __init__(self, clients: ClientFactory, region: str | None = None) -> None:
        self._clients = clients
        self._region = region

    def in_region(self, region: str) -> BucketPages:
        """The same access, speaking to `region`."""
        return BucketPages(self._clients, region)

    def _client(self) -> Any:
        return self._clients.client("s3", self._region)

    def versioned(self, bucket: str) -> bool:
        """Whether objects of the bucket have version ids; a bucket whose versioning is suspended
        still has those of before. Raises `AwsError`."""
        with aws_call(self._clients.context("s3:GetBucketVersioning", f"bucket {bucket}")):
            answer = self._client().get_bucket_versioning(Bucket=bucket)
        return bool(answer.get("Status"))

    def page(self, bucket: str, prefix: str, after: str) -> Page:
        """The next objects behind the key `after`, in the order of their keys' UTF-8 bytes.

        A page begins behind a key and not with a token, so that it can be asked for again at any
        time (S3 API Reference, ListObjectsV2). Answers without a key that are not the last are
        followed to the next one. Raises `AwsError`.
        """
        behind = {"StartAfter": after} if after else {}
        while True:
            with aws_call(self._clients.context("s3:ListObjectsV2", f"bucket {bucket}")):
                answer = self._client().list_objects_v2(
                    Bucket=bucket, Prefix=prefix, MaxKeys=PAGE_KEYS, **behind
                )
                objects = tuple(_listed(raw) for raw in answer.get("Contents", []))
            more = bool(answer.get("IsTruncated"))
            token = answer.get("NextContinuationToken")
            if objects or not (more and token):
                return Page(objects, objects[-1].key if objects else None, more)
            behind = {"ContinuationToken": str(token)}

    def version_page(self, bucket: str, prefix: str, after: str) -> Page:
        """The same with version ids: of every key the newest version, and none of what is
        deleted. A marker without a version goes on behind all versions of its key (S3 API
        Reference, ListObjectVersions). Raises `AwsError`."""
        with aws_call(self._clients.context("s3:ListObjectVersions", f"bucket {bucket}")):
            behind = {"KeyMarker": after} if after else {}
            answer = self._client().list_object_versions(
                Bucket=bucket, Prefix=prefix, MaxKeys=PAGE_KEYS, **behind
            )
            versions = answer.get("Versions", [])
            objects = tuple(_listed(raw) for raw in versions if raw.get("IsLatest"))
            gone = answer.get("DeleteMarkers", [])
            marker = answer.get("NextKeyMarker")
            last = max((str(raw["Key"]) for raw in (*versions, *gone)), default=marker)
        return Page(objects, last, bool(answer.get("IsTruncated")))

    def folders(self, bucket: str, prefix: str, token: str | None = None) -> Folders:
        """The common prefixes below `prefix`, one page of them. Raises `AwsError`."""
        with aws_call(self._clients.context("s3:ListObjectsV2", f"bucket {bucket}")):
            following = {"ContinuationToken": token} if token else {}
            answer = self._client().list_objects_v2(
                Bucket=bucket, Prefix=prefix, Delimiter=DELIMITER, **following
            )
        return Folders(
            tuple(str(raw["Prefix"]) for raw in answer.get("CommonPrefixes", [])),
            len(answer.get("Contents", [])),
            answer.get("NextContinuationToken") if answer.get("IsTruncated") else None,
        )


def _listed(raw: Mapping[str, Any]) -> ListedObject:
    version = raw.get("VersionId")
    return ListedObject(
        key=str(raw["Key"]),
        size=int(raw.get("Size", 0)),
        etag=str(raw.get("ETag", "")).strip('"'),
        last_modified=raw.get("LastModified"),
        version_id=None if version in (None, "", "null") else str(version),
    )
