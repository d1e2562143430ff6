"""What S3's listings tell: objects, versions, uploads that were begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.models.object import uploaded_in_parts


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One object of a listing; size in bytes, ETag without its quotes.

    `version_id` is `None` where the bucket has no versions, or the listing does not tell.
    """

    key: str
    size: int
    etag: str
    last_modified: datetime | None
    version_id: str | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it only stands for a folder, as consoles and tools make them."""
        return self.size == 0 and self.key.endswith("/")

    @property
    def multipart(self) -> bool:
        """Whether it was uploaded in parts."""
        return uploaded_in_parts(self.etag)


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of an object, or a delete marker."""

    key: str
    version_id: str
    latest: bool
    deleted: bool
    last_modified: datetime | None


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """A multipart upload that was begun and neither completed nor aborted."""

    key: str
    upload_id: str
    initiated: datetime | None
