"""The object itself in a trace: when and how it came, its versions, and whether it is gone."""

from __future__ import annotations

from datetime import datetime

from console.errors import AwsError, ConsoleError
from console.models.listing import ObjectVersion
from console.models.object import ObjectHead
from console.models.trace import TraceStep
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.facts import Facts
from console.operations.doctor.object_facts import asked_object, open_uploads, versions
from console.operations.doctor.paths import is_directory_bucket
from console.text import human_size, iso

_HEAD = "s3:HeadObject"
_VERSIONS = "s3:ListObjectVersions"
_UPLOADS = "s3:ListMultipartUploads"


def created(facts: Facts) -> TraceStep:
    """Whether the object was ever there, and how it came."""
    try:
        head = facts(asked_object)
    except NotApplicable:
        return TraceStep("created", "unknown", _HEAD, _no_bucket(facts))
    except ConsoleError as error:
        return TraceStep("created", "unknown", _HEAD, why_unknown(error))
    if head is not None:
        return TraceStep("created", "yes", _HEAD, _described(head), head.last_modified)
    return _created_once(facts)


def _described(head: ObjectHead) -> str:
    version = f", version {head.version_id}" if head.version_id else ""
    return f"{human_size(head.size)}, ETag {head.etag}{version}, {_kind(head.etag)}."


def _no_bucket(facts: Facts) -> str:
    if is_directory_bucket(facts(bucket_name)):
        return "A directory bucket has no event notifications."
    return "There is no such bucket."


def upload_events(head: ObjectHead | None) -> tuple[str, ...]:
    """The event types that its upload can have caused, as far as the object tells."""
    if head is None:
        return ("Put", "Post", "Copy", "CompleteMultipartUpload")
    return ("CompleteMultipartUpload", "Copy") if parts_of(head.etag) else ("Put", "Post", "Copy")


def parts_of(etag: str) -> int | None:
    """In how many parts it was uploaded; `None` where in one piece."""
    digest, dash, parts = etag.rpartition("-")
    return int(parts) if digest and dash and parts.isdigit() else None


def _kind(etag: str) -> str:
    parts = parts_of(etag)
    if parts is None:
        return "in one request (PUT, POST or copy)"
    return "in 1 part (multipart)" if parts == 1 else f"in {parts} parts (multipart)"


def _created_once(facts: Facts) -> TraceStep:
    """There is no such object now; the bucket may remember one."""
    past = [version for version in _past(facts) if not version.deleted]
    if past:
        last = past[0]
        detail = f"It was there, as version {last.version_id}, and is deleted."
        return TraceStep("created", "yes", _VERSIONS, detail, last.last_modified)
    return _begun(facts) or TraceStep(
        "created",
        "no",
        _HEAD,
        "There is no object of this key. One that was deleted again looks the same in a bucket "
        "without versions.",
    )


def _begun(facts: Facts) -> TraceStep | None:
    try:
        uploads = facts(open_uploads)
    except ConsoleError:
        return None
    if not uploads:
        return None
    begun = min((u.initiated for u in uploads if u.initiated), default=None)
    detail = "A multipart upload of it was begun and never completed."
    return TraceStep("created", "no", _UPLOADS, detail, begun)


def _past(facts: Facts) -> list[ObjectVersion]:
    try:
        return facts(versions)
    except ConsoleError:
        return []


def history(facts: Facts) -> TraceStep:
    """Its versions and delete markers."""
    try:
        known = facts(versions)
    except NotApplicable:
        return TraceStep("versions", "unknown", _VERSIONS, _no_bucket(facts))
    except ConsoleError as error:
        return TraceStep("versions", "unknown", _VERSIONS, why_unknown(error))
    kept = [version for version in known if version.version_id != "null" or version.deleted]
    if not kept:
        return TraceStep("versions", "no", _VERSIONS, "The bucket keeps no older versions of it.")
    uploads = sum(not version.deleted for version in known)
    markers = len(known) - uploads
    counted = [_number(uploads, "version"), _number(markers, "delete marker") if markers else ""]
    detail = f"{' and '.join(filter(None, counted))}; {_newest(known[0])}."
    return TraceStep("versions", "yes", _VERSIONS, detail, known[0].last_modified)


def _newest(version: ObjectVersion) -> str:
    what = "a delete marker" if version.deleted else f"version {version.version_id}"
    when = f" of {iso(version.last_modified)}" if version.last_modified else ""
    return f"the latest is {what}{when}"


def gone(facts: Facts) -> TraceStep:
    """Whether it was there and is no more."""
    try:
        head = facts(asked_object)
    except (NotApplicable, ConsoleError):
        return TraceStep("gone", "unknown", _HEAD, "Whether it is there now is not known.")
    if head is not None:
        return TraceStep("gone", "no", _HEAD, "The object is there now.")
    known = _past(facts)
    if not known:
        return TraceStep("gone", "unknown", _HEAD, "There is none now, and perhaps never was.")
    marker = next((version for version in known if version.deleted), None)
    at = marker.last_modified if marker else None
    return TraceStep("gone", "yes", _VERSIONS, "The object was deleted.", at)


def uploaded_at(facts: Facts) -> datetime | None:
    """When the latest upload was, as far as known."""
    return created(facts).at


def object_now(facts: Facts) -> ObjectHead | None:
    """The object as it is now; `None` where there is none or that is not known."""
    try:
        return facts(asked_object)
    except (NotApplicable, ConsoleError):
        return None


def _number(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def why_unknown(error: ConsoleError) -> str:
    """Why an answer is missing, with the permission that would give it."""
    permission = error.permission if isinstance(error, AwsError) else None
    needs = f" It needs {permission}." if permission else ""
    return f"{error.sentence}{needs}"
