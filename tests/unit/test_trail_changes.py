"""What a call changed, beside what the calls before it had set; and whose it is."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from console.models.pipeline import QueueRef
from console.models.trail import Change, FieldChange, TrailEvent
from console.operations.trail_changes import changes_of, unique
from console.operations.trail_families import (
    ATTRIBUTES,
    FAMILIES,
    MOVES,
    NOTIFICATION,
    PURGE,
    Family,
)
from console.operations.trail_fields import fields_of
from console.operations.trail_subjects import Subjects
from tests.fakes import QUEUE
from tests.unit.trail_samples import ACCOUNT, REGION, attributes, event, notification, rule

DLQ = QueueRef("orders-dlq", "https://sqs/1/orders-dlq", f"{QUEUE.arn}-dlq")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234-abcd"
PIPELINE = Subjects("uploads", QUEUE, DLQ, KEY)
POLICY_FAMILY = next(f for f in FAMILIES if "PutBucketPolicy" in f.names)
KEY_FAMILY = next(f for f in FAMILIES if "PutKeyPolicy" in f.names)


def changes(family: Family, *events: TrailEvent) -> list[Change]:
    return changes_of(events, family, PIPELINE)


def told(change: Change) -> list[tuple[str, str | None, str | None]]:
    return [(f.field, f.before, f.after) for f in change.fields]


def test_a_rule_that_became_another_shows_what_it_was() -> None:
    newest, oldest = changes(
        NOTIFICATION,
        event("PutBucketNotification", 9, notification(rule(".mp3"))),
        event("PutBucketNotificationConfiguration", 3, notification(rule(".wav"))),
    )
    suffix = "NotificationConfiguration.QueueConfiguration[mp3].Filter.S3Key.FilterRule[suffix]"
    assert told(newest) == [(suffix, ".mp3", ".wav")]
    assert newest.fields[0].before_known
    assert (suffix, None, ".mp3") in told(oldest)
    assert not any(f.before_known for f in oldest.fields)


def test_a_second_rule_leaves_the_first_as_it_was() -> None:
    newest, _ = changes(
        NOTIFICATION,
        event("PutBucketNotification", 3, notification(rule(".wav", "a"), rule(".mp3"))),
        event("PutBucketNotification", 9, notification(rule(".mp3"))),
    )
    assert {f.field.partition("]")[0] for f in newest.fields} == {
        "NotificationConfiguration.QueueConfiguration[a"
    }
    assert all(f.before is None and f.before_known for f in newest.fields)


def test_an_emptied_configuration_shows_what_was_removed() -> None:
    newest, _ = changes(
        NOTIFICATION,
        event("PutBucketNotification", 3, notification()),
        event("PutBucketNotification", 9, notification(rule(".mp3"))),
    )
    assert len(newest.fields) == 4
    assert all(f.after is None and f.before for f in newest.fields)


def test_a_call_whose_parameters_are_hidden_leaves_nothing_known() -> None:
    newest, hidden, _ = changes(
        NOTIFICATION,
        event("PutBucketNotification", 1, notification(rule(".wav"))),
        event("PutBucketNotification", 3, None, resources=[{"ARN": "arn:aws:s3:::uploads"}]),
        event("PutBucketNotification", 9, notification(rule(".mp3"))),
    )
    assert hidden.fields == ()
    assert not any(f.before_known for f in newest.fields)


def test_attributes_are_compared_one_by_one() -> None:
    newest, middle, oldest = changes(
        ATTRIBUTES,
        event("SetQueueAttributes", 1, attributes(MessageRetentionPeriod="60")),
        event("SetQueueAttributes", 5, attributes(VisibilityTimeout="30")),
        event("SetQueueAttributes", 9, attributes(MessageRetentionPeriod="345600")),
    )
    assert told(newest) == [("MessageRetentionPeriod", "345600", "60")]
    assert told(middle) == [("VisibilityTimeout", None, "30")]
    assert told(oldest) == [("MessageRetentionPeriod", None, "345600")]
    assert [c.fields[0].before_known for c in (newest, middle, oldest)] == [True, False, False]


def statement(sid: str, principal: str = "s3.amazonaws.com") -> dict[str, Any]:
    return {
        "Sid": sid, "Effect": "Allow", "Principal": {"Service": principal},
        "Action": "sqs:SendMessage",
    }  # fmt: skip


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_policy_is_compared_statement_by_statement() -> None:
    newest, _ = changes(
        ATTRIBUTES,
        event("SetQueueAttributes", 1, attributes(
            Policy=policy(statement("New"), statement("S3", "sns.amazonaws.com")))),
        event("SetQueueAttributes", 9, attributes(Policy=policy(statement("S3")))),
    )  # fmt: skip
    assert ("Policy.Statement[S3].Principal.Service", "s3.amazonaws.com", "sns.amazonaws.com") in (
        told(newest)
    )
    assert ("Policy.Statement[New].Effect", None, "Allow") in told(newest)
    assert not any(f.field.startswith("Policy.Statement[S3].A") for f in newest.fields)


def test_an_emptied_policy_was_removed() -> None:
    newest, _ = changes(
        ATTRIBUTES,
        event("SetQueueAttributes", 1, attributes(Policy="")),
        event("SetQueueAttributes", 9, attributes(Policy=policy(statement("S3")))),
    )
    assert ("Policy.Statement[S3].Effect", "Allow", None) in told(newest)
    (alone,) = changes(ATTRIBUTES, event("SetQueueAttributes", 1, attributes(Policy="")))
    assert alone.fields == (FieldChange("Policy", None, None),)


def test_after_a_removed_permission_the_policy_is_not_known() -> None:
    url = attributes()["queueUrl"]
    newest, removed, _ = changes(
        ATTRIBUTES,
        event("SetQueueAttributes", 1, attributes(Policy=policy(statement("S3")))),
        event("RemovePermission", 5, {"queueUrl": url, "label": "S3"}),
        event("SetQueueAttributes", 9, attributes(Policy=policy(statement("S3")))),
    )
    assert told(removed) == [("label", None, "S3")]
    assert newest.fields
    assert not any(f.before_known for f in newest.fields)


def test_a_refused_call_counts_for_nothing_afterwards() -> None:
    newest, refused, _ = changes(
        ATTRIBUTES,
        event("SetQueueAttributes", 1, attributes(VisibilityTimeout="60")),
        event("SetQueueAttributes", 5, attributes(VisibilityTimeout="0"), errorCode="AccessDenied"),
        event("SetQueueAttributes", 9, attributes(VisibilityTimeout="30")),
    )
    assert told(refused) == [("VisibilityTimeout", "30", "0")]
    assert refused.event.error == "AccessDenied"
    assert told(newest) == [("VisibilityTimeout", "30", "60")]


def test_a_deleted_bucket_policy_shows_what_was_in_it() -> None:
    put = {"bucketName": "uploads", "bucketPolicy": json.loads(policy(statement("Deny")))}
    newest, _ = changes(
        POLICY_FAMILY,
        event("DeleteBucketPolicy", 1, {"bucketName": "uploads", "policy": [""]}),
        event("PutBucketPolicy", 9, put),
    )
    assert ("bucketPolicy.Statement[Deny].Effect", "Allow", None) in told(newest)


def test_another_order_of_values_is_no_change() -> None:
    assert fields_of({"Event": ["b", "a"]}) == fields_of({"Event": ["a", "b"]})


def test_queue_and_dlq_are_told_apart() -> None:
    found = changes(
        PURGE,
        event("PurgeQueue", 1, {"queueUrl": attributes("orders-dlq")["queueUrl"]}),
        event("PurgeQueue", 2, {"QueueUrl": f"https://{REGION}.queue.amazonaws.com/{ACCOUNT}/orders"}),
        event("PurgeQueue", 3, {"queueUrl": attributes("orders2")["queueUrl"]}),
        event("PurgeQueue", 4, {"queueUrl": "https://sqs/999988887777/orders"}),
        event("PurgeQueue", 5, {"queueUrl": "http://[broken"}),
        event("PurgeQueue", 6, {"queueUrl": 7}),
    )  # fmt: skip
    assert [(c.resource, c.name) for c in found] == [("dlq", "orders-dlq"), ("queue", "orders")]


def test_a_queue_made_anew_is_found_by_its_name() -> None:
    created = event("CreateQueue", 1, {"queueName": "orders", "attributes": {"DelaySeconds": "5"}})
    elsewhere = event("CreateQueue", 2, {"queueName": "orders"}, recipientAccountId="999988887777")
    other = event("CreateQueue", 3, {"queueName": "orders-2"})
    (found,) = changes(ATTRIBUTES, created, elsewhere, other)
    assert told(found) == [("DelaySeconds", None, "5")]


def test_move_tasks_are_the_dlqs() -> None:
    handle = base64.b64encode(json.dumps({"taskId": "1", "sourceArn": DLQ.arn}).encode()).decode()
    found = changes(
        MOVES,
        event("CancelMessageMoveTask", 1, {"taskHandle": handle}),
        event("StartMessageMoveTask", 2, {"sourceArn": DLQ.arn, "destinationArn": QUEUE.arn}),
        event("CancelMessageMoveTask", 3, {"taskHandle": "not base64"}),
        event("CancelMessageMoveTask", 4, {"taskHandle": base64.b64encode(b"7").decode()}),
    )
    assert [c.event.name for c in found] == ["CancelMessageMoveTask", "StartMessageMoveTask"]
    assert {c.resource for c in found} == {"dlq"}


@pytest.mark.parametrize("named", [KEY, "1234-abcd"])
def test_the_key_is_known_by_id_and_by_arn(named: str) -> None:
    put = event("PutKeyPolicy", 1, {"keyId": named, "policy": policy(statement("K"))})
    other = event("PutKeyPolicy", 2, {"keyId": "other"})
    by_resource = event("PutKeyPolicy", 3, {"keyId": "alias/x"}, resources=[{"ARN": KEY}])
    found = changes(KEY_FAMILY, put, other, by_resource)
    assert [c.event.event_id for c in found] == ["PutKeyPolicy-1", "PutKeyPolicy-3"]


def test_another_buckets_events_are_left_out() -> None:
    mine = event("PutBucketNotification", 1, notification(rule(".mp3")))
    other = event("PutBucketNotification", 2, notification(rule(".mp3"), bucket="uploads-2"))
    assert [c.event.event_id for c in changes(NOTIFICATION, mine, other)] == [mine.event_id]


def test_each_event_counts_once() -> None:
    url = attributes()["queueUrl"]
    one = event("PurgeQueue", 1, {"queueUrl": url})
    assert len(changes(PURGE, one, one, one)) == 1
    nameless = replace(one, event_id="")
    assert len(unique([nameless, one, nameless, one])) == 3
