"""Facts about the one object that is asked about, and about objects that may be it."""

from __future__ import annotations

from console.errors import AwsError
from console.models.listing import ListedObject, ObjectVersion, OpenUpload
from console.models.object import ObjectHead
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.facts import Facts
from console.operations.doctor.paths import configuration, is_directory_bucket
from console.operations.doctor.similar_keys import beginnings

# S3 User Guide, object key naming: at most 1,024 bytes of UTF-8.
_LONGEST = 1024
# A HEAD of an object that is encrypted with the customer's own key is refused as 400, and
# because a HEAD's answer has no body, nothing tells that from other reasons.
_LISTING_TELLS = ("access-denied", "invalid", "wrong-region")
_PAGE = 100
_PAGES = 2


def asked_key(facts: Facts) -> str:
    """The key asked about. Raises `NotApplicable` where none is, or the bucket is none that has
    events."""
    if facts.key is None or is_directory_bucket(facts(bucket_name)):
        raise NotApplicable
    return facts.key


def asked_object(facts: Facts) -> ObjectHead | None:
    """The object as it is now, `None` where there is none.

    S3 answers 403 for an object that does not exist where the caller may not list the bucket, so
    after a refusal the listing decides (S3 API Reference, HeadObject). Raises `AwsError`, which
    then names `s3:ListBucket`. A key longer than S3 takes exists nowhere.
    """
    key, bucket = facts(asked_key), facts(bucket_name)
    if len(key.encode("utf-8", "surrogatepass")) > _LONGEST:
        return None
    try:
        return facts.bench.gateway.s3.head(bucket, key)
    except AwsError as error:
        if error.kind == "no-such-key":
            _same_bucket(facts)
            return None
        if error.kind not in _LISTING_TELLS:
            raise
    first = next(facts.bench.gateway.listing.objects(bucket, key, page=1), None)
    return _as_head(bucket, first) if first and first.key == key else None


def _same_bucket(facts: Facts) -> None:
    """Raise `NotApplicable` where it is the bucket that is missing: a HEAD answers 404 for both."""
    try:
        facts(configuration)
    except AwsError:
        return


def _as_head(bucket: str, item: ListedObject) -> ObjectHead:
    return ObjectHead(
        bucket, item.key, item.size, item.etag, None, item.last_modified, None, None, None, {}
    )


def versions(facts: Facts) -> list[ObjectVersion]:
    """What the bucket remembers of the key, the latest first. Raises `AwsError`."""
    return facts.bench.gateway.listing.versions(facts(bucket_name), facts(asked_key))


def open_uploads(facts: Facts) -> list[OpenUpload]:
    """Multipart uploads of the key that are not completed. Raises `AwsError`."""
    return facts.bench.gateway.listing.open_uploads(facts(bucket_name), facts(asked_key))


def neighbours(facts: Facts) -> tuple[ListedObject, ...]:
    """Objects whose keys begin as the asked one does, in any of its likely writings, and the
    bucket's first ones. Raises `AwsError`."""
    bucket, listing = facts(bucket_name), facts.bench.gateway.listing
    found = {item.key: item for item in listing.objects(bucket, pages=_PAGES)}
    for beginning in beginnings(facts(asked_key)):
        found |= {i.key: i for i in listing.objects(bucket, beginning, page=_PAGE)}
    return tuple(found.values())
