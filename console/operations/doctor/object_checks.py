"""The object that is asked about: is it there, and under this key?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from console.errors import AwsError
from console.models.finding import Finding
from console.models.listing import ListedObject, ObjectVersion
from console.notification import obstacles
from console.operations.doctor.check import Check, NotApplicable, Omit
from console.operations.doctor.common_facts import bucket_name
from console.operations.doctor.event_checks import FAMILY_CHECK
from console.operations.doctor.facts import Facts
from console.operations.doctor.matching import reach
from console.operations.doctor.object_facts import (
    asked_key,
    asked_object,
    delete_marker,
    head_says_missing,
    neighbours,
    open_uploads,
    versions,
)
from console.operations.doctor.processed import processed
from console.operations.doctor.recent import RECENT
from console.operations.doctor.similar_keys import same_but_for_writing, same_name_elsewhere

_NOT_UPLOADED = "object.not-uploaded"
_OPEN = "object.multipart-open"
_OTHER_KEY = "object.other-key"
_GONE = "object.gone"
_SHOWN = 5


def _uploaded(facts: Facts) -> Iterator[Finding | Omit]:
    key = facts(asked_key)
    if facts(asked_object) is not None:
        return
    if _remembered(facts) or facts(processed):
        yield Omit(_NOT_UPLOADED)
        return
    yield Finding(
        _NOT_UPLOADED,
        "fail",
        "proven" if _all_told(facts) else "likely",
        "There is no object of this key: an upload that failed, never began or was never completed "
        "sends no event. One that was deleted again looks the same in a bucket without versions.",
        {
            "bucket": facts(bucket_name),
            "key": key,
            "head_object": 404 if facts(head_says_missing) else None,
        },
        "Look into the uploader's log for its error, and upload again.",
        because_of=(_OPEN, _OTHER_KEY, "bucket.wrong-bucket", "bucket.upload-denied"),
    )


def _remembered(facts: Facts) -> bool:
    """Whether the bucket remembers the key, as far as that may be read."""
    try:
        return bool(facts(versions))
    except AwsError:
        return facts(delete_marker)


def _all_told(facts: Facts) -> bool:
    """Whether everything could be read that tells of an upload."""
    try:
        facts(versions)
        facts(open_uploads)
    except AwsError:
        return False
    return True


def _past(facts: Facts) -> list[ObjectVersion]:
    """What the bucket remembers of the key. Raises `NotApplicable` where that is nothing, and
    `AwsError` where it may not be read and nothing else tells of a deletion."""
    try:
        past = facts(versions)
    except AwsError:
        if facts(delete_marker):
            return []
        raise
    if not past:
        raise NotApplicable
    return past


def _gone(facts: Facts) -> Iterator[Finding]:
    """A bucket without versions remembers nothing of what was deleted."""
    if facts(asked_object) is not None:
        return
    if facts(processed):
        return
    past = _past(facts)
    marker = next((version for version in past if version.deleted), None)
    yield Finding(
        _GONE,
        "fail",
        "likely",
        "The object was uploaded and is deleted again: who processes its event finds no object.",
        {
            "bucket": facts(bucket_name),
            "key": facts(asked_key),
            "deleted_at": marker.last_modified.isoformat()
            if marker and marker.last_modified
            else None,
            "versions": [version.version_id for version in past if not version.deleted][:_SHOWN],
        },
        "Find out what deletes objects before they are processed; read them by version id.",
    )


def _multipart(facts: Facts) -> Iterator[Finding]:
    if facts(asked_object) is not None or facts(processed) or not facts(open_uploads):
        return
    uploads = facts(open_uploads)
    begun = [upload.initiated.isoformat() for upload in uploads if upload.initiated]
    yield Finding(
        _OPEN,
        "fail",
        "proven",
        "A multipart upload of this key was begun and never completed; only its completion sends "
        "an event.",
        {
            "bucket": facts(bucket_name),
            "key": facts(asked_key),
            "upload_ids": [upload.upload_id for upload in uploads][:_SHOWN],
            "initiated": begun[:_SHOWN],
        },
        "Let the uploader complete or abort it, and abort old ones by a lifecycle rule.",
        because_of=(_GONE,),
    )


def _other_key(facts: Facts) -> Iterator[Finding]:
    if facts(asked_object) is not None or facts(processed):
        return
    key = facts(asked_key)
    found = _candidates(facts, key)
    if not found:
        return
    keys = [item.key for item in found][:_SHOWN]
    yield Finding(
        _OTHER_KEY,
        "fail",
        "likely",
        "There is no object of this key, but one whose key differs only in writing or place.",
        {
            "bucket": facts(bucket_name),
            "key": key,
            "found": keys,
            "uploaded_at": [item.last_modified.isoformat() for item in found if item.last_modified][
                :_SHOWN
            ],
            "fires_a_rule": [_fires(facts, other) for other in keys],
        },
        "Ask about the key that is there, and let the uploader or URL signer use the right one.",
        because_of=(_GONE, _OPEN),
    )


def _candidates(facts: Facts, key: str) -> Sequence[ListedObject]:
    """The key in another writing, or else the one recent object of the same name elsewhere."""
    around = {item.key: item for item in facts(neighbours)}
    if same := same_but_for_writing(key, around):
        return [around[other] for other in same]
    since = facts.at - RECENT
    recent = [k for k, o in around.items() if o.last_modified and o.last_modified >= since]
    moved = same_name_elsewhere(key, recent)
    return [around[moved[0]]] if len(moved) == 1 else []


def _fires(facts: Facts, key: str) -> bool | None:
    """Whether a key fits the filters of a rule that leads here; `None` where that is unknown."""
    try:
        return any(not obstacles(rule, key, None) for rule in facts(reach).rules)
    except AwsError:
        return None


OBJECT_CHECKS = (
    Check({_NOT_UPLOADED: "The object is there."}, _uploaded),
    Check({_OPEN: "No multipart upload of the key is left open."}, _multipart, False),
    Check({_OTHER_KEY: "The object lies under the key asked about."}, _other_key, False),
    FAMILY_CHECK,
    Check({_GONE: "The object has not been deleted again."}, _gone, False),
)
