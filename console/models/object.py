"""An object in S3 as the console sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What `s3:HeadObject` tells of one object; size in bytes, ETag without its quotes."""

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
