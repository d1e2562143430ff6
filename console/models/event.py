"""What a message body says happened to an object."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

BodyKind = Literal["s3", "s3-test-event", "eventbridge", "other"]
Wrapping = Literal["sns", "eventbridge"]


@dataclass(frozen=True, slots=True)
class S3Event:
    """One event about one object. Every text in it is hostile: it comes from the message.

    `name` has no `s3:` prefix (`ObjectCreated:Put`); an EventBridge event gets the S3 name that
    its detail type and reason stand for where that is known, and `raw_name` keeps what was
    written. `key` is decoded, `raw_key` is as it was written. `size` is in bytes. `version_id`
    is `None` for absent, empty and `"null"`, and `raw_version_id` tells these apart. A field
    that is `None` was not in the event, or not in a readable form.
    """

    name: str
    bucket: str
    key: str
    raw_key: str
    size: int | None = None
    etag: str | None = None
    version_id: str | None = None
    sequencer: str | None = None
    time: datetime | None = None
    wrapped_by: Wrapping | None = None
    raw_name: str = ""
    raw_version_id: str | None = None
    event_version: str | None = None
    region: str | None = None
    rule_id: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedBody:
    """A message body as far as it could be understood.

    `kind` is `s3` also for an S3 event that SNS wrapped. `events` is empty for `s3-test-event`
    and `other`. `note` says in words what is unusual, `None` where nothing is; it may quote the
    body, so it is hostile text too.
    """

    kind: BodyKind
    events: tuple[S3Event, ...] = ()
    note: str | None = None
