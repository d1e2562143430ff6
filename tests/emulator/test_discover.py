"""What is not named is found out; what may not be read is unknown, never absent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from console.aws import wordings
from console.aws.errors import CallContext
from console.aws.gateway import Gateway, open_gateway
from console.errors import AwsError, UsageError
from console.models.pipeline import Mode, Pipeline, PipelineSettings
from console.operations.discover import Ambiguous, discover
from tests.conftest import Installation

Install = Callable[..., Installation]


@pytest.fixture
def find(
    credentials: Callable[[Installation], None], installation: Installation
) -> Callable[..., Pipeline]:
    """Discover with only the fields given; region and endpoint always are, unless overridden."""
    credentials(installation)

    def run(gateway: Gateway | None = None, **named: Any) -> Pipeline:
        place = {"region": installation.region, "endpoint_url": installation.endpoint_url}
        settings = PipelineSettings(**{**place, **named})
        return discover(gateway or open_gateway(settings), settings, Mode())

    return run


Find = Callable[..., Pipeline]


def test_a_bucket_alone_finds_queue_dlq_region_and_caller(
    find: Find, installation: Installation
) -> None:
    pipeline = find(bucket=installation.bucket)
    assert pipeline.queue is not None
    assert pipeline.dlq is not None
    assert pipeline.queue.arn == installation.queue_arn
    assert pipeline.dlq.arn == installation.dlq_arn
    assert pipeline.region == installation.region
    assert pipeline.identity is not None
    assert pipeline.identity.account == installation.account
    assert pipeline.unknown == ()


@pytest.mark.parametrize("how", ["queue", "queue_url", "queue_arn"])
def test_a_queue_alone_by_any_name_finds_the_bucket(
    find: Find, installation: Installation, how: str
) -> None:
    pipeline = find(queue=getattr(installation, how))
    assert pipeline.bucket == installation.bucket
    assert pipeline.queue is not None
    assert pipeline.queue.url == installation.queue_url


def test_an_arn_tells_the_region(find: Find, installation: Installation) -> None:
    assert find(queue=installation.queue_arn, region=None).region == installation.region


def test_a_bucket_tells_the_region(find: Find, installation: Installation) -> None:
    assert find(bucket=installation.bucket, region=None).region == installation.region


def test_a_queues_name_alone_tells_no_region(find: Find, installation: Installation) -> None:
    with pytest.raises(UsageError, match="No region"):
        find(queue=installation.queue, region=None)


def test_two_regions_contradict_each_other(find: Find, installation: Installation) -> None:
    with pytest.raises(UsageError, match="Two regions"):
        find(queue=installation.queue_arn, region="eu-west-1")


def test_nothing_named_is_a_usage_error(find: Find) -> None:
    with pytest.raises(UsageError) as caught:
        find()
    assert "--bucket" in caught.value.remedy


def test_several_queues_are_listed_for_the_user_to_choose(
    find: Find, install: Install, installation: Installation, aws: Callable[[str], Any]
) -> None:
    other = install()
    policy = aws("sqs").get_queue_attributes(QueueUrl=other.queue_url, AttributeNames=["Policy"])[
        "Attributes"
    ]["Policy"]
    aws("sqs").set_queue_attributes(
        QueueUrl=other.queue_url,
        Attributes={"Policy": policy.replace(other.bucket, installation.bucket)},
    )
    rules = [
        {
            "QueueArn": arn,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": suffix}]}},
        }
        for arn, suffix in ((installation.queue_arn, ".mp3"), (other.queue_arn, ".wav"))
    ]
    aws("s3").put_bucket_notification_configuration(
        Bucket=installation.bucket, NotificationConfiguration={"QueueConfigurations": rules}
    )
    with pytest.raises(Ambiguous) as caught:
        find(bucket=installation.bucket)
    assert set(caught.value.candidates) == {installation.queue_arn, other.queue_arn}
    assert "--queue" in caught.value.remedy
    narrowed = find(bucket=installation.bucket, suffix=".wav")
    assert narrowed.queue is not None
    assert narrowed.queue.arn == other.queue_arn


def test_several_buckets_in_the_policy_are_listed(
    find: Find, installation: Installation, aws: Callable[[str], Any]
) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "sqs:SendMessage",
            "Resource": installation.queue_arn,
            "Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::one", "arn:aws:s3:::two"]}},
        },
    }
    aws("sqs").set_queue_attributes(
        QueueUrl=installation.queue_url, Attributes={"Policy": json.dumps(policy)}
    )
    with pytest.raises(Ambiguous) as caught:
        find(queue=installation.queue)
    assert caught.value.candidates == ("one", "two")


def test_a_bucket_without_a_rule_leaves_the_queue_unknown_with_the_reason(
    find: Find, install: Install
) -> None:
    lonely = install(notification=False)
    pipeline = find(bucket=lonely.bucket)
    assert pipeline.queue is None
    assert "sends events to a queue" in (pipeline.why_unknown("queue") or "")


def test_a_queue_without_dlq_has_none_and_that_is_known(find: Find, install: Install) -> None:
    pipeline = find(queue=install(dlq=False).queue)
    assert pipeline.dlq is None
    assert pipeline.why_unknown("dlq") is None


def test_a_named_queue_that_does_not_exist_is_told(find: Find) -> None:
    with pytest.raises(AwsError) as caught:
        find(queue="nowhere")
    assert caught.value.kind == "no-such-queue"


def denied(operation: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise CallContext(operation, "it").tell(wordings.DENIED, permission=operation)

    return refuse


def test_a_denied_configuration_makes_the_queue_unknown_and_names_the_permission(
    find: Find, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.aws.s3.S3.notification", denied("s3:GetBucketNotification"))
    pipeline = find(bucket=installation.bucket)
    assert pipeline.queue is None
    assert "s3:GetBucketNotification" in (pipeline.why_unknown("queue") or "")


def test_who_may_not_ask_for_urls_reads_the_queue_by_the_one_its_name_tells(
    find: Find, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.aws.sqs.Sqs.queue_url", denied("sqs:GetQueueUrl"))
    pipeline = find(bucket=installation.bucket, queue=installation.queue)
    assert pipeline.queue is not None
    assert pipeline.dlq is not None
    assert pipeline.queue.arn == installation.queue_arn
    assert pipeline.dlq.arn == installation.dlq_arn
    assert pipeline.unknown == ()


def test_a_queue_whose_attributes_are_denied_is_known_by_its_arn(
    find: Find, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.aws.sqs.Sqs.attributes_of_url", denied("sqs:GetQueueAttributes"))
    pipeline = find(bucket=installation.bucket)
    assert pipeline.queue is not None
    assert pipeline.queue.arn == installation.queue_arn
    assert pipeline.dlq is None
    assert pipeline.why_unknown("dlq") is not None


def test_an_identity_that_cannot_be_asked_is_unknown(
    find: Find, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.aws.identity.Sts.identity", denied("sts:GetCallerIdentity"))
    pipeline = find(bucket=installation.bucket)
    assert pipeline.identity is None
    assert pipeline.queue is not None


def test_without_credentials_nothing_is_guessed(
    find: Find, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(AwsError) as caught:
        find(bucket=installation.bucket)
    assert caught.value.kind == "no-credentials"


def test_an_endpoint_that_does_not_answer_is_told(find: Find, installation: Installation) -> None:
    with pytest.raises(AwsError) as caught:
        find(bucket=installation.bucket, endpoint_url="http://127.0.0.1:9")
    assert caught.value.kind == "unreachable"


def test_a_login_elsewhere_is_picked_up(
    find: Find, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = PipelineSettings(
        bucket=installation.bucket,
        region=installation.region,
        endpoint_url=installation.endpoint_url,
    )
    gateway = open_gateway(settings)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(AwsError) as caught:
        find(gateway, bucket=installation.bucket)
    assert caught.value.kind == "no-credentials"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", installation.access_key)
    gateway.forget_credentials()
    assert find(gateway, bucket=installation.bucket).queue is not None


def test_a_named_profile_wins_over_credentials_in_the_environment(
    find: Find, installation: Installation, home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        f"[audio]\naws_access_key_id = {installation.access_key}\n"
        f"aws_secret_access_key = {installation.secret_key}\n"
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "999999999999")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ambient")
    pipeline = find(bucket=installation.bucket, profile="audio")
    assert pipeline.identity is not None
    assert pipeline.identity.account == installation.account


def test_an_unknown_profile_is_told(find: Find, installation: Installation) -> None:
    with pytest.raises(AwsError) as caught:
        find(bucket=installation.bucket, profile="nobody")
    assert caught.value.kind == "profile"
