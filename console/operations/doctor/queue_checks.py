"""The queue itself: is it there, and is it the one that S3 can send to?"""

from __future__ import annotations

from collections.abc import Iterator

from console.errors import AwsError
from console.models.finding import Finding
from console.operations.doctor.check import Check, NotApplicable
from console.operations.doctor.common_facts import (
    bucket_name,
    queue_answer,
    queue_attributes,
)
from console.operations.doctor.facts import Facts
from console.operations.doctor.processed import processed
from console.operations.doctor.queue_facts import (
    SLACK,
    asked_object,
    bucket_region,
    feeding,
    with_queue,
)
from console.operations.doctor.unsent import unsent_causes
from console.text import iso


def _missing(facts: Facts) -> Iterator[Finding]:
    try:
        facts(queue_answer)
    except AwsError as error:
        if error.kind != "no-such-queue":
            raise
        yield _gone(facts, error)


def _gone(facts: Facts, error: AwsError) -> Finding:
    """From another account the same answer can also mean that nobody may ask."""
    queue, caller = facts.pipeline.queue, facts.pipeline.identity
    own = bool(queue and caller and queue.account == caller.account)
    name = queue.name if queue else "that was named"
    return Finding(
        "queue.missing",
        "fail",
        "proven" if own else "likely",
        f"The queue {name} does not exist."
        if own
        else f"The queue {name} does not exist, or this account may not see it.",
        evidence={
            "queue": queue.arn if queue else None,
            "error": error.code,
            "caller_account": caller.account if caller else None,
        },
        remedy="Create it (at the earliest 60 s after it was deleted), give it a policy that lets "
        "S3 send, and put the bucket's notification configuration again.",
    )


def _fifo(facts: Facts) -> Iterator[Finding]:
    queue = facts(with_queue)
    if not (queue.fifo or facts(queue_attributes).fifo):
        return
    how = facts(feeding)
    if how != "relay":
        yield Finding(
            "queue.fifo",
            "fail",
            "proven",
            "This is a FIFO queue, and S3 cannot send events to one.",
            evidence={"queue": queue.arn, "fifo": True, "fed_by": how},
            remedy="Use a standard queue, or let S3 send to EventBridge and EventBridge to the "
            "FIFO queue.",
        )


def _other_region(facts: Facts) -> Iterator[Finding]:
    queue, region = facts(with_queue), facts(bucket_region)
    evidence = {"bucket": bucket_name(facts), "bucket_region": region, "queue_region": queue.region}
    if region is None:
        yield Finding(
            "queue.other-region",
            "unknown",
            "proven",
            "S3 does not tell in which region the bucket is.",
            evidence=evidence,
        )
    elif region != queue.region and facts(feeding) != "relay":
        yield Finding(
            "queue.other-region",
            "fail",
            "proven",
            f"The bucket is in {region} and the queue in {queue.region}: S3 sends to queues of "
            "its own region only.",
            evidence=evidence,
            remedy=f"Use a queue in {region}.",
        )


def _recreated(facts: Facts) -> Iterator[Finding]:
    head, attributes = facts(asked_object), facts(queue_attributes)
    uploaded, created = head.last_modified, attributes.created_at
    if uploaded is None or created is None or created - uploaded <= SLACK:
        return
    if facts(processed):
        return
    # S3 dates a multipart upload by its beginning, and sends the event at its end.
    multipart = "-" in head.etag
    yield Finding(
        "queue.recreated",
        "fail",
        "likely" if multipart else "proven",
        "The queue was created after the object was uploaded, so it cannot have its event.",
        evidence={
            "key": head.key,
            "uploaded_at": iso(uploaded),
            "queue_created_at": iso(created),
        },
        remedy="Check that the queue has its policy again, put the bucket's notification "
        "configuration again, and send the event anew with backfill.",
        because_of=unsent_causes(facts),
    )


def _other_account(facts: Facts) -> Iterator[Finding]:
    queue, caller = facts.pipeline.queue, facts.pipeline.identity
    if queue is None:
        raise NotApplicable
    if caller is None:
        unknown = facts.pipeline.unknown_field("identity")
        if unknown and unknown.error:
            raise unknown.error
        return
    if queue.account != caller.account:
        yield Finding(
            "queue.other-account",
            "warn",
            "likely",
            f"The queue belongs to account {queue.account}, and the caller to {caller.account}: "
            "some of it can be neither read nor changed from here.",
            evidence={"queue_account": queue.account, "caller_account": caller.account},
            remedy="Look again with credentials of the queue's account.",
        )


QUEUE_CHECKS = (
    Check({"queue.missing": "The queue exists."}, _missing),
    Check({"queue.fifo": "S3 can send to a queue of this kind."}, _fifo),
    Check({"queue.other-region": "The bucket can send to the region of the queue."}, _other_region),
    Check({"queue.recreated": "The queue is older than the object."}, _recreated),
    Check({"queue.other-account": "The caller is in the queue's account."}, _other_account, False),
)
