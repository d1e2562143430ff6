"""Facts about the one object that is asked about, and about objects that may be it."""

from __future__ import annotations

from console.errors import AwsError
from console.models.listing import ListedObject, ObjectVersion, OpenUpload
from console.models.object import ObjectHead
from console.operations.doctor.check import NotApplicable
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.facts import Facts
from console.operations.doctor.paths import cannot_notify, configuration
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
    if facts.key is None or cannot_notify(facts(bucket_name)):
        raise NotApplicable
    return facts.key


def can_exist(key: str) -> bool:
    """Whether S3 takes such a key: some text, and not too much of it."""
    try:
        return 0 < len(key.encode()) <= _LONGEST
    except UnicodeEncodeError:
        return False


def head_answer(facts: Facts) -> ObjectHead:
    """What S3 answers to a HEAD of the key. Raises `AwsError`."""
    return facts.bench.gateway.s3.head(facts(bucket_name), facts(asked_key))


def head_says_missing(facts: Facts) -> bool:
    """Whether it is a HEAD that tells that the object is missing, and not the listing alone."""
    if not can_exist(facts(asked_key)):
        return False
    try:
        facts(head_answer)
    except AwsError as error:
        return error.kind == "no-such-key"
    return False


def asked_object(facts: Facts) -> ObjectHead | None:
    """The object as it is now, `None` where there is none.

    S3 answers 403 for an object that does not exist where the caller may not list the bucket, so
    after a refusal the listing decides (S3 API Reference, HeadObject). Raises `AwsError`, which
    then names `s3:ListBucket`. A key that S3 does not take exists nowhere.
    """
    key, bucket = facts(asked_key), facts(bucket_name)
    if not can_exist(key):
        return None
    try:
        return facts(head_answer)
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
    bucket, key = facts(bucket_name), facts(asked_key)
    return facts.bench.gateway.listing.versions(bucket, key) if can_exist(key) else []


def delete_marker(facts: Facts) -> bool:
    """Whether S3 tells that the object was deleted, where its versions may not be read."""
    try:
        return facts.bench.gateway.s3.is_deleted(facts(bucket_name), facts(asked_key))
    except AwsError:
        return False


def open_uploads(facts: Facts) -> list[OpenUpload]:
    """Multipart uploads of the key that are not completed. Raises `AwsError`."""
    bucket, key = facts(bucket_name), facts(asked_key)
    return facts.bench.gateway.listing.open_uploads(bucket, key) if can_exist(key) else []


def neighbours(facts: Facts) -> tuple[ListedObject, ...]:
    """Objects whose keys begin as the asked one does, in any of its likely writings, and the
    bucket's first ones. Raises `AwsError`."""
    bucket, key = facts(bucket_name), facts(asked_key)
    listing = facts.bench.gateway.listing
    found = {item.key: item for item in listing.objects(bucket, pages=_PAGES)}
    for beginning in beginnings(key) if can_exist(key) else ():
        found |= {i.key: i for i in listing.objects(bucket, beginning, page=_PAGE)}
    return tuple(found.values())
