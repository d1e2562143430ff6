"""Which events change a pipeline, by the name CloudTrail gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

About = Literal["bucket", "queue", "key"]


@dataclass(frozen=True, slots=True)
class Family:
    """Calls that set the same thing, so that one can be compared with the one before it.

    `whole` says that each of them replaces everything the one before had set.
    """

    about: About
    names: tuple[str, ...]
    whole: bool = False


# The API's name and CloudTrail's differ for notifications; both are met (S3 User Guide, CloudTrail
# events, and events seen).
NOTIFICATION = Family(
    "bucket", ("PutBucketNotification", "PutBucketNotificationConfiguration"), whole=True
)
ATTRIBUTES = Family(
    "queue",
    ("SetQueueAttributes", "AddPermission", "RemovePermission", "DeleteQueue", "CreateQueue"),
)
PURGE = Family("queue", ("PurgeQueue",))
MOVES = Family("queue", ("StartMessageMoveTask", "CancelMessageMoveTask"))

# What is asked for first explains a missing event most often.
FAMILIES = (
    NOTIFICATION,
    ATTRIBUTES,
    PURGE,
    Family("key", ("PutKeyPolicy",), whole=True),
    Family("key", ("DisableKey", "ScheduleKeyDeletion", "EnableKey", "CancelKeyDeletion")),
    Family("bucket", ("PutBucketPolicy", "DeleteBucketPolicy"), whole=True),
    Family("bucket", ("PutBucketEncryption", "DeleteBucketEncryption"), whole=True),
    MOVES,
    Family("bucket", ("PutBucketVersioning",), whole=True),
    Family("bucket", ("PutBucketLifecycle", "DeleteBucketLifecycle"), whole=True),
    Family("bucket", ("PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"), whole=True),
    Family("bucket", ("DeleteBucket", "CreateBucket")),
)
