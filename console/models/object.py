"""An object in S3 as the console sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What `s3:HeadObject` tells of one object; size in bytes, ETag without its quotes.

    `restore` is S3's word on the restore of an archived object, `None` where there was none.
    """

    bucket: str
    key: str
    size: int
    etag: str
    version_id: str | None
    last_modified: datetime | None
    content_type: str | None
    storage_class: str | None
    encryption: str | None
    metadata: Mapping[str, str]
    restore: str | None = None

    @property
    def multipart(self) -> bool:
        """Whether it was uploaded in parts."""
        return uploaded_in_parts(self.etag)


def uploaded_in_parts(etag: str) -> bool:
    """Whether an ETag is that of a multipart upload: only those end in `-` and the parts' number
    (S3 User Guide, checking object integrity)."""
    digest, dash, parts = etag.rpartition("-")
    return bool(digest and dash and parts.isdecimal())
