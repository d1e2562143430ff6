"""What the doctor says where the caller may not read: unknown, never absent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.models.finding import Diagnosis
from console.operations.doctor.dlq_checks import DLQ_CHECKS
from console.operations.doctor.policy_checks import POLICY_CHECKS
from tests.conftest import Installation
from tests.emulator.seeding import (
    Aws,
    Examine,
    caller_without,
    causes,
    configure,
    examiner,
    other_arn,
    put_policy,
    raised,
    rule,
    sending,
    upload,
)


@pytest.fixture
def examine(credentials: Callable[[Installation], None], tmp_path: Path) -> Iterator[Examine]:
    with examiner(credentials, tmp_path) as run:
        yield run


def unknown(found: Diagnosis) -> dict[str, str | None]:
    """What is unknown, with the permission that is missing."""
    return {f.id: f.permission for f in found.findings if f.status == "unknown"}


def test_the_configuration_may_not_be_read(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    found = examine(caller_without(aws, installation, "s3:GetBucketNotification"))
    assert set(unknown(found).values()) == {"s3:GetBucketNotification"}
    assert "bucket.no-notification" in unknown(found)
    assert causes(found) == []
    assert found.verdict == "unknown"


def test_the_object_may_not_be_asked_for_and_the_listing_tells(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    caller = caller_without(aws, installation, "s3:GetObject")
    upload(aws, installation, "a.mp3")
    assert raised(examine(caller, "a.mp3")) == []
    missing = examine(caller, "b.mp3")
    assert causes(missing) == ["object.not-uploaded"]
    told = missing.finding("object.not-uploaded")
    assert told is not None
    assert told.evidence["head_object"] is None


def test_neither_object_nor_listing(installation: Installation, examine: Examine, aws: Aws) -> None:
    caller = caller_without(aws, installation, "s3:GetObject", "s3:ListBucket")
    found = examine(caller, "a.mp3")
    assert unknown(found)["object.not-uploaded"] == "s3:ListBucket"
    assert (causes(found), found.verdict) == ([], "unknown")


def test_without_the_listing_the_rules_still_tell(
    install: Callable[..., Installation], examine: Examine, aws: Aws
) -> None:
    found = examine(caller_without(aws, install(), "s3:ListBucket"))
    assert unknown(found) == {
        "filter.suffix-case": "s3:ListBucket",
        "filter.suffix": "s3:ListBucket",
        "filter.prefix": "s3:ListBucket",
    }
    assert found.verdict == "healthy"
    wild = caller_without(aws, install(suffix="*.mp3"), "s3:ListBucket")
    assert causes(examine(wild)) == ["filter.wildcard"]


def test_versions_and_open_uploads(installation: Installation, examine: Examine, aws: Aws) -> None:
    caller = caller_without(
        aws, installation, "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"
    )
    found = examine(caller, "a.mp3")
    assert unknown(found) == {
        "object.gone": "s3:ListBucketVersions",
        "object.multipart-open": "s3:ListBucketMultipartUploads",
    }
    assert causes(found) == ["object.not-uploaded"]


def test_a_deletion_is_told_without_the_versions(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    caller = caller_without(aws, installation, "s3:ListBucketVersions")
    versioned = {"Status": "Enabled"}
    aws("s3").put_bucket_versioning(Bucket=installation.bucket, VersioningConfiguration=versioned)
    upload(aws, installation, "a.mp3")
    aws("s3").delete_object(Bucket=installation.bucket, Key="a.mp3")
    assert causes(examine(caller, "a.mp3")) == ["object.gone"]
    never = examine(caller, "never.mp3").finding("object.not-uploaded")
    assert never is not None
    assert (never.status, never.certainty) == ("fail", "likely")


@pytest.mark.parametrize(
    ("service", "source"),
    [
        ("sns.amazonaws.com", "arn:aws:sns:us-east-2:1:uploads"),
        ("events.amazonaws.com", "arn:aws:events:us-east-2:1:rule/uploads"),
    ],
)
def test_a_policy_for_another_sender_is_no_fault_where_the_path_is_not_known(
    installation: Installation, examine: Examine, aws: Aws, service: str, source: str
) -> None:
    caller = caller_without(aws, installation, "s3:GetBucketNotification")
    statement = sending(installation, service, source)
    put_policy(aws, installation, statement)
    found = examine(caller, None, POLICY_CHECKS)
    assert (causes(found), found.verdict) == ([], "unknown")
    assert unknown(found)["policy.wrong-principal"] == "s3:GetBucketNotification"
    put_policy(aws, installation, statement | {"Principal": {"AWS": installation.account}})
    assert causes(examine(caller, None, POLICY_CHECKS)) == ["policy.wrong-principal"]


def test_a_path_that_cannot_be_followed_is_neither_refused_nor_let_in(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    """The policy lets S3 in; but the rules name no queue, so that S3 itself sends nothing here."""
    caller = caller_without(
        aws, installation, "events:ListRuleNamesByTarget", "sns:ListSubscriptionsByTopic"
    )
    topic = aws("sns").create_topic(Name="uploads")["TopicArn"]
    for way, action in (
        ({"eventbridge": True}, "events:ListRuleNamesByTarget"),
        ({"topics": (rule(topic, kind="Topic"),)}, "sns:ListSubscriptionsByTopic"),
    ):
        configure(aws, installation, **way)
        found = examine(caller, None, POLICY_CHECKS)
        assert (causes(found), found.verdict) == ([], "unknown")
        assert unknown(found)["policy.wrong-principal"] == action
    put_policy(aws, installation, sending(installation, "sns.amazonaws.com", topic))
    assert "policy.wrong-principal" not in unknown(examine(caller, None, POLICY_CHECKS))


def test_which_senders_there_are_is_hidden_with_the_configuration(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    """The policy lets S3 in, but events may come by SNS."""
    caller = caller_without(aws, installation, "s3:GetBucketNotification")
    found = examine(caller, None, POLICY_CHECKS)
    assert unknown(found)["policy.wrong-principal"] == "s3:GetBucketNotification"


def test_a_subscription_whose_filter_is_hidden(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    caller = caller_without(aws, installation, "sns:GetSubscriptionAttributes")
    topic = aws("sns").create_topic(Name="uploads")["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=installation.queue_arn)
    configure(aws, installation, topics=(rule(topic, kind="Topic"),))
    put_policy(aws, installation, sending(installation, "sns.amazonaws.com", topic))
    found = examine(caller, None, POLICY_CHECKS)
    assert unknown(found) == {
        "bucket.other-destination": "sns:GetSubscriptionAttributes",
        "bucket.other-queue": "sns:GetSubscriptionAttributes",
    }
    assert (causes(found), found.verdict) == ([], "unknown")
    assert causes(examine(installation, None, POLICY_CHECKS)) == []


def test_whether_there_is_a_dlq_is_hidden_with_the_attributes(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    caller = caller_without(aws, installation, "sqs:GetQueueAttributes")
    found = examine(caller, None, DLQ_CHECKS)
    assert unknown(found)["consumer.dead-lettered"] == "sqs:GetQueueAttributes"
    assert (causes(found), found.verdict) == ([], "unknown")


def test_a_topic_whose_policy_is_hidden(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    caller = caller_without(aws, installation, "sns:GetTopicAttributes")
    topic = aws("sns").create_topic(Name="uploads")["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=installation.queue_arn)
    configure(aws, installation, topics=(rule(topic, kind="Topic"),))
    found = examine(caller)
    assert unknown(found) == {"bucket.destination-missing": "sns:GetTopicAttributes"}
    assert (causes(found), found.verdict) == ([], "unknown")


@pytest.mark.parametrize("action", ["sns:ListSubscriptionsByTopic", "events:ListRuleNamesByTarget"])
def test_paths_past_the_bucket(
    installation: Installation, examine: Examine, aws: Aws, action: str
) -> None:
    caller = caller_without(aws, installation, action)
    if action.startswith("sns"):
        topic = aws("sns").create_topic(Name="uploads")["TopicArn"]
        configure(aws, installation, topics=(rule(topic, kind="Topic"),))
    else:
        configure(aws, installation, eventbridge=True)
    found = examine(caller)
    assert unknown(found)["bucket.other-destination"] == action
    assert (causes(found), found.verdict) == ([], "unknown")
    configure(aws, installation, rule(installation.queue_arn), eventbridge=True)
    assert raised(examine(caller)) == []


def test_the_queues_of_the_rules(installation: Installation, examine: Examine, aws: Aws) -> None:
    caller = caller_without(aws, installation, "sqs:GetQueueUrl")
    seen = {"queue": installation.queue_url}
    assert raised(examine(caller, **seen)) == []
    configure(aws, installation, rule(other_arn(installation, "nowhere")))
    found = examine(caller, **seen)
    assert unknown(found) == {"bucket.destination-missing": "sqs:GetQueueUrl"}
    assert causes(found) == ["bucket.other-queue"]
