"""What the doctor says of bucket, rules and filters: one fault seeded, one cause named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.operations.doctor.policy_checks import POLICY_CHECKS
from tests.conftest import Installation
from tests.emulator.seeding import (
    CREATED,
    Aws,
    Examine,
    causes,
    configure,
    examiner,
    other_arn,
    put_policy,
    raised,
    rule,
    sending,
    upload,
    upload_in_parts,
)

NOBODY = "no-such-bucket-of-ours"
PUT, PARTS = "s3:ObjectCreated:Put", "s3:ObjectCreated:CompleteMultipartUpload"


@pytest.fixture
def examine(credentials: Callable[[Installation], None], tmp_path: Path) -> Iterator[Examine]:
    with examiner(credentials, tmp_path) as run:
        yield run


# --- the bucket


def test_a_bucket_without_a_configuration(
    install: Callable[..., Installation], examine: Examine
) -> None:
    found = examine(install(notification=False))
    assert causes(found) == ["bucket.no-notification"]
    cause = found.finding("bucket.no-notification")
    assert cause is not None
    assert cause.commands[0].startswith("event-console doctor --repair bucket.no-notification")


def test_a_bucket_that_does_not_exist(installation: Installation, examine: Examine) -> None:
    found = examine(installation, "a.mp3", POLICY_CHECKS, bucket=NOBODY)
    assert causes(found) == ["bucket.wrong-bucket"]
    found = examine(installation, "a.mp3", bucket=NOBODY)
    assert raised(found) == [("bucket.wrong-bucket", "fail")]


@pytest.mark.parametrize("name", ["arn:aws:s3:::uploads", "s3://uploads", "up loads", "b"])
def test_what_is_no_name_of_a_bucket(
    installation: Installation, examine: Examine, name: str
) -> None:
    found = examine(installation, "a.mp3", POLICY_CHECKS, bucket=name)
    assert causes(found) == ["bucket.wrong-bucket"]
    assert raised(examine(installation, "a.mp3", bucket=name)) == [("bucket.wrong-bucket", "fail")]


def test_another_bucket_feeds_the_queue(
    install: Callable[..., Installation], examine: Examine
) -> None:
    ours, theirs = install(), install(notification=False)
    found = examine(ours, bucket=theirs.bucket)
    assert causes(found) == ["bucket.wrong-bucket"]
    cause = found.finding("bucket.wrong-bucket")
    assert cause is not None
    assert cause.evidence["feeding_bucket"] == ours.bucket
    asked = examine(ours, "a.mp3", POLICY_CHECKS, bucket=theirs.bucket)
    assert causes(asked) == ["bucket.wrong-bucket"]


def test_rules_that_name_another_queue(
    install: Callable[..., Installation], examine: Examine, aws: Aws
) -> None:
    ours, theirs = install(), install()
    configure(aws, ours, rule(theirs.queue_arn))
    found = examine(ours)
    assert causes(found) == ["bucket.other-queue"]
    cause = found.finding("bucket.other-queue")
    assert cause is not None
    assert cause.evidence["actual"] == [theirs.queue_arn]
    assert cause.evidence["expected"] == ours.queue_arn


def test_the_rule_for_this_key_names_another_queue(
    install: Callable[..., Installation], examine: Examine, aws: Aws
) -> None:
    ours, theirs = install(), install()
    configure(aws, ours, rule(ours.queue_arn, suffix=".wav"), rule(theirs.queue_arn))
    upload(aws, ours, "a.mp3")
    assert causes(examine(ours, "a.mp3")) == ["bucket.other-queue"]
    assert causes(examine(ours, suffix=".mp3")) == ["bucket.other-queue"]
    assert causes(examine(ours)) == []


def test_a_destination_that_does_not_exist(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    configure(aws, installation, rule(other_arn(installation, "nowhere")))
    found = examine(installation)
    assert causes(found) == ["bucket.destination-missing"]
    cause = found.finding("bucket.destination-missing")
    assert cause is not None
    assert cause.certainty == "proven"


def test_the_queue_itself_is_missing(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    aws("sqs").delete_queue(QueueUrl=installation.queue_url)
    told = examine(installation).finding("bucket.destination-missing")
    assert told is not None
    assert (told.status, told.because_of) == ("fail", ("queue.missing",))


def test_another_rule_whose_queue_is_gone_is_a_hindrance_and_no_cause(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    gone = rule(other_arn(installation, "nowhere"), suffix=".wav")
    configure(aws, installation, rule(installation.queue_arn), gone)
    found = examine(installation)
    assert raised(found) == [("bucket.stale-destinations", "warn")]
    assert found.verdict == "healthy"


def test_rules_that_overlap(
    install: Callable[..., Installation], examine: Examine, aws: Aws
) -> None:
    ours, theirs = install(), install()
    configure(aws, ours, rule(ours.queue_arn), rule(theirs.queue_arn, suffix="3"))
    assert causes(examine(ours)) == ["bucket.overlapping-rules"]


# --- other destinations


def topic(aws: Aws, *subscribers: str) -> str:
    arn = aws("sns").create_topic(Name="uploads")["TopicArn"]
    for subscriber in subscribers:
        aws("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=subscriber)
    return arn


def bus_rule(aws: Aws, target: str, pattern: dict[str, Any]) -> None:
    aws("events").put_rule(Name="songs", EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule="songs", Targets=[{"Id": "1", "Arn": target}])


def test_a_topic_that_does_not_lead_here(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    configure(aws, installation, topics=(rule(topic(aws), kind="Topic"),))
    assert causes(examine(installation)) == ["bucket.other-destination"]
    assert causes(examine(installation, queue=None)) == ["bucket.other-destination"]


def test_a_topic_that_does_not_exist(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    gone = other_arn(installation, "gone").replace(":sqs:", ":sns:")
    configure(aws, installation, topics=(rule(gone, kind="Topic"),))
    assert causes(examine(installation)) == ["bucket.destination-missing"]


def test_a_healthy_topic_is_followed(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    fan = rule(topic(aws, installation.queue_arn), kind="Topic")
    configure(aws, installation, topics=(fan,))
    assert raised(examine(installation, suffix=".mp3")) == []
    assert causes(examine(installation, suffix=".wav")) == ["filter.suffix"]


def topic_policy(aws: Aws, arn: str, **statement: Any) -> None:
    whole = {"Effect": "Allow", "Action": "SNS:Publish", "Resource": arn, **statement}
    document = json.dumps({"Version": "2012-10-17", "Statement": [whole]})
    aws("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Subscribe"},
        {
            "Principal": {"Service": "s3.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::other"}},
        },
    ],
)
def test_a_topic_that_does_not_let_s3_publish(
    installation: Installation, examine: Examine, aws: Aws, statement: dict[str, Any]
) -> None:
    arn = topic(aws, installation.queue_arn)
    configure(aws, installation, topics=(rule(arn, kind="Topic"),))
    topic_policy(aws, arn, **statement)
    upload(aws, installation, "a.mp3")
    for key in (None, "a.mp3"):
        found = examine(installation, key)
        assert causes(found) == ["bucket.destination-missing"]
        told = found.finding("bucket.destination-missing")
        assert told is not None
        assert (told.certainty, told.evidence["destinations"]) == ("proven", [arn])


def test_a_topic_that_lets_s3_publish(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    """The policy that SNS gives a new topic asks for its owner, which S3 has by inference only."""
    arn = topic(aws, installation.queue_arn)
    configure(aws, installation, topics=(rule(arn, kind="Topic"),))
    told = examine(installation).finding("bucket.destination-missing")
    assert told is not None
    assert (told.status, told.certainty) == ("pass", "likely")
    source = {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{installation.bucket}"}}
    topic_policy(aws, arn, Principal={"Service": "s3.amazonaws.com"}, Condition=source)
    told = examine(installation).finding("bucket.destination-missing")
    assert told is not None
    assert (told.status, told.certainty) == ("pass", "proven")


def test_a_topic_whose_policy_hangs_on_what_is_not_known(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    arn = topic(aws, installation.queue_arn)
    configure(aws, installation, topics=(rule(arn, kind="Topic"),))
    unit = {"StringEquals": {"aws:SourceOrgID": "o-1"}}
    topic_policy(aws, arn, Principal={"Service": "s3.amazonaws.com"}, Condition=unit)
    found = examine(installation)
    assert raised(found) == [("bucket.destination-missing", "unknown")]
    assert found.verdict == "unknown"


def test_a_topic_that_refuses_s3_beside_a_rule_that_fires_is_no_cause(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    arn = topic(aws, installation.queue_arn)
    fan = rule(arn, kind="Topic", suffix=".wav")
    configure(aws, installation, rule(installation.queue_arn), topics=(fan,))
    topic_policy(aws, arn, Principal={"AWS": "arn:aws:iam::111122223333:root"})
    upload(aws, installation, "a.wav", "a.mp3")
    assert causes(examine(installation, "a.mp3")) == []
    assert causes(examine(installation, "a.wav")) == ["bucket.destination-missing"]


def test_a_topic_beside_a_rule_of_another_suffix_is_followed(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    fan = rule(topic(aws, installation.queue_arn), kind="Topic", suffix=".wav")
    configure(aws, installation, rule(installation.queue_arn), topics=(fan,))
    upload(aws, installation, "a.wav")
    assert raised(examine(installation, "a.wav")) == []


def test_a_healthy_bus_is_followed(installation: Installation, examine: Examine, aws: Aws) -> None:
    configure(aws, installation, eventbridge=True)
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [installation.bucket]}},
    }
    bus_rule(aws, installation.queue_arn, pattern)
    assert raised(examine(installation)) == []


def test_a_bus_whose_rule_is_for_another_bucket(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    configure(aws, installation, eventbridge=True)
    bus_rule(
        aws,
        installation.queue_arn,
        {"source": ["aws.s3"], "detail": {"bucket": {"name": [NOBODY]}}},
    )
    assert causes(examine(installation)) == ["bucket.other-destination"]


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ({"resources": ["arn:aws:s3:::other"]}, "resources"),
        ({"region": ["eu-west-1"]}, "region"),
        ({"account": ["444455556666"]}, "account"),
        ({"detail": {"bucket": {"name": [{"prefix": "zzz"}]}}}, "detail.bucket.name"),
    ],
)
def test_a_bus_whose_rule_is_for_no_event_of_the_bucket(
    installation: Installation, examine: Examine, aws: Aws, pattern: dict[str, Any], part: str
) -> None:
    configure(aws, installation, eventbridge=True)
    bus_rule(aws, installation.queue_arn, {"source": ["aws.s3"], **pattern})
    upload(aws, installation, "a.mp3")
    for key in (None, "a.mp3"):
        found = examine(installation, key)
        assert causes(found) == ["bucket.other-destination"]
        told = found.finding("bucket.other-destination")
        assert told is not None
        assert told.title.endswith(f"they do not match {part} of EventBridge rule songs.")
        assert told.evidence["mismatches"] == [{"name": "EventBridge rule songs", "parts": [part]}]
        assert (told.commands, "Change this part of it" in told.remedy) == ((), True)


@pytest.mark.parametrize(
    ("wanted", "cause"),
    [
        ("other.mp3", "bucket.other-destination"),
        ({"anything-but": {"suffix": ".mp3"}}, "bucket.other-destination"),
        ({"wildcard": "*/x/*.mp3"}, "bucket.other-destination"),
        ({"wildcard": "*/x/*.wav"}, "filter.suffix"),
    ],
)
def test_a_bus_whose_rule_is_for_other_keys(
    installation: Installation, examine: Examine, aws: Aws, wanted: object, cause: str
) -> None:
    configure(aws, installation, eventbridge=True)
    detail = {"bucket": {"name": [installation.bucket]}, "object": {"key": [wanted]}}
    bus_rule(aws, installation.queue_arn, {"source": ["aws.s3"], "detail": detail})
    upload(aws, installation, "a.mp3")
    assert causes(examine(installation, "a.mp3")) == [cause]
    assert causes(examine(installation)) == []


def test_a_rule_of_another_bus_gets_no_event_of_the_bucket(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    configure(aws, installation, eventbridge=True)
    events = aws("events")
    events.create_event_bus(Name="ours")
    pattern = json.dumps({"source": ["aws.s3"]})
    events.put_rule(Name="songs", EventBusName="ours", EventPattern=pattern)
    target = {"Id": "1", "Arn": installation.queue_arn}
    events.put_targets(Rule="songs", EventBusName="ours", Targets=[target])
    assert causes(examine(installation)) == ["bucket.other-destination"]


def test_a_bus_whose_rule_may_be_for_the_bucket(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    configure(aws, installation, eventbridge=True)
    detail = {"requester": ["111122223333"]}
    bus_rule(aws, installation.queue_arn, {"source": ["aws.s3"], "detail": detail})
    found = examine(installation)
    assert raised(found) == [("bucket.other-destination", "unknown")]
    assert found.verdict == "unknown"
    told = found.finding("bucket.other-destination")
    assert told is not None
    assert "detail.requester of EventBridge rule songs" in told.title


@pytest.mark.parametrize("state", ["disabled", "for another bucket", "without a target"])
def test_a_bus_that_does_not_lead_here_is_no_fault_of_a_policy_that_lets_it_in(
    installation: Installation, examine: Examine, aws: Aws, state: str
) -> None:
    configure(aws, installation, eventbridge=True)
    bucket = NOBODY if state == "for another bucket" else installation.bucket
    target = f"{installation.queue_arn}{'-2' if state == 'without a target' else ''}"
    detail = {"bucket": {"name": [bucket]}}
    bus_rule(aws, target, {"source": ["aws.s3"], "detail": detail})
    if state == "disabled":
        aws("events").disable_rule(Name="songs")
    source = installation.queue_arn.replace(":sqs:", ":events:").rpartition(":")[0] + ":rule/songs"
    put_policy(aws, installation, sending(installation, "events.amazonaws.com", source))
    assert causes(examine(installation, None, POLICY_CHECKS)) == ["bucket.other-destination"]


def test_the_policy_is_asked_about_the_way_that_the_key_takes(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    """One kind of object comes straight from S3, the other by EventBridge, and one is let in."""
    configure(aws, installation, rule(installation.queue_arn, suffix=".wav"), eventbridge=True)
    key = {"key": [{"suffix": ".mp3"}]}
    detail = {"bucket": {"name": [installation.bucket]}, "object": key}
    bus_rule(aws, installation.queue_arn, {"source": ["aws.s3"], "detail": detail})
    upload(aws, installation, "a.mp3", "a.wav")
    assert causes(examine(installation, "a.mp3", POLICY_CHECKS)) == ["policy.wrong-principal"]
    assert causes(examine(installation, "a.wav", POLICY_CHECKS)) == []
    source = installation.queue_arn.replace(":sqs:", ":events:").rpartition(":")[0] + ":rule/songs"
    put_policy(aws, installation, sending(installation, "events.amazonaws.com", source))
    assert causes(examine(installation, "a.mp3", POLICY_CHECKS)) == []
    assert causes(examine(installation, "a.wav", POLICY_CHECKS)) == ["policy.wrong-principal"]


def test_a_filter_of_the_bus_is_a_filter_too(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    configure(aws, installation, eventbridge=True)
    detail = {"bucket": {"name": [installation.bucket]}, "object": {"key": [{"suffix": ".mp3"}]}}
    bus_rule(aws, installation.queue_arn, {"source": ["aws.s3"], "detail": detail})
    upload(aws, installation, "a.mp3", "b.MP3")
    assert raised(examine(installation, "a.mp3")) == []
    assert causes(examine(installation, "b.MP3")) == ["filter.suffix-case"]


def test_a_subscription_whose_filter_passes_nothing_of_s3(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    filtered_topic(aws, installation, "MessageAttributes", {"kind": ["song"]})
    assert causes(examine(installation)) == ["bucket.other-destination"]


def filtered_topic(
    aws: Aws, installation: Installation, scope: str, policy: dict[str, Any]
) -> None:
    """The bucket's only way to the queue: a topic, with a filter policy."""
    arn = topic(aws, installation.queue_arn)
    configure(aws, installation, topics=(rule(arn, kind="Topic"),))
    (one,) = aws("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    for name, value in (("FilterPolicyScope", scope), ("FilterPolicy", json.dumps(policy))):
        aws("sns").set_subscription_attributes(
            SubscriptionArn=one["SubscriptionArn"], AttributeName=name, AttributeValue=value
        )


@pytest.mark.parametrize(
    ("policy", "asked", "any_key"),
    [
        ({"s3": {"object": {"key": [{"suffix": ".mp3"}]}}}, [], []),
        ({"s3": {"object": {"key": [{"suffix": ".wav"}]}}}, ["bucket.other-destination"], []),
        (
            {"s3": {"bucket": {"name": [NOBODY]}}},
            ["bucket.other-destination"],
            ["bucket.other-destination"],
        ),
        (
            {"eventName": ["ObjectCreated:Copy"]},
            ["bucket.events-not-covered"],
            ["bucket.events-not-covered"],
        ),
    ],
)
def test_a_subscription_that_filters_by_the_body(
    installation: Installation,
    examine: Examine,
    aws: Aws,
    policy: dict[str, Any],
    asked: list[str],
    any_key: list[str],
) -> None:
    filtered_topic(aws, installation, "MessageBody", {"Records": policy})
    upload(aws, installation, "a.mp3")
    assert causes(examine(installation, "a.mp3")) == asked
    assert causes(examine(installation)) == any_key


def test_a_filter_of_the_body_that_cannot_be_judged(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    filtered_topic(aws, installation, "MessageBody", {"Records": {"userIdentity": {"x": ["y"]}}})
    found = examine(installation)
    assert raised(found) == [("bucket.other-destination", "unknown")]
    assert found.verdict == "unknown"


# --- events


@pytest.mark.parametrize("events", [("s3:ObjectRemoved:*",), ("s3:ObjectCreated:Copy",)])
def test_rules_that_cover_no_upload(
    install: Callable[..., Installation], examine: Examine, events: tuple[str, ...]
) -> None:
    assert causes(examine(install(events=events))) == ["bucket.events-not-covered"]


def test_an_upload_in_parts_that_no_rule_covers(
    install: Callable[..., Installation], examine: Examine, aws: Aws
) -> None:
    installation = install(events=(PUT,))
    assert raised(examine(installation)) == [("bucket.events-not-covered", "warn")]
    upload_in_parts(aws, installation, "a.mp3")
    found = examine(installation, "a.mp3")
    assert causes(found) == ["bucket.events-not-covered"]
    cause = found.finding("bucket.events-not-covered")
    assert cause is not None
    assert cause.certainty == "proven"
    assert causes(examine(installation)) == ["bucket.events-not-covered"]


def test_only_parts_are_covered_and_the_object_came_in_one_piece(
    install: Callable[..., Installation], examine: Examine, aws: Aws
) -> None:
    installation = install(events=(PARTS,))
    upload(aws, installation, "a.mp3")
    assert causes(examine(installation, "a.mp3")) == ["bucket.events-not-covered"]


def test_expected_events_that_are_not_covered(installation: Installation, examine: Examine) -> None:
    expected = (*CREATED, "s3:ObjectRemoved:Delete")
    assert causes(examine(installation, events=expected)) == ["bucket.events-not-covered"]


@pytest.mark.parametrize("expected", [("s3:ObjectRestore:*",), (*CREATED, "s3:ObjectTagging:Put")])
def test_expected_events_of_another_family(
    installation: Installation, examine: Examine, expected: tuple[str, ...]
) -> None:
    assert causes(examine(installation, events=expected)) == ["object.other-event-family"]


# --- filters


@pytest.mark.parametrize(
    ("cause", "prefix", "suffix", "key"),
    [
        ("filter.suffix-case", "in/", ".mp3", "in/a.MP3"),
        ("filter.unencoded-characters", "day=1/", ".mp3", "day=1/a.mp3"),
    ],
)
def test_a_filter_that_does_not_take_the_key(
    install: Callable[..., Installation],
    examine: Examine,
    aws: Aws,
    cause: str,
    prefix: str | None,
    suffix: str | None,
    key: str,
) -> None:
    installation = install(prefix=prefix, suffix=suffix)
    upload(aws, installation, key)
    assert causes(examine(installation, key)) == [cause]


def test_recent_uploads_of_another_case_are_told(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    upload(aws, installation, "a.MP3", "cover.jpg", "results/a.json")
    found = examine(installation)
    assert causes(found) == ["filter.suffix-case"]
    cause = found.finding("filter.suffix-case")
    assert cause is not None
    assert (cause.certainty, cause.evidence["keys"]) == ("likely", ["a.MP3"])
    upload(aws, installation, "b.mp3")
    assert raised(examine(installation)) == [("filter.suffix-case", "warn")]


# --- odd and healthy


def test_two_rules_for_two_cases_are_healthy(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    arn = installation.queue_arn
    configure(aws, installation, rule(arn), rule(arn, suffix=".MP3"))
    upload(aws, installation, "a.MP3", "b.mp3")
    assert raised(examine(installation, suffix=".mp3")) == []
    assert raised(examine(installation, "a.MP3")) == []


def test_two_rules_that_cover_the_events_together_are_healthy(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    arn = installation.queue_arn
    configure(aws, installation, rule(arn, events=(PUT,)), rule(arn, events=(PARTS,)))
    upload_in_parts(aws, installation, "a.mp3")
    assert raised(examine(installation)) == []
    assert raised(examine(installation, "a.mp3")) == []


def test_another_rule_for_deleted_objects_does_not_hide_the_case(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    arn = installation.queue_arn
    removed = rule(arn, suffix=None, events=("s3:ObjectRemoved:*",))
    configure(aws, installation, rule(arn), removed)
    upload(aws, installation, "a.MP3")
    assert causes(examine(installation, "a.MP3")) == ["filter.suffix-case"]


def test_another_case_that_goes_to_another_queue_is_no_miss(
    install: Callable[..., Installation], examine: Examine, aws: Aws
) -> None:
    ours, theirs = install(), install()
    configure(aws, ours, rule(ours.queue_arn), rule(theirs.queue_arn, suffix=".MP3"))
    upload(aws, ours, "a.MP3")
    assert raised(examine(ours)) == []


def test_eventbridge_beside_a_rule_is_healthy(
    installation: Installation, examine: Examine, aws: Aws
) -> None:
    configure(aws, installation, rule(installation.queue_arn), eventbridge=True)
    assert raised(examine(installation, suffix=".mp3")) == []
