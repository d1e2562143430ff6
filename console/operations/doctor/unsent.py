"""What keeps an event from ever being sent: then no consumer can have it, and no queue lost it."""

from __future__ import annotations

from console.operations.doctor.facts import Facts

_CAUSES = (
    "object.not-uploaded",
    "object.multipart-open",
    "object.other-key",
    "object.other-event-family",
    "bucket.upload-denied",
    "bucket.wrong-bucket",
    "bucket.no-notification",
    "bucket.other-queue",
    "bucket.other-destination",
    "bucket.events-not-covered",
    "bucket.destination-missing",
    "filter.suffix-case",
    "filter.suffix",
    "filter.prefix",
    "filter.unencoded-characters",
    "filter.wildcard",
    "policy.no-allow",
    "policy.wrong-principal",
    "policy.wrong-resource",
    "policy.wrong-source-arn",
    "policy.wrong-source-account",
    "policy.wildcard-in-string-equals",
    "policy.absent-condition-key",
    "policy.explicit-deny",
    "kms.aws-managed-key",
    "kms.key-policy",
    "kms.key-unusable",
    "queue.fifo",
    "queue.other-region",
    "queue.missing",
)


def unsent_causes(facts: Facts) -> tuple[str, ...]:
    """The findings that explain away what the queue's counts and history suggest about the event
    of one object; none where the pipeline as a whole is asked about, whose queue holds others."""
    return _CAUSES if facts.key else ()
